"""Changes of the kinds that a real service makes by hand, proposed by the right and by the wrong person."""

from pathlib import Path
from types import MappingProxyType

import pytest
import yaml

import charter_stage
from changes.folder_stage import do, put
from commonhub.changes import models
from commonhub.communities.allowing import NotAllowedError

pytestmark = pytest.mark.django_db
CASES = yaml.safe_load(Path(__file__).with_name("replayed.yaml").read_text(encoding="utf-8"))
NAMES = MappingProxyType(dict(charter_stage.NAMES))


def asked(folder, case) -> dict:
    """What the door would send."""
    values = dict(case.get("values", {}))
    values |= {key: case[key] for key in ("hub", "community", "confirm") if key in case}
    if "put" in case:
        file, path, value = case["put"]
        values["files"] = {file: value} if not path else put(folder, file, path, value)
    return values


def outcome(who, folder, now, case) -> tuple[str, list[str]]:
    """What came of it, and who is named as those it waits for."""
    values = asked(folder, case)
    try:
        done = do(charter_stage.asker(who), folder, "propose", now, **values, why=case["what"])
    except NotAllowedError:
        return "refused", []
    change = done["change"]
    waits = [each["handle"] for need in change["needs"] if need["given_by"] is None for each in need["holders"]]
    return {"committed": "flows", "waiting": "waits"}[change["state"]], waits


def test_there_are_at_least_sixty_of_them():
    assert len(CASES) >= 60
    assert len({case["what"] for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["what"])
def test_the_right_person(case, folder, now):
    found, waits = outcome(case["right"], folder, now, case)
    assert found == case.get("right_outcome", "flows"), waits
    if found == "waits":
        assert case["for"] in waits
        do(charter_stage.asker(case["agreed_by"]), folder, "agree", now, number=1)
        assert models.Change.objects.get().state == "committed"
    assert len(folder.repository.log()) == 2
    assert folder.repository.head().author == NAMES[case["right"]]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["what"])
def test_the_wrong_person(case, folder, now):
    wanted = case.get("wrong_outcome", "waits")
    found, waits = outcome(case["wrong"], folder, now, case)
    assert found == wanted, waits
    assert len(folder.repository.log()) == 1
    if found == "waits" and case.get("right_outcome", "flows") == "flows":
        assert case["for"] in waits
