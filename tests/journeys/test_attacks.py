"""What one person's kernel can do to anybody else: nothing. Every row runs on a real server of a real hub."""

import asyncio
import contextlib
import os
import socket
import stat
import subprocess
import sys
import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from commonhub.engines.local import attack, places, probes
from commonhub.engines.local.limits import detect
from journeys import intruder
from journeys.stage import Stage, hub_file, wait_until

pytestmark = [pytest.mark.hubs, pytest.mark.asyncio(loop_scope="module")]

MEMORY = 600_000_000  # bytes allowed to each server
CORES = 0.5
ABSTRACT = "commonhub-attacked"
TIGHT = {"server": {"memory": {"limit": MEMORY}, "cpu": {"limit": CORES}}}

FILES = {
    "read another person's home": "reads(aim['homes'])",
    "read the hub's database, secrets and settings": "reads(aim['records'])",
    "read another person's tokens and kernel keys": "reads(aim['runtime'])",
    "follow a link of her own to another's home": """
for name, target in (("to-carol", aim["homes"][1]), ("to-shadow", "/etc/shadow"), ("to-state", aim["records"][0])):
    pathlib.Path(name).unlink(missing_ok=True)
    os.symlink(target, name)
reads(["to-carol/secret.txt", "to-carol", "to-shadow", "to-state"])""",
    "write the folder that all read": "writes(['shared'])",
    "write the system, the environment and the hub's folder": "writes([*aim['system'], sys.prefix, sys.prefix + '/bin'])",
    "take the shared folder away": """
refused(("rename", lambda: os.rename("shared", "mine")), ("remove", lambda: os.rmdir("shared")))""",
    "put another socket in the place of the hub's": """
refused(("unlink", lambda: os.unlink("/run/commonhub/hub.sock")), ("rename", lambda: os.rename("/run/commonhub/hub.sock", "x")))""",
    "change a setting of the kernel": "refused(('core', lambda: open('/proc/sys/kernel/core_pattern', 'w').write('|x')))",
}
PROCESSES = {
    "signal, trace or read the control plane": "tell(attack.processes(aim['pids']['keeper']))",
    "signal, trace or read her own hub": "tell(attack.processes(aim['pids']['her hub']))",
    "signal, trace or read a neighbour's server": "tell(attack.processes(aim['pids']['carol']))",
    "read the environment of any process outside": "reads([f'/proc/{pid}/environ' for pid in aim['pids'].values()])",
    "see a process that is not of her own server": """
seen = [pathlib.Path(f"/proc/{pid}/comm").read_text().strip() for pid in os.listdir("/proc") if pid.isdigit()]
tell((set(seen) <= {"bwrap", "jupyterhub-sing", "python", "python3", "python3.11", "ZMQbg/0"}, str(seen)))""",
    "become another user": """
refused(("root", lambda: os.setuid(0)), ("another", lambda: os.setuid(1001)), ("group", lambda: os.setgroups([0])))""",
    "make a nested user namespace": "tell(attack.namespaces())",
    "use the kernel's doors around the box": "tell(attack.kernel_doors())",
    "mount, or make a device": """
refused(libc("mount", b"none", b"/tmp", b"tmpfs", 0, None), ("device", lambda: os.mknod("disk", 0o60600, os.makedev(8, 0))))""",
}
NETWORK = {
    "reach this machine's ports: the proxy, servers, a neighbour's kernel": """
refused(*(connects("127.0.0.1", port) for port in aim["ports"] if port not in own_ports()))""",
    "reach what listens on this machine's loopback and addresses": "tell(attack.listeners(aim['heard']))",
    "reach a socket without a path": "dials(['@' + aim['abstract']])",
    "talk to the keeper, the nursery, the proxy's API, the gates, the portal": "dials(aim['sockets'])",
    "reach private networks": "tell(attack.roads(aim['neighbours']))",
    "reach the cloud's metadata": "tell(attack.roads(aim['metadata']))",
    "have the package proxy connect to this machine or to strangers": """
told = {target: through(target) for target in (
    f"127.0.0.1:{aim['door']}", f"localhost:{aim['door']}", f"reef.localhost:{aim['door']}", "[::1]:22",
    "169.254.169.254:80", "2130706433:80", "unlisted.example:443", *(f"{a}:{p}" for a, p in aim["heard"] if ":" not in a))}
tell((all(" 403 " in line or " 400 " in line for line in told.values()), str(told)))""",
}
HUB = {
    "act on others with her server's token, at the hub's own socket": """
told = {path: hub(method, "/hub/api" + path) for method, path in (
    ("GET", "/users"), ("GET", "/users/carol"), ("POST", "/users/carol/server"), ("DELETE", "/users/carol/server"),
    ("POST", "/users/carol/tokens"), ("GET", "/proxy"), ("POST", "/shutdown"), ("GET", "/services"))}
tell((all(code in {403, 404} for code in told.values()), str(told)))""",
    "pass for another with a forged token": """
tell((hub("GET", "/hub/api/user", "0" * 32) == 403 and hub("GET", "/hub/api/user", "") == 403, "it was taken"))""",
}
ATTACKS = FILES | PROCESSES | NETWORK | HUB
# Requests through the front door with a token of Eve's own.
REQUESTS = {
    "look at all people": ("GET", "hub/api/users"),
    "look at a neighbour": ("GET", "hub/api/users/carol"),
    "start a neighbour's server": ("POST", "hub/api/users/carol/server"),
    "stop a neighbour's server": ("DELETE", "hub/api/users/carol/server"),
    "make a token in a neighbour's name": ("POST", "hub/api/users/carol/tokens"),
    "make herself an administrator": ("PATCH", "hub/api/users/eve"),
    "make a person": ("POST", "hub/api/users/eve2"),
    "read a neighbour's files": ("GET", "user/carol/api/contents"),
    "use a neighbour's kernels": ("GET", "user/carol/api/kernels"),
    "read the hub's routes": ("GET", "hub/api/proxy"),
    "end the hub": ("POST", "hub/api/shutdown"),
}


@pytest.fixture(scope="module")
def fort() -> AsyncIterator[Stage]:
    stage = Stage(
        hubs={"reef/main": hub_file("Reef", **TIGHT), "class/main": hub_file("Class", **TIGHT, egress="none")}
    )
    try:
        stage.up()
        yield stage
    finally:
        stage.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def eve(fort: Stage) -> AsyncIterator[intruder.Intruder]:
    with socket.socket(socket.AF_UNIX) as unseen:
        unseen.bind(f"\0{ABSTRACT}")
        unseen.listen()
        async with probes._listening() as heard:
            fixed = {"heard": heard, "neighbours": probes.NEIGHBOURS, "metadata": probes.METADATA, "abstract": ABSTRACT}
            async with intruder.at_work(fort, fixed) as one:
                yield one


async def test_the_attacks_would_be_seen_where_nothing_holds(eve: intruder.Intruder) -> None:
    assert "it worked" in await eve.tries("reads(['.'])")
    assert "it worked" in await eve.tries("writes(['.', '/tmp'])")
    assert "it worked" in await eve.tries("dials(['/run/commonhub/hub.sock'])")
    assert "it worked" in await eve.tries("refused(connects('127.0.0.1', 8888))")
    assert "signal: it worked" in await eve.tries("tell(attack.processes(os.getpid()))")
    assert await eve.tries("print(hub('GET', '/hub/api/user'))") == "200"
    assert await asyncio.to_thread(attack.reached, *eve.outside["heard"][0])
    for path in (*eve.outside["homes"][:3], *eve.outside["records"][:9]):
        assert os.path.exists(path), path
    for path in eve.outside["sockets"][:8]:
        attack.unix(path)()


@pytest.mark.parametrize("attempt", ATTACKS)
async def test_from_her_kernel_eve_cannot(eve: intruder.Intruder, attempt: str) -> None:
    assert await eve.tries(ATTACKS[attempt]) == intruder.HELD


@pytest.mark.parametrize("attempt", REQUESTS)
async def test_with_her_token_eve_cannot(eve: intruder.Intruder, attempt: str) -> None:
    method, path = REQUESTS[attempt]
    body = {"json": {"admin": True}} if method == "PATCH" else {}
    status, told = await eve.eve.api(method, path, **body)
    assert status in {403, 404}, told


async def test_eves_token_opens_no_other_hub_and_no_portal(eve: intruder.Intruder) -> None:
    headers = {"Authorization": f"token {eve.eve.token}"}
    for path in ("hub/api/user", "user/bob/api/contents", "hub/api/users/bob"):
        status, _ = await eve.bob.page(path, headers=headers)
        # Bob is signed in by his cookie: a token in the same request must not make it Eve's, or open more.
        status, body = await eve.eve.api("GET", path, headers={"Host": eve.bob.origin.partition("//")[2]})
        assert status in {403, 404}, body
    portal = f"http://localhost:{eve.stage.port}"
    async with eve.eve.session.get(f"{portal}/hubs.csv", headers=headers, allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"].split("?")[0]) == (302, "/sign-in")
    async with eve.eve.session.post(
        f"{portal}/hubs/class/main/sleep", headers=headers, allow_redirects=False
    ) as answer:
        assert answer.status in {302, 403}
        assert "sign-in" in answer.headers.get("Location", "sign-in")


async def test_full_memory_ends_the_kernel_and_nothing_else(eve: intruder.Intruder) -> None:
    full = await eve.eve.kernel()
    await eve.eve.run(full, "kept = True")
    fill = asyncio.create_task(eve.eve.run(full, "held = [b'x' * 2**20 for _ in range(4096)]"))
    told, until = "", time.monotonic() + 90
    while told != "False\n" and not fill.done():  # a kernel that was killed is started anew and knows nothing
        assert time.monotonic() < until
        with contextlib.suppress(TimeoutError, AssertionError):
            told = await eve.eve.run(full, "print('kept' in globals())", within=4)
        assert await eve.carol_goes_on()
    fill.cancel()
    outcome = (await asyncio.gather(fill, return_exceptions=True))[0]
    assert told == "False\n" or "MemoryError" in str(outcome)
    assert await eve.tries("print('still here')") == "still here"
    memory = {one["user"]: one["memory"] for one in eve.stage.state_of("reef/main")["servers"]}
    assert memory["eve"] <= MEMORY * 1.1
    await eve.eve.api("DELETE", f"user/eve/api/kernels/{full}")


async def test_a_fork_bomb_stays_in_its_box(eve: intruder.Intruder) -> None:
    # From a small process: one as large as a kernel would fill the memory first, and end Eve's own server.
    code = """
text = "__name__ = 'bomb'\\n" + source + "\\nuntil = time.monotonic() + 3\\nwhile time.monotonic() < until: answer = forks()\\nprint(answer)"
done = subprocess.run([sys.executable, "-I", "-S", "-c", text], capture_output=True, text=True)
tell((done.stdout.startswith("(True, 'stopped after"), done.stdout + done.stderr))"""
    bomb = asyncio.create_task(eve.tries(code))
    while not bomb.done():
        assert await eve.carol_goes_on()
        assert subprocess.run(["true"], check=False).returncode == 0
        await asyncio.sleep(0.1)
    assert bomb.result() == intruder.HELD


async def test_files_in_memory_have_an_end(eve: intruder.Intruder) -> None:
    fill = """
def fill():
    with open(f"{folder}/full", "wb") as file:
        for _ in range(4096):
            file.write(b"x" * 2**20)
for folder in ("/tmp", "/dev/shm"):
    refused((folder, fill))
    os.unlink(f"{folder}/full")
"""
    assert await eve.tries(fill) == intruder.HELD


async def test_a_busy_server_gets_its_share_and_no_more(eve: intruder.Intruder) -> None:
    if not detect.detect("journeys", as_root=os.geteuid() == 0).kind.startswith("control groups"):
        pytest.skip("processor time cannot be shared out here")
    began = time.monotonic()
    # A new server runs at full speed for its first seconds, so that it starts quickly.
    while (told := await eve.tries(f"tell(attack.cpu({CORES}))")) != intruder.HELD:
        assert time.monotonic() - began < 40, told
    assert await eve.carol_goes_on()


def ends_in(eve: intruder.Intruder, user: str) -> os.stat_result:
    """A person's home as it is on disk."""
    return os.stat(places.Places(eve.stage.state).home("reef/main", user), follow_symlinks=False)


async def test_root_follows_no_link_that_eve_left_in_her_home(eve: intruder.Intruder) -> None:
    """Last of all: her server is stopped, links are put where the keeper works, and it is started again."""
    home = places.Places(eve.stage.state).home("reef/main", "eve")
    victim = places.Places(eve.stage.state).home("reef/main", "carol")
    before = {path: os.stat(path) for path in ("/etc/shadow", "/etc/passwd", victim, victim / "secret.txt")}
    await eve.eve.stop()
    owner = ends_in(eve, "eve").st_uid
    plot = f"""
import os
os.chdir({str(home)!r})
os.rmdir("shared")
os.symlink({str(victim)!r}, "shared")
for name in (".config", ".cache", "work"):
    os.path.lexists(name) and os.rename(name, name + ".old")
    os.symlink("/etc", name)
os.symlink("/etc/shadow", "notebook.ipynb")
"""
    as_eve = {"user": owner, "group": owner, "extra_groups": []} if os.geteuid() == 0 else {}
    subprocess.run([sys.executable, "-I", "-c", plot], check=True, cwd="/", **as_eve)
    await eve.eve.start()
    eve.kernel = await eve.eve.kernel()
    await intruder.equip(eve)
    assert (
        await eve.tries("reads(['notebook.ipynb', 'shared/secret.txt', 'shared.set-aside-1/secret.txt'])")
        == intruder.HELD
    )
    assert await eve.tries("writes(['shared', '.config', 'work'])") == intruder.HELD
    for path, then in before.items():
        now = os.stat(path)
        assert (now.st_uid, now.st_gid, now.st_mode) == (then.st_uid, then.st_gid, then.st_mode), path
    assert stat.S_ISLNK(os.lstat(home / "shared.set-aside-1").st_mode)
    assert stat.S_ISDIR(os.lstat(home / "shared").st_mode)


async def test_the_size_of_homes_is_told_and_links_weigh_nothing(fort: Stage) -> None:
    big = fort.folder / "big"
    big.write_bytes(b"x" * 30_000_000)
    home = places.Places(fort.state).homes("class/main") / "weighed"
    home.mkdir(parents=True, exist_ok=True)
    (home / "link").symlink_to(big)
    (home / "all").symlink_to("/usr")
    (home / "own").write_bytes(b"x" * 1_000_000)
    fort.kill("keeper")  # the next one measures every home anew

    def told() -> int:
        with contextlib.suppress(AssertionError):  # the keeper is not back yet
            return fort.state_of("class/main")["home_bytes"] or 0
        return 0

    wait_until(lambda: told() >= 1_000_000, "homes are measured")
    assert told() < 20_000_000
