"""How far servers reach, in a pretend machine with a pretend internet: real boxes, real packets, no real network."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from engines.local import boxes, nets

PLAIN = 4242

pytestmark = [pytest.mark.hubs, pytest.mark.root, pytest.mark.timeout(300)]


@pytest.fixture(params=[None, PLAIN], ids=["as root", "as a plain user"], scope="module")
def told(request, tmp_path_factory) -> dict[str, object]:
    """All that the exercise said, as root and as a plain user."""
    if os.geteuid() != 0 or not shutil.which("slirp4netns"):
        pytest.skip("needs root and slirp4netns")
    folder = Path("/tmp", f"ch-{boxes.unique()}")
    state = folder / "s"
    state.mkdir(parents=True)
    folder.chmod(0o711)
    state.chmod(0o711)
    if request.param is not None:
        os.chown(state, request.param, request.param)
    heard: dict[str, object] = {}
    try:
        with nets.pretend(folder) as pretend, nets.exercise(pretend, folder, state, uid=request.param) as child:
            for line in child.stdout:
                heard |= json.loads(line)
                if "give the address" in line:
                    pretend.ip(pretend.machine, f"addr add {nets.OWN_LATER}/32 dev lo")
                    child.stdin.write("given\n")
                    child.stdin.flush()
            complaint = child.stderr.read()
            assert child.wait() == 0, complaint
    finally:
        boxes.remove_groups(boxes.fleet(state))
        shutil.rmtree(folder)
    return heard | {"uid": request.param}


def test_without_egress_nothing_is_reached(told):
    assert told["none"] == []


def test_with_package_sources_nothing_is_reached_directly(told):
    assert told["packages"] == []


def test_with_the_internet_the_internet_is_reached_and_nothing_near(told):
    assert told["internet"] == [f"{nets.PUBLIC}:80"]


def test_the_list_lets_through_package_sources_alone(told):
    answers = told["through the list"]
    assert answers["pypi.org:443"] == answers["PyPI.org.:443"] == [200, True]
    refused = {"pypi.org:80", "elsewhere.example:443", f"{nets.PUBLIC}:443"}
    assert {name for name, (code, _) in answers.items() if code == 403} == refused


def test_a_listed_name_that_means_this_machine_or_its_neighbours_is_refused(told):
    answers = told["through the list"]
    for name in ("lan.example:443", "loop.example:443", "own.example:443", "not.example:443"):
        assert answers[name] == [502, False]


def test_the_attack_table_holds_with_the_internet_open(told):
    unlimited = ["memory", "processor"] if told["limits"] == "limits of each process" else []
    assert [name for name in told["not held"] if name not in unlimited] == []


def test_package_sources_are_there_again_after_a_restart_of_the_keeper(told):
    assert told["after a restart"] == {"pypi.org:443": [200, True]}


def test_an_address_that_comes_later_is_shut_too(told):
    assert told["later"][1] == "it is shut"


def test_no_process_is_left(told):
    assert told["left"] == []


CLOSED = 'mount -t tmpfs tmpfs /dev/net && mknod -m 600 /dev/net/tun c 10 200 && exec "$@"'
TRY = """
import asyncio, pathlib, sys
from commonhub.fleet import desired
from commonhub.ground import errors
from engines.local import boxes
async def main():
    house = boxes.House(pathlib.Path(sys.argv[1]))
    await house.servers.adopt()
    print(*house.servers.missing, sep="\\n")
    try:
        print(await house.run(house.wish(egress=desired.Egress.INTERNET), "print(open('/proc/net/dev').read())"))
    except errors.CommonhubError as error:
        print("refused:", error)
    print("rows", len(house.ledger.servers()))
    await house.tidy()
asyncio.run(main())
"""


@pytest.mark.parametrize("uid", [0, PLAIN], ids=["as root", "as a plain user"])
def test_where_the_tunnel_device_is_closed_root_opens_its_own_and_others_say_so(state_folder: Path, uid: int):
    os.chown(state_folder, uid, uid)
    drop = ["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups", "--"] if uid else []
    done = subprocess.run(
        [
            *("unshare", "--mount", "--propagation", "private", "sh", "-c", CLOSED, "sh", *drop),
            *(sys.executable, "-B", "-c", TRY, str(state_folder)),
        ],
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
    if uid:
        assert "/dev/net/tun is closed" in done.stdout
        assert "refused: Servers cannot reach the internet" in done.stdout
        assert "rows 0" in done.stdout
    else:
        assert "tap0" in done.stdout
