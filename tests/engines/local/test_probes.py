"""The attack table holds in a real box, and would show where it did not."""

import asyncio
import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from commonhub.engines.local import attack, egress, probes
from commonhub.fleet import desired
from engines.local import boxes

pytestmark = [pytest.mark.hubs]
PLAIN = 4242


@pytest.mark.parametrize("reach", [desired.Egress.NONE, desired.Egress.INTERNET])
async def test_every_attack_fails_in_a_real_box(house: boxes.House, reach: desired.Egress):
    if reach is desired.Egress.INTERNET and not egress.tun_open(as_root=house.as_root):
        pytest.skip("the internet cannot be given here")
    rows = await probes.run_probes(house.servers, place=house.places, environment=boxes.ENVIRONMENT, egress=reach)
    assert len(rows) == 16
    unlimited = {"memory", "processor"} if not house.limits.kind.startswith("control groups") else set()
    assert [row for row in rows if not row.protected and row.name not in unlimited] == []
    assert house.ledger.servers() == ()


@pytest.mark.root
def test_every_attack_fails_where_everything_runs_as_one_plain_user(state_folder: Path):
    os.chown(state_folder, PLAIN, PLAIN)
    text = f"""
import asyncio, dataclasses, json, pathlib
from commonhub.engines.local import probes
from engines.local import boxes
async def main():
    house = boxes.House(pathlib.Path({str(state_folder)!r}))
    await house.servers.adopt()
    rows = await probes.run_probes(house.servers, place=house.places, environment=boxes.ENVIRONMENT)
    print(json.dumps([house.limits.kind, house.servers.missing, [[row.name, row.protected, row.detail] for row in rows]]))
    await house.tidy()
asyncio.run(main())
"""
    done = subprocess.run(
        ["setpriv", f"--reuid={PLAIN}", f"--regid={PLAIN}", "--clear-groups", sys.executable, "-B", "-c", text],
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": f"{boxes.ROOT}/src:{boxes.ROOT}/tests",
            "HOME": str(state_folder),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    kind, missing, rows = json.loads(done.stdout)
    assert any("one user" in text for text in missing)
    unlimited = {"processor"} if kind == "limits of each process" else set()
    assert [row for row in rows if not row[1] and row[0] not in unlimited] == []


def test_an_attack_that_never_answers_counts_as_not_held():
    aim = {key: [] for key in ("homes", "records", "readable", "system", "sockets", "loopback", "own")}
    rows = probes._rows(
        'probe {"name": "memory", "tried": "t", "protected": true, "detail": "d"}\nnoise', aim | {"cpu": 1}
    )
    held = {row.name: row.protected for row in rows}
    assert held.pop("memory")
    assert set(held.values()) == {False}


async def test_without_a_box_the_attacks_on_files_and_ports_succeed(tmp_path: Path):
    (tmp_path / "secret").write_text("s")
    assert not attack.all_refused([("file", attack.read(str(tmp_path / "secret")))])[0]
    assert not attack.all_refused([("folder", attack.write(str(tmp_path)))])[0]
    server = await asyncio.start_server(probes._greet, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    held, detail = await asyncio.to_thread(attack.listeners, [("127.0.0.1", port)])
    assert not held
    assert str(port) in detail
    server.close()
    await server.wait_closed()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        assert not attack.roads([listening.getsockname()])[0]
    async with probes._listening() as heard:
        assert heard[0][0] == "127.0.0.1"


def test_without_a_box_the_attacks_on_the_kernel_succeed():
    other = subprocess.Popen(["sleep", "60"])
    assert not attack.processes(other.pid)[0]
    other.kill()
    other.wait()
    assert not attack.namespaces()[0]
    assert not attack.kernel_doors()[0]
    assert not attack.cpu(0.05)[0]
    if shutil.which("prlimit"):
        assert not attack.memory(8 * boxes.MEBI)[0]
