"""On a laptop: everything runs as one plain user, without root, and the same stories hold."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from commonhub.engines.local import probes
from commonhub.ground import process
from journeys import intruder
from journeys.stage import COMMONHUB, Stage, hub_file
from journeys.test_attacks import ATTACKS
from journeys.test_changes import whole_story

pytestmark = [pytest.mark.hubs, pytest.mark.root]
if os.geteuid() != 0:
    pytestmark.append(pytest.mark.skip(reason="whoever is no root runs all other journeys as a plain user already"))

PLAIN = 4243  # a user id that nobody of this machine has


class Laptop(Stage):
    """A fleet that a plain user runs."""

    def __post_init__(self) -> None:
        super().__post_init__()
        for path in (self.folder, *self.folder.rglob("*")):
            os.chown(path, PLAIN, PLAIN)

    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name.startswith(("COMMONHUB_", "LANG", "PATH"))}
        return kept | {"HOME": str(self.folder), "COMMONHUB_FLEET": str(self.fleet)}

    def cli(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            ["setpriv", f"--reuid={PLAIN}", f"--regid={PLAIN}", "--clear-groups", *COMMONHUB, *words],
            capture_output=True, text=True, env=self.environment(), cwd="/", timeout=300, check=False,
        )  # fmt: skip
        if check and done.returncode:
            raise AssertionError(f"commonhub {' '.join(words)}: {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done


@pytest.fixture(scope="module")
def laptop() -> Iterator[Laptop]:
    hubs = {"reef/main": hub_file("Reef lab"), "class/main": hub_file("Statistics", egress="none")}
    stage = Laptop(hubs=hubs)
    try:
        stage.up()
        yield stage
    finally:
        stage.close()


def owners(stage: Stage) -> set[int]:
    """The user ids of everything that the fleet runs."""
    found = {Path(f"/proc/{one.pid}").stat().st_uid for one in stage.parts().values()}
    return found | {Path(f"/proc/{intruder.hub_pid(stage, 'reef/main')}").stat().st_uid}


async def test_a_plain_user_runs_a_whole_fleet(laptop: Laptop) -> None:
    laptop.hub("wake", "reef")
    assert owners(laptop) == {PLAIN}
    await whole_story(laptop, "reef/main")


async def test_the_attacks_of_a_student_fail_without_root_too(laptop: Laptop) -> None:
    async with probes._listening() as heard:
        fixed: dict[str, Any] = {"heard": heard, "neighbours": probes.NEIGHBOURS, "metadata": probes.METADATA}
        async with intruder.at_work(laptop, fixed | {"abstract": "nobody-listens-here"}) as eve:
            told = {attempt: await eve.tries(code) for attempt, code in ATTACKS.items()}
            assert {attempt: said for attempt, said in told.items() if said != intruder.HELD} == {}
            assert await eve.carol_goes_on()


def test_down_leaves_nothing_running(laptop: Laptop) -> None:
    laptop.down()
    pids = [int(path.name) for path in Path("/proc").glob("[0-9]*") if owner(path) == PLAIN]
    assert [pid for pid in pids if process.Process.of(pid)] == []


def owner(path: Path) -> int | None:
    try:
        return path.stat().st_uid
    except FileNotFoundError:
        return None
