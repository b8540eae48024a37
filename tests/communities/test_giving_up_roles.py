"""Everybody may give up a role of their own, and nobody's token does it for them."""

from pathlib import Path

import pytest

import charter_stage
from commonhub.communities import allowing, charter_acts, charter_checks
from commonhub.communities.asker import Asker
from commonhub.fleet import history
from commonhub.responsibility.permissions import Permission

FILES = {
    "fleet.yaml": "name: Our hubs\n",
    "communities/reef/community.yaml": "title: Reef\nroles:\n  hub-administrator:\n    - {login: dan, hub: main}\n",
    "communities/reef/hubs/main.yaml": "title: Main\n",
}


@pytest.fixture
def folder(tmp_path: Path) -> charter_acts.Folder:
    for path, text in FILES.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    who = history.Person(name="Alice Okafor", email="alice@example.org")
    history.FleetRepository.create(tmp_path, who=who, why="Begin the fleet")
    return charter_acts.Folder(repository=history.FleetRepository(tmp_path), reader=charter_checks.reader())


def give_up(asker, folder, now):
    return charter_acts.end(
        asker, folder, community="reef", role_id="hub-administrator", handle=asker.handle, hub="main", now=now
    )


def test_who_comes_themselves_gives_up_their_role(folder, now):
    assert "is no longer Hub Administrator" in give_up(charter_stage.asker("dan"), folder, now)


@pytest.mark.parametrize("scopes", [frozenset(), frozenset({Permission.HUB_SEE, Permission.ADMINISTRATOR_APPOINT})])
def test_a_token_gives_up_nothing_for_its_owner(folder, now, scopes):
    before = folder.repository.head().id
    with pytest.raises(allowing.NotAllowedError):
        give_up(Asker(handle="dan", name="Dan", via="api", scopes=scopes), folder, now)
    assert folder.repository.head().id == before
