"""What a file may say fits into the columns of the records: SQLite takes what is too long, PostgreSQL stops at it."""

import copy
import itertools
import json
import zoneinfo

import pytest
from asgiref.sync import sync_to_async
from django.apps import apps
from django.db import models as columns
from django.utils import timezone

import charter_stage
from commonhub.communities import mirror, models
from commonhub.fleet import history, reading
from commonhub.hubs import models as hub_models
from fleet import folders

NAME, HANDLE, ID, TITLE, WORD, TEXT = "n" * 40, "h" * 32, "i" * 59 + "d", "T" * 200, "w" * 300, "t" * 5000
EMAIL = "e" * 242 + "@example.org"
ZONE = max(zoneinfo.available_timezones(), key=len)
URL = "https://" + ".".join(["a" * 60, "b" * 60, "c" * 56, "example"]) + ":65535"
SOMEBODY = {
    "login": HANDLE,
    "name": TITLE,
    "email": EMAIL,
    "time_zone": ZONE,
    "only": [ID],
    "because": TEXT,
}
WITHOUT_ACCOUNT = {"name": TITLE, "email": EMAIL}
COMMUNITY = {
    "title": TITLE,
    "description": TEXT,
    "kind": "education",
    "url": WORD,
    "place": WORD,
    "time_zone": ZONE,
    "roles": {ID: [SOMEBODY, WITHOUT_ACCOUNT]},
    "agreement": {
        "departures": [{"responsibility": ID, "carried_by": "community", "because": TEXT}],
        "terms": "t" * 50_000,
    },
}
B, C = "b" * 22, "c" * 22
PLACES = {NAME: B, C: NAME}  # a hub by each community; the address of both together has 63 letters
FLEET = {"name": TITLE, "url": URL, "roles": {ID: [SOMEBODY, WITHOUT_ACCOUNT]}}
HUB = {"title": TITLE, "description": TEXT, "login": {"kind": "shared-password"}, "admins": [HANDLE]}


def longest():
    """The files of a fleet in which each value is as long as it may be."""
    files = {"fleet.yaml": copy.deepcopy(FLEET)}
    for community, hub in PLACES.items():
        files[f"communities/{community}/community.yaml"] = said = copy.deepcopy(COMMUNITY)
        said["roles"][ID][0]["hub"] = said["agreement"]["departures"][0]["hub"] = hub
        files[f"communities/{community}/hubs/{hub}.yaml"] = copy.deepcopy(HUB)
    return files


def mistakes(files):
    return reading.read(folders.tree({path: json.dumps(value) for path, value in files.items()})).mistakes


ENTRY = ("roles", ID, 0)
OF_COMMUNITY = (
    *((name,) for name in ("title", "description", "url", "place", "time_zone")),
    *((*ENTRY, name) for name in ("login", "name", "email", "time_zone", "hub", "because")),
    (*ENTRY, "only", 0),
    ("roles", ID, 1, "name"),
    ("agreement", "terms"),
    *(("agreement", "departures", 0, name) for name in ("responsibility", "hub", "because")),
)
LIMITS = (
    *((f"communities/{C}/community.yaml", *at) for at in OF_COMMUNITY),
    *((f"communities/{C}/hubs/{NAME}.yaml", name) for name in ("title", "description")),
    *(("fleet.yaml", name) for name in ("name", "url")),
)


@pytest.mark.parametrize("at", LIMITS, ids=lambda at: ".".join(map(str, at[1:])).replace(ID, "id"))
def test_one_letter_more_than_the_longest_is_a_fault_in_its_file(at):
    files = longest()
    assert mistakes(files) == ()
    value = files
    for key in at[:-1]:
        value = value[key]
    value[at[-1]] = value[at[-1]].replace(*("example", "examples") if at[-1] in {"url", "email"} else ("", "x"), 1)
    if at[-1] == "url" and at[0] != "fleet.yaml":
        value[at[-1]] = f"{WORD}x"
    assert len(mistakes(files)) == 1


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("communities/reef/community.yaml", {"title": "Reef", "description": "a|b"}),
        (
            "communities/reef/community.yaml",
            {"title": "Reef", "roles": {"guide": [{"login": "eve", "because": "a|b"}]}},
        ),
        ("communities/reef/hubs/main.yaml", {"title": "Reef", "extra": {"a": [{"a|b": 1}]}}),
    ],
)
def test_a_character_that_no_database_keeps_is_a_fault_in_a_file(path, value):
    text = json.dumps(value)
    assert reading.read_text(path, text) == ()
    (fault,) = reading.read_text(path, text.replace("|", "\\u0000"))
    assert "no database keeps" in fault.problem


def too_long():
    """Whatever stands in a record and is longer than its column."""
    kinds = itertools.chain.from_iterable(
        apps.get_app_config(app).get_models() for app in ("communities", "hubs", "audit")
    )
    for kind in kinds:
        for row, column in itertools.product(kind.objects.all(), kind._meta.concrete_fields):
            value = getattr(row, column.attname)
            if isinstance(column, columns.CharField) and isinstance(value, str) and len(value) > column.max_length:
                yield f"{kind.__name__}.{column.name}: {len(value)} > {column.max_length}"


def never_filled(*kinds):
    for kind in kinds:
        for column in kind._meta.concrete_fields:
            if isinstance(column, columns.CharField) and not kind.objects.exclude(**{column.attname: ""}).exists():
                yield f"{kind.__name__}.{column.name}"


def of_the_model(value):
    """The same with a role and a duty of the model in place of the longest, for the keeper knows no others."""
    if "roles" in value:
        role = "hub-administrator" if "agreement" in value else "site-reliability-engineer"
        duty = "oversee-access" if "agreement" in value else "monitor-infrastructure"
        entries = value["roles"].pop(ID)
        entries[0]["only"] = [duty]
        value["roles"][role] = entries
    for each in value.get("agreement", {}).get("departures", ()):
        each["responsibility"] = "respond-to-incidents"
    return value


def accept_all():
    """Let departures come into force, so that their records are written too."""
    for community, side in itertools.product(models.Community.objects.exclude(departures=[]), ("service", "community")):
        models.Acceptance.objects.create(
            community=community,
            version=community.version,
            side=side,
            person=models.Person.objects.get(handle=HANDLE),
            name=TITLE,
            at=timezone.now(),
            text="",
        )
        mirror.settle(community)


@pytest.mark.django_db(transaction=True)
async def test_the_longest_that_files_and_commits_may_say_fits_into_every_column(kept):
    await sync_to_async(charter_stage.people)(timezone.now())
    files = {path: json.dumps(of_the_model(value)) for path, value in longest().items()}
    author = history.Person(name="A" * 500, email="author@example.org")
    old = {"communities/reef/community.yaml": None, "communities/reef/hubs/main.yaml": None}
    kept.git.change(files | old, who=author, why="W" * 1000)
    outcomes = await kept.keeper.follow()
    assert [str(fault) for fault in kept.keeper._wanted.faults if not fault.warning] == []
    assert len(outcomes) == 2
    assert not [outcome.error for outcome in outcomes if outcome.error]
    await sync_to_async(accept_all)()
    assert await sync_to_async(models.Departure.objects.count)() == 2
    assert await sync_to_async(lambda: list(too_long()))() == []
    kinds = (models.Community, models.Hub, models.Appointment, models.Departure, hub_models.FleetRecord)
    assert await sync_to_async(lambda: list(never_filled(*kinds)))() == []
    ids = (models.Appointment.role, models.Departure.responsibility)
    assert all(len(ID) <= each.field.max_length for each in ids)
