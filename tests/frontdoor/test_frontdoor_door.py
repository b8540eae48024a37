"""The door itself, spoken to in raw bytes as an attacker would who came past the proxy."""

import asyncio
import contextlib
import json
import os
import socket
import stat

import doorstage
import pytest

from commonhub.frontdoor import door, queue, reception, routes
from commonhub.ground import errors


def get(path="/", host="reef.localhost", *lines):
    return "\r\n".join([f"GET {path} HTTP/1.1", f"Host: {host}", *lines, "", ""]).encode()


@pytest.mark.parametrize(
    "attack",
    [
        b"POST / HTTP/1.1\r\nHost: reef.localhost\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: reef.localhost\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcde",
        b"POST / HTTP/1.1\r\nHost: reef.localhost\r\nTransfer-Encoding: x, chunked\r\n\r\n0\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: reef.localhost\r\nHost: stats.localhost\r\n\r\n",
        b"GET http://stats.localhost/ HTTP/1.1\r\nHost: reef.localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: reef.localhost\r\nX: a\r\n folded\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: reef.localhost\nX: a\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n",
        b"GET /" + b"a" * 70_000,
    ],
)
async def test_what_could_be_read_in_two_ways_is_answered_400_and_wakes_nothing(state_folder, attack):
    async with doorstage.stage(state_folder, "reef", "stats", with_proxy=False) as stage:
        answer = await stage.raw(attack)
        assert answer.startswith(b"HTTP/1.1 400 ")
        assert set(json.loads(answer.partition(b"\r\n\r\n")[2])["error"]) == {"message", "mend"}
        assert stage.hubs["c/reef"].wakes == stage.hubs["c/stats"].wakes == 0
        await stage.settled()


async def test_a_second_request_behind_the_first_reaches_no_hub(state_folder):
    async with doorstage.stage(state_folder, "reef", with_proxy=False) as stage:
        answer = await stage.raw(get("/one") + get("/two"))
        assert answer.count(b"HTTP/1.1 200 ") == 1
        behind_a_body = b"POST /one HTTP/1.1\r\nHost: reef.localhost\r\nContent-Length: 2\r\n\r\nok" + get("/two")
        assert (await stage.raw(behind_a_body)).count(b"HTTP/1.1 200 ") == 1
        assert len(stage.hubs["c/reef"].heads) == 2


async def test_what_follows_a_refused_websocket_reaches_no_hub(state_folder):
    async with doorstage.stage(state_folder, "reef", with_proxy=False) as stage:
        upgrade = ("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Key: x", "Sec-WebSocket-Version: 1")
        reader, writer = await asyncio.open_unix_connection(str(state_folder / "door.sock"))
        writer.write(get("/no-websocket-here", "reef.localhost", *upgrade) + get("/smuggled"))
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 ")
        writer.write(get("/smuggled"))
        await asyncio.sleep(0.2)
        writer.close()
        await writer.wait_closed()
        await stage.settled()
        assert len(stage.hubs["c/reef"].heads) == 1


@pytest.mark.parametrize(
    "host", ["mallory.localhost", "reef.localhost.evil", "127.0.0.1", "a.reef.localhost", "x" * 200]
)
async def test_an_unknown_host_is_404_and_wakes_nothing(state_folder, host):
    async with doorstage.stage(state_folder, "reef", with_proxy=False) as stage:
        answer = await stage.raw(get("/", host, "Accept: text/html"))
        assert answer.startswith(b"HTTP/1.1 404 ")
        assert b"There is no hub at this address" in answer
        assert stage.hubs["c/reef"].wakes == 0


async def test_what_machines_ask_for_by_themselves_wakes_nothing(state_folder):
    async with doorstage.stage(state_folder, "reef", with_proxy=False) as stage:
        assert (await stage.raw(get("/robots.txt"))).endswith(b"User-agent: *\nDisallow: /\n")
        assert (await stage.raw(get("/favicon.ico"))).startswith(b"HTTP/1.1 204 ")
        assert (await stage.raw(get("/hub/health"))).startswith(b"HTTP/1.1 200 ")
        assert stage.hubs["c/reef"].wakes == 0
        await stage.raw(get("/hub/healthy"))
        assert stage.hubs["c/reef"].wakes == 1


async def test_the_health_of_a_hub_that_cannot_be_woken_is_503(state_folder):
    async with doorstage.stage(state_folder, "reef", with_proxy=False) as stage:
        stage.hubs["c/reef"].refusal = errors.UnavailableError("No disk at /secret/place.", "Buy one.")
        page = await stage.raw(get("/lab", "reef.localhost", "Accept: text/html", "Accept-Language: de"))
        assert page.startswith(b"HTTP/1.1 503 ")
        assert "Dieser Hub ließ sich nicht wecken" in page.decode()
        assert b"secret" not in page
        assert b"Retry-After: 30" in page
        assert (await stage.raw(get("/hub/health"))).startswith(b"HTTP/1.1 503 ")
        assert stage.hubs["c/reef"].wakes == 1


async def test_a_host_in_capitals_or_with_a_closing_dot_is_sent_to_the_one_the_proxy_knows(state_folder):
    async with doorstage.stage(state_folder, "reef", with_proxy=False) as stage:
        answer = await stage.raw(get("/user/ann/?x=1", "Reef.localhost.:8000"))
        assert answer.startswith(b"HTTP/1.1 308 ")
        assert b"\r\nLocation: //reef.localhost:8000/user/ann/?x=1\r\n" in answer
        assert stage.hubs["c/reef"].wakes == 0


async def test_a_client_that_sends_no_more_still_gets_its_answer(state_folder):
    async with doorstage.stage(state_folder, "reef", with_proxy=False) as stage:
        stage.hubs["c/reef"].delay = 0.2
        answer = await stage.raw(get("/one"), half_close=True)
        assert answer.startswith(b"HTTP/1.1 200 ")


async def test_a_head_that_drips_is_dropped_in_time(state_folder):
    limits = reception.Limits(head=0.3)
    async with doorstage.stage(state_folder, "reef", limits=limits, with_proxy=False) as stage:
        reader, writer = await asyncio.open_unix_connection(str(state_folder / "door.sock"))
        writer.write(b"GET / HTTP/1.1\r\nHost: ")
        assert await asyncio.wait_for(reader.read(), 10) == b""
        writer.close()
        await writer.wait_closed()
        await stage.settled()
        assert stage.door.waiting == 0


async def test_more_than_may_wait_are_sent_away_with_a_sentence(state_folder):
    limits = reception.Limits(waiting=4, waiting_per_hub=3)
    async with doorstage.stage(state_folder, "reef", "stats", limits=limits, with_proxy=False) as stage:
        for hub in stage.hubs.values():
            hub.delay = 0.5
        asks = [asyncio.create_task(stage.raw(get(f"/api/{number}"))) for number in range(3)]
        await asyncio.sleep(0.1)
        assert (await stage.raw(get("/api/4"))).startswith(b"HTTP/1.1 503 ")  # one hub's share is full
        asks.append(asyncio.create_task(stage.raw(get("/api/5", "stats.localhost"))))
        await asyncio.sleep(0.1)
        assert stage.door.waiting == 4
        full = await stage.raw(get("/api/6", "stats.localhost"))
        assert full.startswith(b"HTTP/1.1 503 ")
        assert b"Retry-After: 30" in full
        assert [(await ask).startswith(b"HTTP/1.1 200 ") for ask in asks] == [True] * 4
        await stage.settled()
        assert stage.door.waiting == 0


async def test_a_body_waits_with_its_sender_while_the_hub_wakes(state_folder):
    async with doorstage.stage(state_folder, "reef", with_proxy=False) as stage:
        stage.hubs["c/reef"].delay = 30
        with socket.socket(socket.AF_UNIX) as sender:
            sender.setblocking(False)
            sender.connect(str(state_folder / "door.sock"))
            loop = asyncio.get_running_loop()
            await loop.sock_sendall(
                sender, b"POST / HTTP/1.1\r\nHost: reef.localhost\r\nContent-Length: 99999999\r\n\r\n"
            )
            sent = 0
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.5):
                    while sent < 50_000_000:
                        await loop.sock_sendall(sender, b"x" * 10_000)
                        sent += 10_000
            assert sent < 1_000_000  # the kernel's buffer, not our memory
        await stage.settled()


async def test_a_hub_whose_socket_somebody_else_listens_on_is_not_spoken_to(state_folder, caplog):
    async def wake(hub_id):
        return queue.HubSocket(path=state_folder / "victim.sock", uid=os.getuid() + 1)

    heard = []

    async def victim(reader, writer):
        heard.append(await reader.read(100))
        writer.close()

    server = await asyncio.start_unix_server(victim, str(state_folder / "victim.sock"))
    book = routes.AddressBook(territories={"c/reef": routes.Territory(hosts=("reef.localhost",))})
    front = door.Door(directory=book, waker=queue.WakeQueue(wake))
    await front.open(state_folder / "door.sock")
    reader, writer = await asyncio.open_unix_connection(str(state_folder / "door.sock"))
    writer.write(get("/api/keeper"))
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    await front.close()
    server.close()
    await server.wait_closed()
    assert answer.startswith(b"HTTP/1.1 503 ")
    assert heard in ([], [b""])
    assert "where only user" in caplog.text


async def test_a_hub_that_is_said_to_be_awake_and_is_not_is_woken_once_more(state_folder):
    async with doorstage.stage(state_folder, "reef", with_proxy=False) as stage:
        hub = stage.hubs["c/reef"]
        await hub.wake()
        await hub.sleep()
        hub.socket.touch()  # what a hub leaves that was killed
        hub.wakes = 0

        async def wake_slowly(hub_id):
            hub.wakes += 1
            return queue.HubSocket(path=hub.socket) if hub.wakes == 1 else await really()

        really = hub.wake

        async def really_again():
            hub.socket.unlink()
            return await really()

        line = queue.WakeQueue(lambda hub_id: wake_slowly(hub_id) if hub.wakes == 0 else really_again())
        book = routes.AddressBook(territories={"c/reef": routes.Territory(hosts=("reef.localhost",))})
        front = door.Door(directory=book, waker=line)
        await front.open(state_folder / "door.sock")  # takes over from the stage's door
        answer = await stage.raw(get("/api/x"))
        await front.close()
        assert answer.startswith(b"HTTP/1.1 200 ")


async def test_the_socket_is_its_owners_alone_and_goes_with_the_door(state_folder):
    async with doorstage.stage(state_folder, "reef", with_proxy=False) as stage:
        found = (state_folder / "door.sock").stat()
        assert stat.S_ISSOCK(found.st_mode)
        assert stat.S_IMODE(found.st_mode) == 0o600
        newer = door.Door(directory=routes.AddressBook(territories={}), waker=stage.queue)
        await newer.open(state_folder / "door.sock")
        await stage.door.close()
        assert (state_folder / "door.sock").exists()
        await newer.close()
        assert not (state_folder / "door.sock").exists()


async def test_a_path_too_long_for_a_socket_is_said_in_words(state_folder):
    front = door.Door(directory=routes.AddressBook(territories={}), waker=queue.WakeQueue(None))
    with pytest.raises(errors.CommonhubError, match="too long"):
        await front.open(state_folder / ("d" * 120))


@pytest.mark.root
@pytest.mark.skipif(os.getuid() != 0, reason="gives a socket to another user")
async def test_the_socket_is_given_to_the_proxys_user(state_folder):
    front = door.Door(directory=routes.AddressBook(territories={}), waker=queue.WakeQueue(None))
    await front.open(state_folder / "door.sock", owner=65534)
    found = (state_folder / "door.sock").stat()
    await front.close()
    assert (found.st_uid, stat.S_IMODE(found.st_mode)) == (65534, 0o600)


async def test_the_fleet_may_change_while_the_door_is_open(state_folder):
    async with doorstage.stage(state_folder, "reef", with_proxy=False) as stage:
        stage.door.use(routes.AddressBook(territories={"c/reef": routes.Territory(hosts=("new.localhost",))}))
        assert (await stage.raw(get("/api/"))).startswith(b"HTTP/1.1 404 ")
        assert (await stage.raw(get("/api/", "new.localhost"))).startswith(b"HTTP/1.1 200 ")
