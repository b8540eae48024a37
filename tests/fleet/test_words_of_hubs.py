"""The wider words of a hub: how they lie over the defaults, what they take away, what they refuse."""

import dataclasses
import datetime as dt
import json
import zoneinfo

import folders
import pytest

from commonhub.engines import limits
from commonhub.fleet import desired, models, planning, reading, resolving

HUB = "communities/reef/hubs/main.yaml"
FLEET = """\
name: Our hubs
defaults:
  server: {image: "a:1", environment: {ONE: "1", TWO: "2"}, command: [run]}
  storage:
    folders: {shared: {path: /shared, read_only: true}, rstudio: {path: /home/rstudio}}
    volumes: {shm: {in_memory: true}}
  menu: [{title: Usual}]
  other_logins: [{kind: github, scope: ["read:org"], refresh: 0}, {kind: google, everyone: true}]
"""


def resolved(text, fleet=FLEET):
    found = reading.read(folders.tree({**folders.REEF, "fleet.yaml": fleet, HUB: f"title: x\n{text}"}))
    assert found.mistakes == ()
    (hub,) = resolving.resolve(found.fleet)
    return hub


def faults(text, place=HUB):
    before = "title: x\n" if place == HUB else ""
    found = reading.read(folders.tree({**folders.REEF, place: before + text}))
    return [f"{fault.line} {fault.problem} {fault.mend}" for fault in found.mistakes]


def test_words_lie_over_the_defaults_key_by_key_and_a_menu_as_a_whole():
    hub = resolved("server: {environment: {TWO: two}}\nmenu: [{title: Mine}]\n")
    assert hub.server == {"environment": {"ONE": "1", "TWO": "two"}, "command": ["run"]}
    assert [entry["title"] for entry in hub.menu] == ["Mine"]
    assert hub.image == "a:1"
    assert resolved("menu: []\n").menu == ()


def test_a_hub_takes_single_folders_and_usual_things_away():
    hub = resolved(
        "storage: {without: [rstudio], usual_volumes: false}\nserver: {usual_image: false, usual_command: false}\n"
    )
    assert hub.storage["folders"] == {"shared": {"path": "/shared", "read_only": True}}
    assert "volumes" not in hub.storage
    assert (hub.image, "command" in hub.server) == (None, False)


def test_what_the_defaults_say_of_a_kind_of_login_holds_for_hubs_of_that_kind_alone():
    hub = resolved("login: {kind: github, refresh: 300}\n")
    assert hub.login_options == {"scope": ["read:org"], "refresh": 300}
    assert [other["kind"] for other in hub.other_logins] == ["google"]
    assert "scope" not in resolved("login: {kind: cilogon}\n").login_options


def test_a_word_that_is_not_said_changes_no_fingerprint():
    """Hubs that ran before a word existed do not restart because it exists now."""
    old = {"id", "community", "community_title", "name", "title", "description", "engine", "addresses", "base_path"}
    old |= {
        "login",
        "login_options",
        "admins",
        "memory_guarantee",
        "memory_limit",
        "cpu_guarantee",
        "cpu_limit",
        "image",
    }
    old |= {"interface", "home_quota", "homes", "file_server", "sleep_after", "cull_idle", "cull_max_age", "cull_every"}
    old |= {"egress", "package_sources", "homepage", "extra"}
    plain = resolved("", fleet="name: Our hubs\n")
    said = {field.name for field in dataclasses.fields(plain) if getattr(plain, field.name) not in ((), {}, None)}
    assert said <= old
    words = {name: getattr(plain, name) for name in (field.name for field in dataclasses.fields(plain)) if name in old}
    assert plain.digest == dataclasses.replace(desired.from_settings(json.loads(json.dumps(words, default=str)))).digest
    assert plain.digest != resolved("packing: false\n", fleet="name: Our hubs\n").digest


def test_settings_of_an_older_version_are_read_again():
    hub = resolved("menu: [{title: Mine}]\n")
    kept = json.loads(json.dumps(dataclasses.asdict(hub), default=str))
    assert desired.from_settings(kept).digest == hub.digest
    kept.pop("menu")
    assert desired.from_settings(kept).menu == ()


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("image_registry: {password: hunter2}\n", "2 image_registry > password: A password does not belong into a fleet."),
        ("server: {environment: {A: 1}}\n", "2 server > environment > A: A variable is text."),
        ("server: {environment: {A: {secret: x}}}\n", "2 server > environment > A: A variable is text."),
        ("server: {gpus: half}\n", "2 server > gpus: 'half' is no count."),
        ("server: {pull: Sometimes}\n", "It may be Always, IfNotPresent, Never."),
        ("menu:\n- {titel: x}\n", "3 The key menu entry 1 > titel is not known here. Did you mean 'title'?"),
        ("menu:\n- {title: x, ask: {image: {choices: {a: {}}}}}\n", "3 menu entry 1 > ask > image > choices > a > title is missing."),
        ("storage: {folders: {a: {from: x}}}\n", "storage > folders > a > path is missing."),
        ("advanced: {jupyterhub.hub.pdb.enable: true}\n", "Did you mean jupyterhub.hub.pdb.enabled?"),
        ("advanced: {jupyterhub.hub.pdb.enabled: 1}\n", "jupyterhub.hub.pdb.enabled is not true or false."),
        ("advanced: {jupyterhub.hub.extraConfig.a: x}\n", "is no setting that may stand here."),
        ("login: {kind: cilogon, identity_providers: {a: {claims: email}}}\n", "Did you mean 'claim'?"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_with_its_line_and_what_to_do(text, wanted):
    assert wanted in "\n".join(faults(text))


def test_events_budgets_prices_and_rollouts_are_said_in_the_files():
    files = {
        **folders.REEF,
        "fleet.yaml": "name: x\nprices: {currency: EUR, memory_gib_hour: 0.004, gpu_hour: {any: 1}}\nrollouts: {soak: 5m, first: 3, share: 0.1}\n",
        "communities/reef/community.yaml": "title: x\nbudget: {threshold: 50}\n"
        "events: [{name: Exam, people: 120, begins: 2026-06-20T09:00, ends: 2026-06-21, memory: 1G, hub: main}]\n",
        HUB: "title: x\nstaging: true\n",
    }
    fleet = reading.read(folders.tree(files)).fleet
    (event,) = fleet.communities[0].file.events
    assert (event.people, event.memory, fleet.communities[0].file.budget.threshold) == (120, 10**9, 50)
    assert (fleet.file.prices.core_hour, fleet.file.rollouts.soak, fleet.hubs[0].file.staging) == (None, 300, True)
    zone = zoneinfo.ZoneInfo("Africa/Blantyre")
    assert planning.moment(event.begins, zone=zone) == dt.datetime(2026, 6, 20, 9, tzinfo=zone)
    assert planning.moment(event.ends, zone=zone, end=True) == dt.datetime(2026, 6, 22, tzinfo=zone)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("title: x\nevents: [{name: a, people: 0, begins: 2026-01-01, ends: 2026-01-02}]\n", "events entry 1 > people"),
        ("title: x\nevents: [{name: a, people: 1, begins: tomorrow, ends: 2026-01-02}]\n", "'tomorrow' is no moment."),
        ("title: x\nbudget: {threshold: -1}\n", "budget > threshold"),
    ],
)
def test_an_event_or_budget_that_cannot_be_is_refused(text, wanted):
    assert wanted in "\n".join(faults(text, place="communities/reef/community.yaml"))


def test_what_an_engine_lacks_is_said_once_where_the_defaults_say_it():
    fleet = reading.read(folders.tree({**folders.REEF, "fleet.yaml": FLEET})).fleet
    places = [(one, key) for one, *key in limits.lacks(fleet.file.defaults, "local")]
    assert places == [
        ("other_logins", []), ("server", ["image"]), ("server", ["environment"]), ("server", ["command"]), ("menu", []),
        ("storage", ["folders"]), ("storage", ["volumes"]),
    ]  # fmt: skip
    assert list(limits.lacks(fleet.file.defaults, "kubernetes")) == []


def test_every_word_of_a_hub_is_done_by_this_machine_or_said_not_to_be():
    """A new word cannot be forgotten: it stands in the table of what is lacking, or here."""
    done = {"engine", "admins", "staff_admins", "interface", "sleep_after", "egress", "package_sources"}
    partly = {"server", "storage", "cull", "login"}
    lacking = {path[0] for path in limits.lacks(whole(), "local")}
    assert set(models.Settings.model_fields) == done | partly | lacking


def whole():
    """Settings in which every word is said."""
    return models.Settings.model_construct(
        _fields_set=set(models.Settings.model_fields), **dict.fromkeys(models.Settings.model_fields, "said")
    )
