"""What changes are weighed against comes from somewhere: secrets from the files, room from the machine, use from records."""

from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

import charter_stage
from changes import folder_stage
from changes.folder_stage import by_hand, do, put
from commonhub.changes import facts, gathering, models, seen, trying, waiting
from commonhub.communities import duties
from commonhub.communities.models import Departure, Membership
from commonhub.hubs import models as hub_models

pytestmark = pytest.mark.django_db
ALICE, CAROL, DAN = (charter_stage.asker(who) for who in ("alice", "carol", "dan"))
MAIN, LAB = "communities/reef/hubs/main.yaml", "communities/reef/hubs/lab.yaml"
REEF, MTENGO = "communities/reef/community.yaml", "communities/mtengo/community.yaml"
GIB = 2**30
# `now` is 2026-03-02; Dar es Salaam is three hours ahead of UTC
LOGIN = {"name": "GitHub login of the lab", "hub": "lab", "ends": "2026-03-20"}


def say(folder, file, *secrets, **more):
    text = folder_stage.text(folder, file)
    said = [{**each, **more} for each in secrets]
    by_hand(folder, {file: folder_stage.rows.put(text, ("secrets",), said)})


def told(folder, now, file, path, value, *, rule="secret-ends", who=ALICE):
    """What a rule says of a change before it is proposed."""
    found = do(who, folder, "preview", now, files=put(folder, file, path, value))
    return [each["sentence"] for each in found["findings"] if each["rule"] == rule]


def lines(who, now):
    person = charter_stage.person(who)
    found = duties.of(person, now=now, also=waiting.lines(person, now=now))
    return [each for each in found.duties if each.kind is duties.Kind.SECRET]


def test_a_change_of_a_hub_whose_secret_ends_is_told(folder, now):
    say(folder, REEF, LOGIN)
    assert told(folder, now, LAB, ["sleep_after"], "20m") == [
        "GitHub login of the lab for reef/lab ends on 2026-03-20."
    ]
    assert told(folder, now, MAIN, ["sleep_after"], "20m") == []
    later = datetime.fromisoformat("2026-03-20T21:00:00+00:00")
    assert "ended on 2026-03-20" in told(folder, later, LAB, ["sleep_after"], "20m")[0]
    assert "ends on" in told(folder, later - timedelta(seconds=1), LAB, ["sleep_after"], "20m")[0]


def test_a_secret_that_ends_in_a_year_and_one_that_is_renewed_are_not_told(folder, now):
    say(folder, REEF, LOGIN, ends="2027-03-20")
    assert told(folder, now, LAB, ["sleep_after"], "20m") == []
    say(folder, REEF, LOGIN)
    done = do(CAROL, folder, "propose", now, files=put(folder, REEF, ["secrets", 0, "ends"], "2027-03-20"))["change"]
    assert (done["state"], done["findings"]) == ("committed", [])
    assert [each["id"] for each in done["kinds"]] == ["secret"]
    assert told(folder, now, LAB, ["sleep_after"], "20m") == []


def test_a_secret_of_the_fleet_is_told_with_each_hub_and_with_nothing_else(folder, now):
    say(folder, "fleet.yaml", {"name": "Certificate", "ends": "2026-03-01T08:00"})
    (sentence,) = told(folder, now, LAB, ["sleep_after"], "20m")
    assert sentence == "Certificate for the fleet ended on 2026-03-01."
    assert told(folder, now, REEF, ["place"], "Zanzibar") == []


def test_a_hub_that_goes_takes_its_secrets_along(folder, now):
    say(folder, REEF, LOGIN, {"name": "Bucket", "ends": "2027-01-01"})
    do(ALICE, folder, "propose", now, hub="reef/lab", remove=True, confirm="reef/lab")
    (change,) = models.Change.objects.all()
    assert "GitHub login" not in change.edits[REEF]
    assert "Bucket" in change.edits[REEF]


def test_whoever_carries_it_hears_without_a_change(folder, now):
    say(folder, REEF, LOGIN, {"name": "Bucket", "ends": "2027-01-01"})
    say(folder, "fleet.yaml", {"name": "Certificate", "ends": "2026-03-10"})
    assert lines("alice", now) == []
    seen.glance(folder, now)
    assert [(each.sentence, str(each.place), each.url) for each in lines("alice", now)] == [
        ("Certificate for the fleet ends on 2026-03-10.", "the fleet", "/fleet"),
        ("GitHub login of the lab for reef/lab ends on 2026-03-20.", "reef/lab", "/communities/reef/change"),
    ]
    assert [lines(who, now) for who in ("bob", "carol", "dan", "eve", "mallory", "zuri")] == [[]] * 6
    charter_stage.newcomer("greta", now=now)
    charter_stage.appoint("greta", "site-reliability-engineer", side="service")
    assert [each.sentence[:6] for each in lines("greta", now)] == ["Certif", "GitHub"]
    assert "ended on" in lines("alice", now + timedelta(days=30))[1].sentence
    by_hand(folder, put(folder, REEF, ["secrets", 0, "ends"], "2028-03-20"))
    seen.glance(folder, now)
    assert [each.sentence[:6] for each in lines("alice", now)] == ["Certif"]


def test_whose_community_carries_it_otherwise_hears_it_there(folder, now):
    Departure.objects.create(
        community="reef", responsibility="deploy-and-configure", carried_by="community", because="x"
    )
    say(folder, REEF, LOGIN)
    say(folder, MTENGO, {"name": "Certificate", "ends": "2026-03-10"})
    seen.glance(folder, now)
    assert [each.sentence[:6] for each in lines("alice", now)] == ["Certif"]


def test_the_day_is_that_of_the_community(folder, now):
    by_hand(folder, put(folder, REEF, ["time_zone"], "America/Lima"))
    say(folder, REEF, LOGIN, ends="2026-03-20")
    seen.glance(folder, now)
    (row,) = models.EndingSecret.objects.all()
    assert (row.ends.isoformat(), row.last_day) == ("2026-03-21T05:00:00+00:00", date(2026, 3, 20))
    assert lines("alice", now)[0].sentence.endswith("ends on 2026-03-20.")


def test_a_commit_with_faults_keeps_what_was_known(folder, now):
    say(folder, REEF, LOGIN)
    seen.glance(folder, now)
    by_hand(folder, {MAIN: "title: [unclosed\n"})
    seen.glance(folder, now)
    assert len(lines("alice", now)) == 1


def test_what_an_older_commonhub_saw_already_is_read_again(folder, now):
    say(folder, REEF, LOGIN)
    models.SeenHead.objects.create(commit=folder.repository.head().id, at=now)
    seen.glance(folder, now)
    assert len(lines("alice", now)) == 1


def test_where_nothing_is_new_or_ends_it_costs_nothing(folder, now, django_assert_num_queries):
    say(folder, REEF, LOGIN)
    seen.glance(folder, now)
    with django_assert_num_queries(2):  # the row of what was seen, and whether something waits to be committed
        seen.glance(folder, now)
    for who, more in (("eve", 0), ("alice", 1)):
        person = charter_stage.person(who)
        with CaptureQueriesContext(connection) as without:
            waiting.of(person, now=now)
        with CaptureQueriesContext(connection) as queries:
            waiting.lines(person, now=now)
        assert len(queries) == len(without) + more


SCHOOL = {"name": "School", "hub": "lab", "people": 60, "begins": "2026-04-01", "ends": "2026-04-03"}


def trial_of(folder, file, path, value):
    return trying.attempt(folder.repository, folder.reader, folder.repository.head().id, put(folder, file, path, value))


@pytest.mark.parametrize(("room", "fits"), [(59, False), (61, True)])
def test_the_room_of_one_machine_is_compared_with_the_announced_event(folder, now, room, fits):
    by_hand(folder, put(folder, REEF, ["events"], [SCHOOL]))
    by_hand(folder, put(folder, LAB, ["engine"], "local"))
    trial = trial_of(folder, LAB, ["server"], {"memory": {"guarantee": "1Gi", "limit": "2Gi"}})
    weighed = gathering.weigh(trial, now=now, room=room * GIB)
    found = [each.sentence for each in weighed.findings if each.rule == "event-does-not-fit"]
    said = "'School' on reef/lab does not fit: 60 servers of 1 GiB are more than the 59 GiB that there are."
    assert found == ([] if fits else [said])


def test_a_hub_elsewhere_is_not_bound_by_this_machine(folder, now):
    by_hand(folder, put(folder, REEF, ["events"], [SCHOOL]))
    trial = trial_of(folder, LAB, ["server"], {"memory": {"guarantee": "1Gi", "limit": "2Gi"}})
    assert gathering.facts_for(trial, now=now).room is None
    weighed = gathering.weigh(trial, now=now, room=GIB)
    assert "event-does-not-fit" not in {each.rule for each in weighed.findings}


def test_nobody_has_to_say_how_much_this_machine_has(folder, now):
    by_hand(folder, put(folder, REEF, ["events"], [{**SCHOOL, "people": 1_000_000}]))
    by_hand(folder, put(folder, LAB, ["engine"], "local"))
    value = {"memory": {"guarantee": "1Gi", "limit": "2Gi"}}
    (sentence,) = told(folder, now, LAB, ["server"], value, rule="event-does-not-fit")
    assert "1000000 servers of 1 GiB are more than" in sentence
    before = gathering.facts_for(trial_of(folder, LAB, ["server"], value), now=now).room
    hub_models.PartRecord.objects.create(name="web", state="running", since=now, memory=GIB // 8)
    assert before - gathering.facts_for(trial_of(folder, LAB, ["server"], value), now=now).room == GIB // 8


def ran(hub_id, now, *, days, hours, since):
    """A hub that has been counted for some days, with so many hours on each of `days` before today."""
    hub_models.HubRecord.objects.update_or_create(
        hub_id=hub_id,
        defaults={
            "community": "reef",
            "community_title": "Reef",
            "name": "main",
            "title": "x",
            "engine": "local",
            "url": "",
            "state": "awake",
            "since": now,
            "seen": now,
            "counted_since": None if since is None else now - timedelta(days=since),
        },
    )
    for number in range(days):
        day = now.date() - timedelta(days=number)
        hub_models.ServerDay.objects.create(hub_id=hub_id, day=day, seconds=int(hours * 3600))


def used(now, hub_id="reef/main"):
    return gathering.use([hub_id], hours_each=20, now=now).get(hub_id)


def test_what_was_measured_counts_and_not_the_list(folder, now):
    ran("reef/main", now, days=60, hours=10, since=200)
    found = used(now)
    people = Membership.objects.filter(hub_id="reef/main", removed=None).count()
    assert (found.server_hours, found.how, found.people) == (300, "measured in the last 30 days", people)
    shown = do(DAN, folder, "preview", now, hub="reef/main", memory="6G", memory_guarantee="2G")["price"]["lines"]
    assert any("300 server hours" in each["words"] and "(measured in" in each["words"] for each in shown)


def test_fewer_days_are_scaled_to_a_month(now):
    ran("reef/main", now, days=40, hours=2, since=10)  # what was before it came back does not count
    found = used(now)
    midnight = now.replace(hour=0)
    over = (midnight - (now - timedelta(days=10))) / timedelta(days=1)
    assert found.how == "measured in 10 days, scaled to 30"
    assert found.server_hours == pytest.approx(10 * 2 * 30 / over, abs=0.1)


@pytest.mark.parametrize("told_of", [{"days": 6, "hours": 9, "since": 6}, {"days": 0, "hours": 0, "since": 90}])
def test_too_little_to_tell_is_assumed_as_before(now, told_of):
    assumed = used(now)
    assert assumed.how.startswith("assumed: ")
    ran("reef/main", now, **told_of)
    assert used(now) == assumed


def test_a_hub_that_is_gone_is_not_counted(now):
    ran("reef/main", now, days=30, hours=9, since=None)
    assert used(now).how.startswith("assumed: ")


def test_a_hub_without_a_list_has_hours_and_nobody_knows_how_many_people(now):
    ran("reef/open", now, days=30, hours=9, since=90)
    assert (used(now, "reef/open").people, used(now, "reef/open").server_hours) == (None, 261)


def test_the_last_day_of_a_moment_is_its_own():
    at = datetime.fromisoformat("2026-03-20T09:00:00+00:00")
    assert facts.Secret(name="x", ends=at).last_day == date(2026, 3, 20)
