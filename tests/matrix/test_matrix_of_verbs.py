"""Every verb of the program that takes a permission, through the API: refused to each wrong role, done for one who may."""

import itertools
import sys
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

import charter_stage
from commonhub.audit import entries, records
from commonhub.changes import models as change_models
from commonhub.communities import charter_acts, groups, importing, invitations, joining, leaves, models, roster, verbs
from commonhub.communities.asker import Asker
from commonhub.ground import clock
from commonhub.hubs import acts
from commonhub.hubs import models as hub_models
from commonhub.identity import askers, recovery
from commonhub.rollouts import stages
from matrix import expected
from portal.pages import changing

pytestmark = pytest.mark.django_db
LIST = "handle,name\nnorah,Norah Chen\n"


@dataclass(frozen=True, kw_only=True)
class Try:
    """How a verb is asked for over the API: by whom it is done, and with which permission at which place."""

    method: str
    path: str
    body: Any = field(default_factory=dict)
    done_by: str
    permission: str
    place: str = "own hub"
    hides: bool = False  # a refusal would tell too much: who may not, finds nothing
    sees: str = ""  # who has not even this permission there, finds nothing


HUB, REEF = "/hubs/reef/main", "/communities/reef"
VERSION = {"version": "{version}"}
CHANGE = {"community": "reef", "hub": "main", "title": "{title}", "why": "A clearer name."}
TRIES = {
    "access.review": Try(method="POST", path=f"{HUB}/access/review", done_by="dan", permission="access:see"),
    "access.set": Try(
        method="PUT", path=f"{HUB}/access", body={"requests": False}, done_by="carol", permission="access:set"
    ),
    "account.forget-second-step": Try(
        method="POST",
        path="/people/eve/forget-second-step",
        done_by="alice",
        permission="session:end",
        place="the fleet",
    ),
    "account.invite": Try(
        method="POST",
        path="/people",
        body={"handle": "greta", "name": "Greta Holm"},
        done_by="alice",
        permission="guide:appoint",
        place="the fleet",
    ),
    "account.open-again": Try(
        method="POST", path="/people/carol/recovery-link", done_by="alice", permission="session:end", place="the fleet"
    ),
    "agreement.accept": Try(
        method="POST",
        path=f"{REEF}/agreement/accept",
        body=VERSION,
        done_by="carol",
        permission="agreement:accept",
        place="own community",
    ),
    "agreement.offer": Try(
        method="POST",
        path=f"{REEF}/agreement/offer",
        body=VERSION,
        done_by="bob",
        permission="agreement:offer",
        place="own community",
    ),
    "community.describe": Try(
        method="PATCH",
        path=REEF,
        body={"place": "Pemba"},
        done_by="carol",
        permission="community:describe",
        place="own community",
    ),
    "group.change": Try(
        method="PUT",
        path=f"{REEF}/groups/divers/people/eve",
        body=None,
        done_by="carol",
        permission="group:change",
        place="own community",
    ),
    "group.create": Try(
        method="PUT", path=f"{REEF}/groups/advanced", done_by="carol", permission="group:create", place="own community"
    ),
    "group.remove": Try(
        method="DELETE",
        path=f"{REEF}/groups/divers",
        body=None,
        done_by="carol",
        permission="group:remove",
        place="own community",
    ),
    "home.keep": Try(
        method="POST", path=f"{HUB}/people/eve/home/keep", body=None, done_by="carol", permission="homes:remove"
    ),
    "home.remove": Try(
        method="POST",
        path=f"{HUB}/people/eve/home/remove",
        body={"confirm": "reef/main/eve"},
        done_by="carol",
        permission="homes:remove",
    ),
    "home.what-goes": Try(
        method="GET", path=f"{HUB}/people/eve/home", body=None, done_by="carol", permission="homes:remove"
    ),
    "hub.end-sessions": Try(method="POST", path=f"{HUB}/sessions/eve/end", done_by="alice", permission="session:end"),
    "hub.log": Try(method="GET", path=f"{HUB}/log", body=None, done_by="alice", permission="hub:logs"),
    "hub.restart": Try(method="POST", path=f"{HUB}/restart", done_by="alice", permission="hub:restart"),
    "hub.sleep": Try(method="POST", path=f"{HUB}/sleep", done_by="alice", permission="hub:sleep"),
    "hub.start-server": Try(method="POST", path=f"{HUB}/servers/eve/start", done_by="dan", permission="server:start"),
    "hub.stop-server": Try(method="POST", path=f"{HUB}/servers/eve/stop", done_by="dan", permission="server:stop"),
    "hub.wake": Try(method="POST", path=f"{HUB}/wake", done_by="alice", permission="hub:wake"),
    "invitation.create": Try(method="POST", path=f"{HUB}/invitations", done_by="dan", permission="invitation:create"),
    "invitation.person": Try(method="POST", path=f"{HUB}/people/frida/link", done_by="dan", permission="person:add"),
    "invitation.revoke": Try(
        method="DELETE",
        path=f"{HUB}/invitations/{{invitation}}",
        body=None,
        done_by="dan",
        permission="invitation:revoke",
    ),
    "join.answer": Try(
        method="POST",
        path=f"{HUB}/join-requests/{{wish}}",
        body={"accept": True},
        done_by="dan",
        permission="join:answer",
    ),
    "leave.end": Try(
        method="DELETE", path="/leaves/{leave}", body=None, done_by="carol", permission="leave:give", hides=True
    ),
    "leave.give": Try(
        method="POST",
        path=f"{HUB}/leaves",
        body={"to": "dan", "about": "eve", "reason": "Her notebook is stuck."},
        done_by="carol",
        permission="leave:give",
    ),
    "membership.add": Try(
        method="POST", path=f"{HUB}/people", body={"handle": "mallory"}, done_by="dan", permission="person:add"
    ),
    "membership.remove": Try(method="POST", path=f"{HUB}/people/eve/remove", done_by="dan", permission="person:remove"),
    "person.import": Try(
        method="POST",
        path=f"{HUB}/import",
        body={"text": LIST, "digest": "{digest}"},
        done_by="dan",
        permission="person:import",
    ),
    "person.preview-import": Try(
        method="POST", path=f"{HUB}/import/preview", body={"text": LIST}, done_by="dan", permission="person:import"
    ),
    "audit.export": Try(
        method="GET", path="/audit.jsonl", body=None, done_by="alice", permission="audit:export", place="the fleet"
    ),
    "roster.export": Try(method="GET", path=f"{HUB}/people.csv", body=None, done_by="dan", permission="access:see"),
    "session.end-person": Try(
        method="POST", path="/people/mallory/end-sessions", done_by="alice", permission="session:end", place="the fleet"
    ),
    "change.accept-history": Try(
        method="POST",
        path="/history/accept",
        body={"because": "It was tidied up."},
        done_by="alice",
        permission="fleet:sync",
        place="the fleet",
    ),
    "change.bypass": Try(
        method="POST",
        path="/changes/{waiting}/bypass",
        body={"because": "The course stands still."},
        done_by="alice",
        permission="change:bypass",
        sees="change:see",
    ),
    "change.preview": Try(
        method="POST", path="/changes/preview", body=CHANGE, done_by="bob", permission="change:propose"
    ),
    "change.propose": Try(method="POST", path="/changes", body=CHANGE, done_by="dan", permission="change:propose"),
    "change.review": Try(
        method="POST",
        path="/changes/{emergency}/review",
        body={"words": "It was right."},
        done_by="alice",
        permission="change:review",
        sees="change:see",
    ),
    "change.undo": Try(
        method="POST", path="/changes/{committed}/undo", done_by="dan", permission="change:undo", sees="change:see"
    ),
    "change.what-goes": Try(
        method="GET", path="/what-goes?community=reef&hub=main", body=None, done_by="dan", permission="change:propose"
    ),
    "rollout.pause": Try(
        method="POST",
        path="/rollouts/{running}/pause",
        done_by="alice",
        permission="rollout:pause",
        sees="change:see",
    ),
    "rollout.resume": Try(
        method="POST",
        path="/rollouts/{paused}/resume",
        done_by="alice",
        permission="rollout:resume",
        sees="change:see",
    ),
    "rollout.show": Try(
        method="GET", path="/rollouts/{running}", body=None, done_by="dan", permission="change:see", hides=True
    ),
    "rollout.start": Try(
        method="POST",
        path="/rollouts/{running}/start",
        done_by="alice",
        permission="rollout:start",
        sees="change:see",
    ),
    "rollout.stop": Try(
        method="POST",
        path="/rollouts/{running}/stop",
        done_by="alice",
        permission="rollout:undo",
        sees="change:see",
    ),
    "rollout.undo": Try(
        method="POST",
        path="/rollouts/{running}/undo",
        done_by="alice",
        permission="rollout:undo",
        sees="change:see",
    ),
    # No one permission: that of the role, of either side, or any for which the change waits.
    "change.agree": Try(
        method="POST",
        path="/changes/{waiting}/agree",
        done_by="carol",
        permission="change:approve-routine",
        sees="change:see",
    ),
    "change.decline": Try(
        method="POST",
        path="/changes/{waiting}/decline",
        body={"because": "Let the course end first."},
        done_by="dan",
        permission="change:approve-routine",
        sees="change:see",
    ),
    "appointment.make": Try(
        method="POST",
        path="/appointments",
        body={"role": "hub-administrator", "community": "reef", "hub": "main", "handle": "eve"},
        done_by="carol",
        permission="administrator:appoint",
    ),
    "appointment.end": Try(
        method="POST",
        path="/appointments/end",
        body={"role": "community-guide", "handle": "bob"},
        done_by="alice",
        permission="guide:appoint",
        place="the fleet",
    ),
    "agreement.terms": Try(
        method="PUT",
        path=f"{REEF}/agreement/terms",
        body={"terms": "Office hours on Mondays."},
        done_by="carol",
        permission="agreement:accept",
        place="own community",
    ),
}
EITHER_SIDE = {  # may do it too, by another permission that does
    "agreement.terms": {"bob"},
    "change.agree": {"alice"},
    "change.decline": {"alice"},
}
OWN = {"appointment.end": {"bob"}, "change.undo": {"alice"}, "leave.end": {"dan", "eve"}}  # may end what is their own
NOBODY_ASKS = {
    "change.commit": "the keeper does it, for those who agreed",
    "fleet.sync": "asked at the machine, as tests/hubs/test_exchanging.py has it",
    "rollout.list": "refuses nobody: each sees what is theirs, as tests/api/test_api_changes.py has it",
}


def prepared() -> dict[str, str]:
    """What the verbs are about; gives what goes into paths and bodies."""
    now = clock.system_clock()
    carol = Asker(handle="carol", name="Carol Mendes", via="portal")
    charter_stage.newcomer("frida", now=now, claimed=False)
    models.Membership.objects.create(hub_id="reef/main", person=charter_stage.person("frida"), since=now, via="added")
    groups.create(carol, "reef", "divers", now=now)
    row, _ = invitations.invite(carol, "reef/main", now=now)
    zuri = charter_stage.person("zuri")
    wish = joining.ask(askers.of(zuri), "reef/main", zuri, now=now)
    leave = leaves.give(carol, "reef/main", to="dan", about="eve", reason="Help.", lasts=timedelta(hours=1), now=now)
    digest = importing.preview(carol, "reef/main", LIST, now=now).digest
    version = models.Community.objects.get(name="reef").version
    return {
        "version": version,
        "invitation": str(row.pk),
        "wish": str(wish.pk),
        "leave": str(leave.pk),
        "digest": digest,
    }


TITLES = (f"Reef maps, sheet {number}" for number in itertools.count(1))  # the fleet folder outlives a test


def under_way(site, verb: str) -> dict[str, str]:
    """Changes and roll-outs of reef/main as a verb meets them."""
    if verb in {"change.agree", "change.decline", "change.bypass"}:
        return {"waiting": str(proposed(site, "bob"))}
    if verb == "change.review":
        number = proposed(site, "bob")
        assert site("alice", "POST", f"/changes/{number}/bypass", {"because": "It stands still."}).status == 200
        return {"emergency": str(number)}
    if verb == "change.undo":
        return {"committed": str(proposed(site, "alice"))}
    now = clock.system_clock()
    if verb.startswith("home."):
        roster.remove(charter_stage.asker("dan"), "reef/main", "eve", now=now)
        if verb == "home.keep":
            goes = now + timedelta(days=30)
            hub_models.HomeRemoval.objects.create(hub_id="reef/main", handle="eve", at=now, by="carol", goes=goes)
        return {}
    if verb == "change.accept-history":
        lost = "0" * 40
        change_models.SeenHead.objects.create(commit=lost, at=now, refused=site.kept.git.head().id, trouble="Forced.")
    hubs = [{"hub_id": "reef/main"}]
    return {
        "running": str(changing.rollout(now, hubs).pk),
        "paused": str(changing.rollout(now, hubs, state=stages.State.PAUSED).pk),
    }


def proposed(site, handle: str) -> int:
    """The number of a change that somebody proposes of reef/main."""
    answer = site(handle, "POST", "/changes", CHANGE | {"title": next(TITLES)})
    assert answer.status == 200, answer.text
    return answer.json["change"]["number"]


def test_every_verb_with_a_permission_is_tried():
    assert {charter_acts.__name__, acts.__name__, recovery.__name__} <= set(sys.modules)  # their verbs are known here
    takes = {name: str(verb.permission) for name, verb in verbs.KNOWN.items() if verb.permission}
    assert set(NOBODY_ASKS) <= set(takes)
    assert set(takes) - set(NOBODY_ASKS) <= set(TRIES)
    rest = {"account.open-again", *NOBODY_ASKS}  # by whom it is about: see identity.recovery
    assert {name: TRIES[name].permission for name in set(takes) - rest} == {
        name: takes[name] for name in set(takes) - rest
    }


@pytest.mark.parametrize("verb", TRIES)
def test_a_verb_is_refused_to_each_wrong_role_and_done_for_one_who_may(site, verb):
    attempt = TRIES[verb]
    found = {**prepared(), **under_way(site, verb), "title": next(TITLES)}
    site.kept.on.inside.visit("reef/main", "eve")  # who has never been there has no server
    path = attempt.path.format(**found)
    body = attempt.body
    body = body and {
        name: said.format(**found) if said in {"{digest}", "{title}", "{version}"} else said
        for name, said in body.items()
    }
    wrong = (
        {handle for handle in expected.CAST if (attempt.permission, attempt.place) not in expected.allowed(handle)}
        - EITHER_SIDE.get(verb, set())
        - OWN.get(verb, set())
    )
    assert wrong
    seen = (
        expected.CAST
        if not attempt.sees
        else [handle for handle in expected.CAST if (attempt.sees, attempt.place) in expected.allowed(handle)]
    )
    blind = wrong - set(seen)
    for handle in sorted(wrong):
        answer = site(handle, attempt.method, path, body)
        if attempt.hides or handle in blind:
            assert answer.status == 404, (handle, answer.text)
            continue
        assert answer.status == 403, (handle, answer.text)
        error = answer.error
        assert error["asked"] == {"permission": attempt.permission, **expected.spot(attempt.place)}
        assert error["holders"] == expected.holders(attempt.permission, attempt.place)
        assert all(name in error["message"] for name in error["holders"][:3]), error
    done = site(attempt.done_by, attempt.method, path, body)
    assert done.status == 200, done.text
    if not attempt.hides:
        tried = records.newest(entries.Search(outcome="refused"), reader=entries.EVERYTHING, limit=200).entries
        noted = {each.actor for each in tried if each.verb == verb}
        assert wrong - blind <= noted <= wrong
