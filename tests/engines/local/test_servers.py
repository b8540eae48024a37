"""Users' servers: started once, ended whole, kept apart; with programs in the place of Jupyter where it does not matter."""

import asyncio
import os
import signal
import stat
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonhub.engines.local import furnish, servers
from commonhub.ground import errors, process
from engines.local import boxes

pytestmark = [pytest.mark.hubs]

REFUSALS = ("Read-only file system", "Permission denied")
STAY = "import time\nprint('up', flush=True)\ntime.sleep(300)"


async def test_a_start_asked_for_many_times_at_once_is_one_server(house: boxes.House):
    wish = house.wish()
    command = house.python(STAY)
    ports = await asyncio.gather(*(house.servers.start_command(wish, command) for _ in range(5)))
    assert len(set(ports)) == 1
    assert house.servers.ports(boxes.HUB) == frozenset(ports)
    assert house.servers.ports("marsh/main") == frozenset()
    assert len(house.ledger.servers()) == 1
    assert await house.servers.start_command(wish, command) == ports[0]


async def test_a_new_grant_of_the_hub_starts_the_server_anew(house: boxes.House):
    await house.servers.start_command(house.wish(), house.python(STAY))
    first = house.ledger.servers()[0].pid
    again = house.wish(environment={"JUPYTERHUB_API_TOKEN": "another"})
    await house.servers.start_command(again, house.python(STAY))
    assert house.ledger.servers()[0].pid != first


async def test_who_asked_may_go_away_and_the_server_still_starts(house: boxes.House):
    wish = house.wish()
    asked = asyncio.create_task(house.servers.start_command(wish, house.python(STAY)))
    await asyncio.sleep(0.01)
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    for _ in range(200):
        if house.servers.seen(boxes.HUB):
            break
        await asyncio.sleep(0.05)
    await house.says(wish.key, "up")


async def test_an_exit_code_is_told_until_the_next_start(house: boxes.House):
    wish = house.wish()
    assert await house.servers.status(wish.key) == 0
    await house.servers.start_command(wish, house.python("raise SystemExit(7)"))
    assert await house.ended(wish.key) == 7
    for _ in range(100):
        if not house.ledger.servers():
            break
        await asyncio.sleep(0.02)
    assert house.ledger.servers() == ()
    assert await house.servers.status(wish.key) == 7
    await house.start(wish, STAY)
    assert await house.servers.status(wish.key) is None


async def test_a_stop_asks_first_and_leaves_nothing(house: boxes.House):
    wish = house.wish()
    text = """
import os, signal, subprocess, sys, time
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"], start_new_session=True)
def end(*_):
    print("asked to end", flush=True)
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
print("up", flush=True)
time.sleep(300)
"""
    await house.start(wish, text)
    space = boxes.space_of(house, "eve")
    assert len(boxes.living_in(space)) >= 3
    await house.servers.stop(wish.key)
    assert "asked to end" in house.said(wish.key)
    assert boxes.living_in(space) == []
    assert house.ledger.servers() == ()
    await house.servers.stop(wish.key)


async def test_a_server_that_will_not_end_is_killed_at_once_when_told_so(house: boxes.House):
    wish = house.wish()
    await house.start(wish, "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + STAY)
    space = boxes.space_of(house, "eve")
    await house.servers.stop(wish.key, now=True)
    assert boxes.living_in(space) == []


async def test_a_box_whose_outer_process_is_killed_is_cleared_up_whole(house: boxes.House):
    wish = house.wish()
    await house.start(wish, STAY)
    space = boxes.space_of(house, "eve")
    process.Process.of(house.ledger.servers()[0].pid).signal(signal.SIGKILL)
    for _ in range(200):
        if not boxes.living_in(space):
            break
        await asyncio.sleep(0.05)
    assert boxes.living_in(space) == []


async def test_stopping_all_of_one_hub_leaves_the_others(house: boxes.House):
    for user, hub in (("eve", boxes.HUB), ("dan", boxes.HUB), ("eve", "marsh/main")):
        await house.servers.start_command(house.wish(user, hub=hub), house.python(STAY))
    assert {one.user for one in house.servers.seen(boxes.HUB)} == {"eve", "dan"}
    assert await house.servers.stop_all(boxes.HUB) == 2
    assert len(house.servers.seen("marsh/main")) == 1
    assert await house.servers.stop_all() == 1


async def test_the_secret_is_in_no_command_line_and_not_in_the_ledger(house: boxes.House):
    wish = house.wish()
    await house.start(wish, "import os\nprint(os.environ['JUPYTERHUB_API_TOKEN'])\n" + STAY)
    assert boxes.TOKEN in house.said(wish.key)
    row = house.ledger.servers()[0]
    for pid in process.tree(row.pid):
        assert boxes.TOKEN not in boxes.command_of(pid)
    for file in house.places.state.glob("engine.sqlite*"):
        assert boxes.TOKEN.encode() not in file.read_bytes()
    assert boxes.TOKEN not in str(row)


@pytest.mark.parametrize("user", ["../x", "😀", "x" * 300, "a b; touch /tmp/x $(id)", "-rf", "\n"])
async def test_a_person_of_any_name_gets_a_server(house: boxes.House, user: str):
    said = await house.run(house.wish(user), "open('mine', 'w'); import os; print(sorted(os.listdir('.')))")
    assert said == "['mine']\n"
    assert (house.places.home(boxes.HUB, user) / "mine").is_file()


async def test_named_servers_of_one_person_share_a_home_and_nothing_else(house: boxes.House):
    one = await house.servers.start_command(house.wish(name=""), house.python(STAY))
    two = await house.servers.start_command(house.wish(name="second"), house.python(STAY))
    assert one != two
    assert len(house.servers.seen(boxes.HUB)) == 2


async def test_links_in_a_home_never_lead_the_keeper_out_of_it(house: boxes.House, tmp_path: Path):
    target = tmp_path / "target"
    target.mkdir()
    mode = target.stat()
    plant = f"""
import os
os.rmdir("shared")
os.symlink({str(target)!r}, "shared")
print(os.listdir("."))
"""
    wish = house.wish("mallory")
    await house.run(wish, f"import os; os.symlink({str(target)!r}, 'shared'); os.symlink('/etc', '.local')")
    shared = house.places.shared(boxes.HUB)
    said = await house.run(
        house.wish("mallory", shared_folder=shared),
        "import os; print(sorted(os.listdir('.')), os.path.islink('shared'))",
    )
    assert "'shared', 'shared.set-aside-1'" in said
    assert "False" in said
    assert list(target.iterdir()) == []
    assert (target.stat().st_uid, target.stat().st_mode) == (mode.st_uid, mode.st_mode)
    await house.run(house.wish("mallory"), plant)
    assert (target.stat().st_uid, target.stat().st_mode) == (mode.st_uid, mode.st_mode)


async def test_a_hub_that_puts_a_link_in_place_of_its_sockets_gets_no_server(house: boxes.House):
    wish = house.wish()
    sockets = house.places.hub_sockets(boxes.HUB)
    sockets.rmdir()
    sockets.symlink_to("/")
    with pytest.raises(errors.RefusedError):
        await house.servers.start_command(wish, house.python(STAY))
    assert house.ledger.servers() == ()


async def test_another_hubs_shared_folder_is_refused(house: boxes.House):
    with pytest.raises(errors.RefusedError):
        await house.servers.start(house.wish(shared_folder=house.places.shared("marsh/main")))


async def test_an_environment_that_is_not_there_is_an_error_in_words(house: boxes.House, state_folder: Path):
    made = servers.Servers(
        places=house.places,
        ledger=house.ledger,
        limits=house.limits,
        environment=state_folder / "none",
        as_root=house.as_root,
    )
    with pytest.raises(errors.CommonhubError, match="has no Python"):
        await made.start(house.wish())
    assert house.ledger.servers() == ()


@pytest.mark.root
async def test_administrators_write_the_shared_folder_together_and_others_read(house: boxes.House):
    shared = house.places.shared(boxes.HUB)

    def wish(user: str, *, admin: bool) -> servers.ServerWish:
        return house.wish(user, admin=admin, shared_folder=shared)

    await house.run(wish("dan", admin=True), "open('shared/notes', 'w').write('from dan')")
    said = await house.run(wish("carol", admin=True), "open('shared/notes', 'a').write(' and carol')\nprint('written')")
    assert said == "written\n"
    said = await house.run(
        wish("eve", admin=False),
        "print(open('shared/notes').read())\ntry: open('shared/notes', 'a')\nexcept OSError as error: print(error.strerror)",
    )
    assert said.startswith("from dan and carol\n")
    assert said.splitlines()[1] in REFUSALS
    said = await house.run(
        wish("carol", admin=False), "try: open('shared/new', 'w')\nexcept OSError as error: print(error.strerror)"
    )
    assert said.strip() in REFUSALS
    assert (shared / "notes").read_text() == "from dan and carol"
    assert not (shared / "new").exists()


@pytest.mark.root
async def test_each_person_has_a_user_id_of_their_own(house: boxes.House):
    for user in ("eve", "dan"):
        await house.run(house.wish(user), "open('mine', 'w')")
    owners = {house.places.home(boxes.HUB, user).stat().st_uid for user in ("eve", "dan")}
    assert len(owners) == 2
    assert 0 not in owners
    assert stat.S_IMODE((house.places.home(boxes.HUB, "eve") / "mine").stat().st_mode) == 0o600


async def test_a_log_that_grew_is_cut_and_goes_on_at_its_end(house: boxes.House):
    wish = house.wish()
    text = "import os, time\nfor _ in range(40000): print('x' * 79)\nprint('up', flush=True)\nwhile not os.path.exists('go'): time.sleep(.05)\nprint('last', flush=True)\ntime.sleep(300)"
    await house.start(wish, text)
    file = house.servers.log_file(wish.key)
    assert file.stat().st_size > furnish.LOG_MAX
    furnish.trim_log(file)
    assert file.stat().st_size <= furnish.LOG_KEPT
    (house.places.home(boxes.HUB, "eve") / "go").touch()
    assert (await house.says(wish.key, "last")).endswith("up\nlast\n")


def test_the_log_is_never_read_through_a_link(tmp_path: Path):
    (tmp_path / "log").symlink_to(tmp_path / "other")
    with pytest.raises(OSError, match="Too many levels"):
        os.close(furnish.open_log(tmp_path / "log"))


@given(st.text(), st.text(), st.text(), st.text())
@settings(max_examples=200)
def test_two_servers_never_share_a_group(hub, user, other_hub, other_user):
    one, two = servers.ServerKey(hub, user, ""), servers.ServerKey(other_hub, other_user, "")
    assert (one == two) == (one.digest == two.digest) or "\0" in hub + user + other_hub + other_user
