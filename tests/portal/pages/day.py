"""A day's work of the cast, so that pages have something to show: asked, answered, invited, refused, noted."""

import contextlib
from datetime import datetime, timedelta

import charter_stage
from commonhub.communities import (
    agreements,
    allowing,
    asks,
    coverage_history,
    groups,
    invitations,
    joining,
    leaves,
    models,
    roster,
    showing,
)
from commonhub.hubs import models as hub_models
from commonhub.responsibility.permissions import Permission


def play(now: datetime) -> None:
    """Everything that happens, through the verbs themselves."""
    who = charter_stage.asker
    carol, dan, alice, bob = who("carol"), who("dan"), who("alice"), who("bob")
    models.Community.objects.filter(name="reef").update(
        description="We count corals on the southern reefs, with nine stations and their students.",
        url="https://reef.example.org",
        terms="The hubs are looked after on working days. Requests are answered within two of them.",
    )
    for number, name in enumerate(("Amara Nwosu", "Ben Achieng", "Chloe Moyo", "Dieudonne Habimana", "Efua Mensah")):
        handle = name.split()[0].lower()
        new = roster.NewPerson(handle=handle, name=name, email=f"{handle}@example.org")
        roster.add(dan, "reef/main", new, now=now - timedelta(days=9 - number))
        if number < 3:
            models.Person.objects.filter(handle=handle).update(claimed=now - timedelta(days=8))
    groups.create(carol, "reef", "field-school", title="Field school", now=now - timedelta(days=6))
    for handle in ("eve", "amara"):
        groups.change(carol, "reef", "field-school", handle=handle, inside=True, now=now - timedelta(days=6))
    invitations.invite(dan, "reef/main", words="Course of spring", days=14, most=30, now=now - timedelta(days=2))
    mallory = charter_stage.person("mallory")
    joining.ask(
        who("mallory"),
        "reef/main",
        mallory,
        words="I dive at the north station and would like to add our counts.",
        now=now - timedelta(hours=26),
    )
    with contextlib.suppress(allowing.NotAllowedError):
        roster.remove(who("eve"), "reef/main", "amara", now=now - timedelta(hours=5))
    asks.make(
        dan,
        charter_stage.person("dan"),
        Permission.HUB_RESTART,
        charter_stage.MAIN,
        words="The hub answers slowly since this morning's update.",
        now=now - timedelta(hours=3),
    )
    asks.make(
        dan,
        charter_stage.person("dan"),
        Permission.SERVER_OPEN,
        charter_stage.MAIN,
        subject="eve",
        words="Eve can't open her notebook and asked me to look.",
        now=now - timedelta(hours=2),
    )
    agreements.offer(bob, "reef", "1111111111111111", now=now - timedelta(days=4))
    for duty, kind, asker, words in (
        ("monitor-infrastructure", "alert-examined", alice, "Looked into the disk alert of the reef hub."),
        ("respond-to-incidents", "incident-answered", alice, "The proxy lost its routes; put back within ten minutes."),
        ("operate-platform", "platform-upgraded", alice, "The machine has this month's updates."),
        ("deploy-and-configure", "change-applied", alice, "More memory for the reef hub."),
        ("run-workshops", "workshop-held", bob, "Two afternoons on reading sensor data."),
        ("support-leaders", "request-answered", bob, "Answered Carol on quotas."),
        ("cultivate-community", "gathering-held", carol, "Monthly call with all stations."),
        ("define-success", "success-reviewed", carol, "We look at counts a week, not at logins."),
    ):
        place = charter_stage.REEF if asker is carol else charter_stage.FLEET
        done = showing.Done(words=words)
        showing.note_evidence(asker, duty, place, kind=kind, done=done, now=now - timedelta(days=1))
        showing.note_practice(asker, duty, place, done=done, now=now - timedelta(days=1))
    showing.review_access(carol, "reef/main", now=now - timedelta(days=3))
    leaves.give(carol, "reef/main", to="dan", about="amara", reason="Her notebook hangs, she asked for help.", now=now)
    for day, done in ((80, 3), (61, 4), (40, 8), (22, 7), (9, 11)):
        for place, of in (("reef", 30), ("reef/main", 15), ("", 45)):
            models.CoverageDay.objects.create(
                place=place,
                day=(now - timedelta(days=day)).date(),
                done=done,
                of=of,
                held=of,
                empowered=done,
                evidenced=done,
            )
    coverage_history.write_day(now)
    for minutes, hub, words in (
        (4, "reef/main", "It woke in 0.2 seconds, for a visitor."),
        (190, "reef/main", "It fell asleep after 10 minutes without a visitor."),
        (700, "reef/lab", "It was made."),
    ):
        hub_models.HubEvent.objects.create(hub_id=hub, at=now - timedelta(minutes=minutes), kind="awake", words=words)
