"""Run by test_changes_on_both: changes on one database, with several connections; tells what it saw as JSON."""

import json
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

import django
from django.core.management import call_command
from django.db import connection, connections

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
django.setup()

import charter_stage  # noqa: E402 - after Django is set up, as all of ours
from changes import folder_stage  # noqa: E402
from commonhub.changes import book, models, seen, waiting  # noqa: E402
from commonhub.communities import charter_acts  # noqa: E402
from commonhub.fleet.charter import HubAccess  # noqa: E402
from commonhub.ground import errors  # noqa: E402

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ALICE, BOB, CAROL, DAN, ZURI = (charter_stage.asker(who) for who in ("alice", "bob", "carol", "dan", "zuri"))


def at_once(runs: Iterable[Callable[[], object]]) -> list[str]:
    """What came of each, begun at the same moment in threads with connections of their own."""
    wanted = list(runs)
    start, outcomes = threading.Barrier(len(wanted)), []

    def run(act: Callable[[], object]) -> None:
        start.wait(timeout=20)
        try:
            act()
            outcomes.append("done")
        except errors.CommonhubError as error:
            outcomes.append(f"refused: {error.message}")
        except Exception as error:  # noqa: BLE001 - told to the test
            outcomes.append(f"failed: {error!r}")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(act,)) for act in wanted]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return sorted(outcomes)


def main() -> None:
    """Play it and tell."""
    call_command("migrate", verbosity=0)
    charter_stage.fill(NOW)
    facts: dict[str, object] = {"vendor": connection.vendor}
    with tempfile.TemporaryDirectory() as name:
        folder = folder_stage.begin(Path(name))
        seen.turn(folder, now=NOW)
        do = folder_stage.do
        base = folder.repository.head().id
        acts = [
            lambda number=number: do(
                CAROL, folder, "propose", NOW, hub="reef/main", add_groups=[f"g{number}"], base=base
            )
            for number in range(5)
        ]
        facts["five at once"] = at_once(acts)
        facts["groups"] = sorted(
            folder_stage.text(folder, "communities/reef/hubs/main.yaml").count(f"g{n}") for n in range(5)
        )
        facts["commits"] = len(folder.repository.log())
        do(BOB, folder, "propose", NOW, hub="reef/main", title="Reef: 李, zoë")
        asked = models.Change.objects.latest("pk").pk
        facts["both agree at once"] = at_once(
            [lambda who=who: do(who, folder, "agree", NOW, number=asked) for who in (CAROL, DAN)]
        )
        facts["title"] = models.Change.objects.get(pk=asked).words["The hub reef/main"]
        facts["committed once"] = models.Change.objects.filter(state="committed").count() == 6
        do(BOB, folder, "propose", NOW, hub="reef/main", title="Or not")
        last = models.Change.objects.latest("pk").pk
        facts["agreed and declined at once"] = at_once(
            [
                lambda: do(CAROL, folder, "agree", NOW, number=last),
                lambda: do(DAN, folder, "decline", NOW, number=last, because="No"),
            ]
        )[0]
        facts["one of the two"] = models.Change.objects.get(pk=last).state in {"committed", "declined"}
        charter_acts.set_access(CAROL, folder, "reef/main", access=HubAccess(everyone=True), now=NOW)
        folder_stage.by_hand(folder, folder_stage.put(folder, "fleet.yaml", ["defaults", "sleep_after"], "20m"))
        facts["by editor"] = [each.title for each in seen.turn(folder, now=NOW).changes]
    facts["seen by zuri"] = book.visible(ZURI, now=NOW).count()
    facts["seen by dan"] = book.visible(DAN, now=NOW).count() > 5
    facts["waits"] = [each.number for each in waiting.of(charter_stage.person("dan"), now=NOW)]
    print(json.dumps(facts))


main()
