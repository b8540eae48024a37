"""Changes before the portal: a fleet folder under git behind the keeper's rooms, with the verbs themselves in them."""

import dataclasses
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.utils import timezone

import charter_stage
from changes import folder_stage
from commonhub.changes import change_words
from commonhub.communities import charter_acts
from commonhub.fleet import resolving
from commonhub.hubs import models as hub_models
from commonhub.rollouts import models, stages
from commonhub.rollouts import words as rollout_words
from portal import stage

MAIN = "/hubs/reef/main/change"


def open_rooms(keeper: stage.Keeper, root: Path) -> charter_acts.Folder:
    """The keeper answers for changes and roll-outs of a fresh folder, and hubs were seen as it says."""
    folder = folder_stage.begin(root)
    keeper.rooms = {
        "changes": lambda asker, verb, values: change_words.do(asker, folder, verb, values, timezone.now()),
        "rollouts": lambda asker, verb, values: rollout_words.do(asker, folder, verb, values, timezone.now()),
    }
    look(folder)
    return folder


def look(folder: charter_acts.Folder) -> None:
    """The keeper looked: the records say what the newest commit says."""
    fleet = folder.reader.read(folder.repository.tree(folder.repository.head().id)).fleet
    assert fleet is not None
    for community in fleet.communities:
        for hub in community.hubs:
            wanted = resolving.resolve_one(fleet.file, community.file.title, hub)
            hub_models.HubRecord.objects.filter(hub_id=wanted.id).update(settings=dataclasses.asdict(wanted))


def do(folder: charter_acts.Folder, who: str, verb: str, **values: Any) -> dict[str, Any]:
    """A verb by another door than the page that is tested."""
    return change_words.do(charter_stage.asker(who), folder, f"change.{verb}", values, timezone.now())


def propose(folder: charter_acts.Folder, who: str, called: str, **values: Any) -> int:
    """The number of a change that somebody proposes."""
    return do(folder, who, "propose", title_of_change=called, **values)["change"]["number"]


def seen(failed: str | None = None, words: str = "", who: str = "") -> dict[str, Any]:
    """What a probe saw."""
    return {"failed": failed, "who": who, "words": words, "seconds": 2.1, "unknown": []}


def rollout(now: datetime, hubs: list[dict[str, Any]], **values: Any) -> models.Rollout:
    """A roll-out to these hubs, in its second cohort unless it is said otherwise."""
    usual = {
        "commit": "a" * 40,
        "title": "Image of January",
        "author": "Dan Rahman",
        "state": stages.State.RUNNING,
        "phase": stages.Phase.WATCHING,
        "cohort": 0,
        "since": now,
        "created": now - timedelta(minutes=12),
        "soak": 300,
    }
    row = models.Rollout.objects.create(**usual | values)
    for hub in hubs:
        row.hubs.create(**{"cohort": 0, "probed": True, "settings": ["image"]} | hub)
    return row
