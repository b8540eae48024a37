"""The hubs of a real service, imported: all asleep, and any of them a whole working hub within a moment."""

import os
import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from commonhub.assembly import memory
from journeys.stage import Stage
from journeys.visitor import Visitor

pytestmark = pytest.mark.hubs

# A copy of 2i2c's public configuration, which is no part of this project: by name, else beside the checkout.
BESIDE = Path(__file__).parents[3] / "shared" / "data" / "fleet-2i2c"
SOURCE = Path(os.environ.get("COMMONHUB_TEST_2I2C", BESIDE))
FULL = bool(os.environ.get("COMMONHUB_FULL"))
WOKEN = 10 if FULL else 3
SEED = 20260302
MEBI = 2**20


@pytest.fixture(scope="module")
def service() -> Iterator[Stage]:
    if not SOURCE.is_dir():
        pytest.skip("a copy of 2i2c's configuration is not here: name its folder with COMMONHUB_TEST_2I2C")
    stage = Stage(hubs={})
    shutil.rmtree(stage.fleet)
    url = f"http://localhost:{stage.port}"
    stage.cli("import", "2i2c", str(SOURCE), "--into", str(stage.fleet), "--url", url)
    try:
        stage.up()
        yield stage
    finally:
        stage.close()


def test_all_hubs_of_the_service_sleep_and_weigh_nothing(service: Stage) -> None:
    seen = service.status()
    hubs = seen["hubs"]
    assert len(hubs) > 100
    assert {(hub["state"], hub["memory"]) for hub in hubs} == {("asleep", 0)}
    assert all(hub["current"] for hub in hubs)
    total = memory.everything(service.state)
    print(f"{len(hubs)} hubs asleep: {total / MEBI:.0f} MiB in all (PSS)")
    assert total < 400 * MEBI  # the design's limit for a thousand


async def a_days_work(person: Visitor, text: str) -> float:
    """Sign in, start a server, run a notebook's cells, write a file, restart, find the file; seconds of the start."""
    await person.enter()
    seconds = await person.start()
    kernel = await person.kernel()
    await person.run(kernel, "import pathlib\nkept = pathlib.Path('kept.txt')")
    assert await person.run(kernel, f"print(kept.write_text({text!r}))") == f"{len(text)}\n"
    await person.stop()
    await person.start()
    assert await person.read("kept.txt") == text
    await person.stop()
    return seconds


async def test_hubs_chosen_by_chance_do_a_days_work_under_all_their_names(service: Stage) -> None:
    known = sorted(hub["id"] for hub in service.status()["hubs"])
    for hub in random.Random(SEED).sample(known, WOKEN):
        chosen = service.visitor(hub, "eve")
        settings = (service.fleet / "communities" / f"{hub.replace('/', '/hubs/')}.yaml").read_text()
        domains = [line.strip("- \n") for line in settings.partition("domains:")[2].splitlines()[1:2]]
        own = [
            Visitor(url=f"http://{domain}:{service.port}/", name="eve", password=chosen.password) for domain in domains
        ]
        for person in (chosen, *own):
            async with person:
                seconds = await a_days_work(person, f"{hub} {person.url}")
                print(f"{person.url}: its server was ready after {seconds:.1f} s")
        assert service.state_of(hub)["state"] == "awake"
    print(f"{WOKEN} of {len(known)} hubs awake: {service.status()['memory'] / MEBI:.0f} MiB in all (PSS)")
