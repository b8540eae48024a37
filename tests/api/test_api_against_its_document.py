"""What the API answers is what its document says: asked over real HTTP by schemathesis, for three of the cast."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck
from schemathesis import GenerationMode
from schemathesis.specs.openapi import checks

from api import live
from commonhub.api import document, door
from commonhub.ground import clock
from commonhub.identity import models
from commonhub.responsibility.permissions import KNOWN
from portal.pages import changing

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
EXAMPLES = 2  # of each kind, for each operation
REAL = {"community": "reef", "hub": "main", "handle": "eve", "user": "eve", "name": "advanced"}
NUMBERS: dict[str, int] = {}  # of one that is there, below each of these paths
CHECKS = [
    schemathesis.checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]


@pytest.fixture(scope="module")
def site(django_db_setup, django_db_blocker) -> Iterator[live.Site]:
    with (
        tempfile.TemporaryDirectory(prefix="ch-", dir="/tmp") as folder,
        live.site(django_db_blocker, Path(folder)) as made,
    ):
        models.ApiToken.objects.update(scopes=list(KNOWN))
        said = made(
            "bob", "POST", "/changes", {"community": "reef", "hub": "main", "title": "Reef maps", "why": "Short"}
        )
        under_way = changing.rollout(clock.system_clock(), [{"hub_id": "reef/main", "verdict": changing.seen("start")}])
        NUMBERS.update({"/changes/": said.json["change"]["number"], "/rollouts/": under_way.pk})
        yield made


def strategies(operation, token):
    """Sound and unsound requests, to places that are there and to any."""
    real: dict[str, object] = {name: value for name, value in REAL.items() if f"{{{name}}}" in operation.path}
    below = next((path for path in NUMBERS if operation.path.startswith(f"{path}{{number}}")), None)
    if below:
        real["number"] = NUMBERS[below]
    headers = {"Authorization": f"Bearer {token}"}
    yield operation.as_strategy(GenerationMode.POSITIVE, path_parameters=real or None, headers=headers)
    yield operation.as_strategy(GenerationMode.POSITIVE, headers=headers)
    yield operation.as_strategy(GenerationMode.NEGATIVE, path_parameters=real or None, headers=headers)


def ask(strategy, statuses):
    """Some requests of one kind, each with its answer looked at."""

    @hypothesis.given(strategy)
    @hypothesis.settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        phases=[hypothesis.Phase.generate],
    )
    def asked(case):
        answer = case.call()
        statuses[answer.status_code] = statuses.get(answer.status_code, 0) + 1
        case.validate_response(answer, checks=CHECKS)
        if answer.status_code != 200:
            assert set(answer.json()) == {"error"}

    asked()


@pytest.mark.timeout(240)
@pytest.mark.parametrize("handle", ["alice", "dan", "eve"])
def test_there_is_no_fault_and_no_answer_that_the_document_does_not_name(site, monkeypatch, handle):
    monkeypatch.setattr(door, "PACE", door.pacing.Pace(burst=100_000, every=door.EVERY))
    schema = schemathesis.openapi.from_dict(document.openapi())
    schema.config.update(base_url=f"{site.url}/api/v1")
    statuses: dict[int, int] = {}
    for operation in (each.ok() for each in schema.get_all_operations()):
        if operation.method == "delete" and "tokens" in operation.path:
            continue  # it would end the token that asks
        for strategy in strategies(operation, site.tokens[handle]):
            try:
                ask(strategy, statuses)
            except hypothesis.errors.Unsatisfiable:
                continue  # there is nothing unsound to send
    assert {200, 400, 403, 404} <= set(statuses), statuses
    assert set(statuses) <= {200, 400, 403, 404, 405, 503}, statuses
