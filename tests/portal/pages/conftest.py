"""The cast before the portal: everybody signed in, in a house filled by `charter_stage`, with hubs that were seen."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

import charter_stage
from commonhub.communities import charter_acts
from commonhub.hubs import models
from commonhub.portal import page
from portal import stage
from portal.pages import changing

Enter = Callable[[str], Client]


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    """The count of the navigation is remembered for a moment: not from one test to the next."""
    page._COUNTS.clear()


@pytest.fixture
def house(db) -> None:
    """Two communities, three hubs, and everybody in their part, seen this moment."""
    fill()


def fill() -> None:
    """Fill the records of people and of hubs."""
    now = timezone.now()
    charter_stage.fill(now)
    for hub_id, title in charter_stage.HUBS.items():
        community, name = hub_id.split("/")
        stage.hub(
            now,
            hub_id,
            title=title,
            community_title={"reef": "Coral Reef Observatory", "mtengo": "Mtengo Teachers' College"}[community],
            url=f"http://{name}-{community}.localhost:8000/",
            settings={**stage.SETTINGS, "login": "commonhub"},
        )
    main = models.HubRecord.objects.get(pk="reef/main")
    main.servers.create(user="eve", started=now, last_activity=now, memory=120 * stage.MB, home_bytes=84 * stage.MB)
    models.HubRecord.objects.filter(pk="reef/main").update(state="awake", people=1, memory=180 * stage.MB)
    models.FleetRecord.objects.create(name="Tidewater fleet", seen=now, url="http://localhost:8000")


@pytest.fixture
def enter(house) -> Enter:
    """A browser in which one of the cast has signed in."""

    def come(handle: str) -> Client:
        client = Client()
        client.force_login(charter_stage.person(handle))
        return client

    return come


@pytest.fixture
def folder(house, keeper, tmp_path) -> charter_acts.Folder:
    """The fleet folder of the house, which the keeper keeps."""
    return changing.open_rooms(keeper, tmp_path)
