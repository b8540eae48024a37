"""What the local engine does to people inside real hubs, at bad moments: while servers start, keepers die, hubs fail."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from commonhub.engines.local import ledger
from commonhub.ground import clock as ground_clock
from commonhub.ground import errors
from engines.contract import HUB, hub
from engines.local import hubs_with_people
from engines.local.hubs_with_people import ADMINISTRATORS, Lodge

pytestmark = pytest.mark.hubs


@pytest.fixture
async def lodge(state_folder: Path) -> AsyncIterator[Lodge]:
    if not shutil.which("bwrap"):
        pytest.skip("bubblewrap is not installed")
    async with hubs_with_people.lodge_in(state_folder) as made:
        await made.prepare()
        await made.wake()
        yield made


def later() -> ground_clock.Clock:
    """Two hours from now."""
    return lambda: ground_clock.system_clock() + timedelta(hours=2)


async def opens(member, owner: str) -> bool:
    await member.page("hub/home")
    await member.take_token()
    return (await member.api("GET", f"user/{owner}/api/contents"))[0] == 200


async def test_a_person_who_ends_while_their_server_starts_has_none_afterwards(lodge):
    eve, loop = await lodge.arrive("eve"), asyncio.get_running_loop()
    for pause in (0.0, 0.15, 0.6):
        lodge.keeping.engine._petitions._barred.clear()
        starting = asyncio.create_task(eve.api("POST", "hub/api/users/eve/server"))
        await asyncio.sleep(pause)
        del lodge.portal.people["eve"]
        begun = loop.time()
        await lodge.inside.end_person(HUB, "eve")
        assert loop.time() - begun < 30, "the hub waited for a server that never came"
        await starting
        await asyncio.sleep(1.0)  # what was on its way would be here by now
        assert lodge.people() == [], pause
        assert (await eve.api("GET", "hub/api/user"))[0] == 403
        eve = await lodge.arrive("eve")


async def test_an_open_page_of_ones_server_ends_with_the_person_and_the_files_stay(lodge):
    eve = await lodge.arrive("eve")
    await eve.start()
    await eve.write("kept.txt", "mine")
    kernel = await eve.kernel()
    url = f"{eve.url}user/eve/api/kernels/{kernel}/channels".replace("http", "ws", 1)
    async with eve.session.ws_connect(url, headers={"Authorization": f"token {eve.token}"}) as channel:
        loop = asyncio.get_running_loop()
        begun = loop.time()
        await lodge.inside.end_person(HUB, "eve")
        took = loop.time() - begun
        async with asyncio.timeout(10):
            while not (await channel.receive()).type.name.startswith("CLOS"):
                pass
    assert took < 30
    home = lodge.machine.of.where.home(HUB, "eve")
    assert (home / "kept.txt").read_text() == "mine"
    assert (await eve.api("GET", "user/eve/api/contents"))[0] != 200


async def test_a_hub_that_cannot_wake_still_loses_the_persons_servers(lodge):
    await lodge.arrive("eve")
    await lodge.keeping.begin_server(HUB, "eve")
    broken = {"settings": {"JupyterHub.authenticator_class": "no.such.thing"}}
    with pytest.raises(errors.CommonhubError):
        await lodge.prepare(extra=broken)
    with pytest.raises(errors.CommonhubError, match="ended while it started"):
        await lodge.inside.end_person(HUB, "eve")
    assert lodge.people() == []


async def test_a_server_that_was_open_for_a_time_is_closed_by_the_next_keeper(lodge, monkeypatch):
    bob, eve = await lodge.arrive("bob"), await lodge.arrive("eve")
    await eve.start()
    until = ground_clock.system_clock() + timedelta(hours=1)
    await lodge.inside.open_server(HUB, "eve", to="bob", until=until)
    assert await opens(bob, "eve")
    await lodge.keeping.close()
    keeping = await lodge.machine.begin()
    await keeping.engine.inside.close_expired()
    assert await opens(bob, "eve")
    keeping.engine.inside._now = later()
    await keeping.engine.sleep(HUB)
    await keeping.engine.inside.close_expired()
    await lodge.wake()
    assert not await opens(bob, "eve")
    assert keeping.book.openings() == ()
    assert lodge.people() == ["eve"]


async def test_what_was_open_at_a_hub_that_is_gone_keeps_no_other_server_open(lodge):
    for name in ("eve", "bob"):
        await lodge.arrive(name)
    book = lodge.keeping.book
    book.save_opening(ledger.OpeningRow(hub="marsh/gone", owner="dan", guest="eve", until=1.0))  # the first to end
    until = ground_clock.system_clock() + timedelta(hours=1)
    await lodge.inside.open_server(HUB, "eve", to="bob", until=until)
    lodge.inside._now = later()
    await lodge.inside.close_expired()
    assert book.openings() == ()


async def test_who_ends_takes_along_what_was_open_to_them(lodge):
    for name in ("eve", "bob", "dan"):
        await lodge.arrive(name)
    until = ground_clock.system_clock() + timedelta(hours=1)
    for owner, guest in (("eve", "bob"), ("dan", "eve"), ("dan", "bob")):
        await lodge.inside.open_server(HUB, owner, to=guest, until=until)
    await lodge.inside.end_person(HUB, "eve")
    assert [(row.owner, row.guest) for row in lodge.keeping.book.openings()] == [("dan", "bob")]
    back = await lodge.arrive("eve")
    assert (await back.api("GET", "hub/api/users/eve/shared"))[1]["items"] == []


async def test_somebody_who_has_to_sign_in_again_gets_no_server_started(lodge):
    await lodge.arrive("eve")
    del lodge.portal.people["eve"]
    with pytest.raises(errors.RefusedError, match="eve has to sign in"):
        await lodge.inside.start_server(HUB, "eve")
    assert lodge.people() == []


async def test_a_hub_of_its_own_passwords_has_no_groups_and_shows_its_administrators(lodge):
    await lodge.keeping.engine.ensure(hub("marsh/main"))
    await lodge.wake("marsh/main")
    assert await lodge.inside.groups_seen("marsh/main") == {}
    assert await lodge.inside.admins_seen("marsh/main") == {"dan"}
    with pytest.raises(errors.NotFoundError, match="has no group"):
        await lodge.inside.set_members("marsh/main", ADMINISTRATORS, add=["dan"])


async def test_a_hub_of_an_earlier_version_is_prepared_again(lodge):
    secrets = lodge.machine.of.where.hub(HUB) / "secrets.json"
    kept = json.loads(secrets.read_text())
    secrets.write_text(json.dumps({name: kept[name] for name in ("user_password", "admin_password", "culler_token")}))
    await lodge.keeping.close()
    keeping = await lodge.machine.begin()
    assert (await keeping.engine.observe())[HUB].digest == ""
    before = keeping.engine.known(HUB).running
    await lodge.prepare()
    assert await keeping.engine.inside.groups_seen(HUB) is not None
    assert keeping.engine.known(HUB).running != before


async def test_something_else_on_the_hubs_socket_gets_no_token(lodge):
    one = lodge.keeping.engine.known(HUB)
    await lodge.keeping.engine.sleep(HUB)
    heard = []

    async def hear(reader, writer):
        heard.append(await reader.read(10))
        writer.close()

    path = lodge.machine.of.where.hub_socket(HUB)
    path.unlink(missing_ok=True)
    if not lodge.machine.of.on.as_root:
        pytest.skip("one user is everybody here")
    async with await asyncio.start_unix_server(hear, path=str(path)):  # as root: not the hub's user
        with pytest.raises(errors.UnavailableError, match="did not answer"):
            await lodge.inside._api(one).ask("GET", "users")
    assert heard in ([], [b""])


async def test_an_answer_without_end_or_sense_is_given_up(lodge, monkeypatch):
    one = lodge.keeping.engine.known(HUB)
    await lodge.keeping.engine.sleep(HUB)
    answers = [b"", b"HTTP/1.0 200 OK", b"\x16\x03\x01\r\n\r\n", b"HTTP/1.0 200 OK\r\n\r\n" + b"[" * 5_000_000]
    api = lodge.inside._api(one)
    folder = lodge.machine.of.state
    for number, answer in enumerate(answers):

        async def speak(reader, writer, answer=answer):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer)
            writer.close()

        path = folder / f"odd{number}.sock"
        async with await asyncio.start_unix_server(speak, path=str(path)):
            odd = type(api)(hub_id=HUB, socket=type(api.socket)(path=path), base_path="/", token="t")
            with pytest.raises(errors.UnavailableError, match="did not answer"):
                await odd.ask("GET", "users")
