"""Each rule learned from an incident finds its example, and leaves its opposite alone."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from commonhub.changes import comparing, facts, kinds, lint, price, trying, weighing
from commonhub.fleet import quantities, reading, trees
from commonhub.responsibility import reading as responsibilities

CASES = yaml.safe_load(Path(__file__).with_name("lint.yaml").read_text(encoding="utf-8"))
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
MAIN = "communities/reef/hubs/main.yaml"


def fleet_of(hub, others=(), *, fleet=None):
    files = {"fleet.yaml": {"name": "Ours", **(fleet or {})}}
    for place in {"reef", *(each.partition("/")[0] for each in others)}:
        files[f"communities/{place}/community.yaml"] = {"title": place}
    for each in others:
        community, _, name = each.partition("/")
        files[f"communities/{community}/hubs/{name}.yaml"] = {"title": each}
    if hub is not None:
        files[MAIN] = hub
    texts = {path: yaml.safe_dump(value, sort_keys=False) for path, value in files.items()}
    entries = tuple(
        trees.Entry(path=path, blob=trees.blob_name(text.encode()), load=lambda text=text: text.encode())
        for path, text in texts.items()
    )
    return texts, reading.read(trees.Tree(entries=entries))


def found(case, which) -> set[str]:
    """The rules that find something, going from `before` to `which`."""

    def said(key, usual=()):
        return case.get(f"{which}_{key}", case.get(key, usual))

    awake = said("awake", 0)
    others = [*said("others"), *(f"many/hub-{number}" for number in range(awake))]
    old, before = fleet_of(case["before"], others, fleet=case.get("fleet"))
    late = {"defaults": {"sleep_after": "20m"}} if awake else case.get("fleet")
    new, after = fleet_of(case[which], others, fleet=late)
    assert before.fleet, before.faults
    assert after.fleet, after.faults
    edits = {path: new.get(path) for path in {*old, *new} if old.get(path) != new.get(path)}
    trial = trying.Trial(
        base="0",
        was={path: old.get(path) for path in edits},
        edits=edits,
        before=before.fleet,
        after=after.fleet,
        mistakes=(),
        touches=tuple(
            touch
            for path in edits
            for touch in comparing.touches(
                path,
                yaml.safe_load(old[path]) if path in old else comparing.ABSENT,
                yaml.safe_load(new[path]) if path in new else comparing.ABSENT,
            )
        ),
        hubs=trying.hubs_between(before.fleet, after.fleet, edits),
    )
    known = facts.Facts(
        now=NOW,
        events=tuple(
            facts.Event(
                title=each["title"],
                community="reef",
                people=each["people"],
                memory=quantities.bytes_of(each.get("memory")),
                begins=NOW + timedelta(days=each["begins"]),
                ends=NOW + timedelta(days=each["ends"]),
            )
            for each in said("events")
        ),
        secrets=tuple(
            facts.Secret(
                name=each["name"], community=each["community"], hub=each["hub"], ends=NOW + timedelta(days=each["days"])
            )
            for each in said("secrets")
        ),
        retired=frozenset(said("retired")),
        awake=frozenset(trial.hubs) if awake else frozenset(),
        room=quantities.bytes_of(case.get("room")),
    )
    weighed = weighing.weigh(trial, of=responsibilities.default(), known=known, now_at={})
    for each in weighed.findings:
        assert each.sentence.endswith((".", "confirm it."))
        assert each.mend
        assert each.source
        if each.file in edits:
            assert each.line >= 1
    return {each.rule for each in weighed.findings}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["rule"])
def test_a_rule_finds_its_example(case):
    assert case["rule"] in found(case, "bad")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["rule"])
def test_a_rule_leaves_its_opposite_alone(case):
    assert case["rule"] not in found(case, "good")


def test_every_rule_has_its_example():
    source = Path(lint.__file__).read_text(encoding="utf-8")
    assert {case["rule"] for case in CASES} == {part.split('"')[0] for part in source.split('rule="')[1:]}


GIB = 2**30
SCHEDULE = price.Schedule(currency="EUR", memory_gib_hour=0.01, core_hour=0.02, storage_gib_month=0.1)
USE = price.Use(server_hours=1000, people=50, how="measured")


def hub(**said):
    _, read = fleet_of({"title": "Reef", **said})
    return next(iter(trying.hubs_between(read.fleet, fleet_of({"title": "Old"})[1].fleet, [MAIN]).values()))[0]


def test_a_price_shows_its_working():
    before = hub(server={"memory": {"guarantee": "1Gi", "limit": "2Gi"}})
    after = hub(server={"memory": {"guarantee": "3Gi", "limit": "8Gi"}})
    found = price.effect(before, after, use=USE, schedule=SCHEDULE)
    assert found.total == pytest.approx(20.0)
    assert found.lines[0].words.startswith(
        "Memory of each server: 1 GiB → 3 GiB: +2 GiB \N{MULTIPLICATION SIGN} 1,000 server hours"
    )
    assert found.sentence == "About 20.00 EUR a month more."
    assert price.effect(after, before, use=USE, schedule=SCHEDULE).total == pytest.approx(-20.0)


@pytest.mark.parametrize(
    ("use", "schedule"),
    [
        (USE, price.Schedule(currency="EUR")),
        (price.Use(), SCHEDULE),
    ],
)
def test_what_nobody_knows_is_unknown_and_never_nothing(use, schedule):
    before, after = hub(storage={"home_quota": "1G"}), hub(storage={"home_quota": "9G"})
    found = price.effect(before, after, use=use, schedule=schedule)
    assert found.total is None
    assert "not known" in found.sentence


def test_no_limit_has_no_price():
    limited = hub(server={"memory": {"limit": "1G"}})
    free = hub(server={"memory": {"limit": "none", "guarantee": "none"}})
    assert price.effect(limited, free, use=USE, schedule=SCHEDULE).total is None


def test_a_title_costs_nothing():
    found = price.effect(hub(title="Reef"), hub(title="The reef"), use=USE, schedule=SCHEDULE)
    assert found.lines == ()


def test_the_rules_of_money_come_from_the_community_where_it_says_them():
    _, read = fleet_of({"title": "Reef"}, fleet={"prices": {"currency": "EUR", "core_hour": 0.5}})
    assert facts.schedule(read.fleet).core_hour == 0.5
    assert facts.schedule(read.fleet).memory_gib_hour is None
    assert facts.thresholds(read.fleet) == {}
    assert kinds.shipped().numbers["threshold_a_month"] > 0


def line_of(before, after, schedule=SCHEDULE, use=USE):
    found = price.effect(hub(**before), hub(**after), use=use, schedule=schedule)
    return [each.words for each in found.lines], found.total


def test_graphics_processors_cost_what_the_schedule_says_of_their_machine():
    schedule = price.Schedule(currency="EUR", gpu_hour={"a2": 2.0, "any": 1.0})
    one, two = {"server": {"gpus": 1, "machine": "a2"}}, {"server": {"gpus": 2, "machine": "a2"}}
    (words,), total = line_of(one, two, schedule)
    assert words.startswith("Graphics processors of each server: 1 → 2: +2 EUR an hour")
    assert total == pytest.approx(2000.0)
    assert line_of({}, {"server": {"gpus": 1}}, schedule)[1] == pytest.approx(1000.0)
    assert line_of({}, one)[1] is None
    assert line_of(one, {"server": {"gpus": 1, "machine": "t4"}}, schedule)[1] is None
    assert line_of(one, one, schedule)[0] == []


@pytest.mark.parametrize(
    "after",
    [
        {"sleep_after": "12h"},
        {"cull": {"enabled": False}},
        {"cull": {"max_age": "none"}},
        {"server": {"machine": "n2-highmem"}},
    ],
)
def test_what_may_cost_more_is_never_without_a_line(after):
    words, total = line_of({"cull": {"max_age": "7d"}}, {"cull": {"max_age": "7d"}, **after})
    assert words
    assert total is None
