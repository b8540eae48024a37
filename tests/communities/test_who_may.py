"""Every verb that takes a permission, tried by everybody: it works for those who hold it, and refuses the rest by name."""

import datetime as dt
import re
from pathlib import Path

import pytest

import charter_stage
from commonhub.audit import entries
from commonhub.audit import models as audit
from commonhub.audit import records as trail
from commonhub.communities import (
    agreements,
    allowing,
    asks,
    auditing,
    charter_acts,
    groups,
    importing,
    invitations,
    joining,
    leaves,
    models,
    roster,
    showing,
    verbs,
)
from commonhub.communities.roster import NewPerson
from commonhub.ground import errors
from commonhub.responsibility.assignments import Place

CLASS = "handle,name\nfrank,Frank Ito\n"
HOLDERS = {"carol", "dan"}  # of what administrators of reef/main may
REPRESENTATIVE = {"carol"}


def a_group():
    return models.Group.objects.create(community_id="reef", name="divers", title="Divers")


def a_link(now, hub="reef/main"):
    return invitations.make(by="carol", hub=models.Hub.objects.get(pk=hub), now=now)[0]


def a_request(now, hub="reef/main"):
    return models.JoinRequest.objects.create(hub_id=hub, person=charter_stage.person("mallory"), at=now)


def a_leave(now):
    return models.Leave.objects.create(
        person=charter_stage.person("bob"),
        permission="server:open",
        community="reef",
        hub="main",
        about="eve",
        reason="She asked for help.",
        given_by="zuri",
        at=now,
        until=now + dt.timedelta(hours=1),
    )


def an_expected_one(now):
    expected = charter_stage.newcomer("frank", now=now, claimed=False)
    models.Membership.objects.create(hub_id="reef/main", person=expected, since=now, via="added")
    return expected


def version(name="reef"):
    return models.Community.objects.get(pk=name).version


def review_import(asker, now):
    return importing.preview(asker, "reef/main", CLASS, now=now)


def take_import(asker, now):
    digest = importing.preview(charter_stage.asker("carol"), "reef/main", CLASS, now=now).digest
    return importing.apply(asker, "reef/main", CLASS, digest=digest, now=now)


ACTS = {
    "membership.add": (HOLDERS, lambda a, now: roster.add(a, "reef/main", NewPerson(handle="frank"), now=now)),
    "membership.remove": (HOLDERS, lambda a, now: roster.remove(a, "reef/main", "eve", now=now)),
    "group.create": (REPRESENTATIVE, lambda a, now: groups.create(a, "reef", "divers", now=now)),
    "group.remove": (REPRESENTATIVE, lambda a, now: groups.remove(a, "reef", a_group().name, now=now)),
    "group.change": (
        REPRESENTATIVE,
        lambda a, now: groups.change(a, "reef", a_group().name, handle="eve", inside=True, now=now),
    ),
    "join.answer": (HOLDERS, lambda a, now: joining.answer(a, "reef/main", a_request(now).pk, accept=True, now=now)),
    "person.preview-import": (HOLDERS, review_import),
    "person.import": (HOLDERS, take_import),
    "audit.export": (
        {"alice"},
        lambda a, now: auditing.export(a, entries.Search(place=Place(community="reef")), now=now),
    ),
    "roster.export": (HOLDERS, lambda a, now: importing.export_roster(a, "reef/main", now=now)),
    "invitation.create": (HOLDERS, lambda a, now: invitations.invite(a, "reef/main", now=now)),
    "invitation.person": (
        HOLDERS,
        lambda a, now: invitations.invite_person(a, "reef/main", an_expected_one(now).handle, now=now),
    ),
    "invitation.revoke": (HOLDERS, lambda a, now: invitations.revoke(a, "reef/main", a_link(now).pk, now=now)),
    "account.invite": ({"alice"}, lambda a, now: invitations.invite_colleague(a, NewPerson(handle="frank"), now=now)),
    "access.review": (HOLDERS, lambda a, now: showing.review_access(a, "reef/main", now=now)),
    "leave.give": (
        REPRESENTATIVE,
        lambda a, now: leaves.give(a, "reef/main", to="dan", about="eve", reason="She asked.", now=now),
    ),
    "leave.end": (REPRESENTATIVE, lambda a, now: leaves.end(a, a_leave(now).pk, now=now)),
    "agreement.offer": ({"bob"}, lambda a, now: agreements.offer(a, "reef", version(), now=now)),
    "agreement.accept": (REPRESENTATIVE, lambda a, now: agreements.accept(a, "reef", version(), now=now)),
}
OWN_TO_LEAVE = {"bob", "eve"}  # who has the leave, and whose server it is, may end it too
CARRY_SOMETHING = {"alice", "bob", "carol", "dan"}  # at reef/main
EVERYBODY = [each.user for each in charter_stage.EVERYBODY]
BY_THE_FILES = {"access.set", "community.describe"}  # they change the fleet's files: tried where those are

READ = (asks, charter_acts)  # modules whose verbs are known once they are read

OF_ONES_OWN = {
    "administrator.read-back": "what a hub itself reports",
    "agreement.depart": "either side's permission of the agreement",
    "agreement.return": "either side's permission of the agreement",
    "agreement.terms": "either side's permission of the agreement",
    "appointment.end": "the permission that appoints to the role, or one's own",
    "appointment.make": "the permission that appoints to the role",
    "ask.answer": "whatever was asked for",
    "ask.make": "one's own",
    "evidence.note": "one's own",
    "invitation.take": "one's own",
    "join.ask": "one's own",
    "practice.note": "one's own",
}


def named_in_the_package():
    files = Path(verbs.__file__).parent.glob("*.py")
    return {name for file in files for name in re.findall(r'^@verb\("([^"]+)"', file.read_text("utf-8"), re.MULTILINE)}


@pytest.mark.parametrize("who", EVERYBODY)
@pytest.mark.parametrize("name", ACTS)
def test_it_works_for_those_who_hold_it_and_refuses_everybody_else(name, who, now):
    holders, act = ACTS[name]
    may = who in holders or (name == "leave.end" and who in OWN_TO_LEAVE)
    if may:
        act(charter_stage.asker(who), now)
        done = audit.AuditEntry.objects.filter(verb=name, actor=who, outcome="done")
        assert done.exists() or name == "person.preview-import"
        return
    if name == "leave.end" and who not in CARRY_SOMETHING:  # nobody else learns that there is one
        with pytest.raises(errors.NotFoundError):
            act(charter_stage.asker(who), now)
        return
    before = set(audit.AuditEntry.objects.values_list("number", flat=True))
    with pytest.raises(allowing.NotAllowedError) as refused:
        act(charter_stage.asker(who), now)
    new = audit.AuditEntry.objects.exclude(number__in=before).get()
    assert (new.verb, new.actor, new.outcome) == (name, who, "refused")
    names = [charter_stage.NAMES[each] for each in sorted(holders)]
    assert all(each in refused.value.message for each in names)


@pytest.mark.parametrize("name", sorted(set(ACTS) - {"account.invite", "leave.end"}))
def test_a_token_that_was_made_without_it_does_not_open_it(name, now):
    holders, act = ACTS[name]
    who = min(holders)
    narrow = allowing.Asker(handle=who, name=who, via="api", scopes=frozenset())
    with pytest.raises(allowing.NotAllowedError, match="with this token"):
        act(narrow, now)


@pytest.mark.parametrize("name", sorted(set(ACTS) - {"agreement.offer", "agreement.accept"}))
def test_the_owner_of_the_machine_may_do_it(name, now):
    ACTS[name][1](allowing.machine_owner("root"), now)


def test_every_verb_of_the_package_takes_one_permission_or_says_whose_it_is():
    found = named_in_the_package()
    with_permission = {name for name in found if verbs.KNOWN[name].permission is not None}
    assert with_permission == set(ACTS) | BY_THE_FILES
    assert found - with_permission == set(OF_ONES_OWN)


def test_every_verb_says_in_a_sentence_what_it_does():
    assert all(each.meaning.endswith(".") for each in verbs.KNOWN.values())


def test_the_audit_of_all_this_is_unbroken(now):
    for name in ("membership.add", "access.review", "membership.remove", "agreement.offer"):
        holders, act = ACTS[name]
        act(charter_stage.asker(min(holders)), now)
    assert trail.verify().sound
