"""The whole front door: the real proxy in front, the door, hubs that sleep."""

import asyncio
import hashlib
import io
import json
from datetime import UTC, datetime, timedelta

import aiohttp
import doorstage
import pytest

from commonhub.frontdoor import proxy, reception, routes
from commonhub.ground import errors

pytestmark = pytest.mark.hubs

SLOW_WRITES = """
import net from "node:net";
const write = net.Socket.prototype._writeGeneric;
net.Socket.prototype._writeGeneric = function (...words) {
  if (this._handle && !Object.hasOwn(this._handle, "writev")) {
    this._handle.writev = function (...pieces) {
      const written = Object.getPrototypeOf(this).writev.apply(this, pieces);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
      return written;
    };
  }
  return write.apply(this, words);
};
"""


async def test_the_first_page_wakes_the_hub_and_is_answered_by_it(state_folder):
    async with doorstage.stage(state_folder, "reef", "stats") as stage:
        async with stage.web.get(f"{stage.url}/hub/login?next=%26hub", headers=stage.page("reef")) as answer:
            told = await answer.json()
        assert answer.status == 200
        assert told["hub"] == "reef"
        assert told["path"] == "/hub/login?next=%26hub"
        assert told["host"] == f"reef.localhost:{stage.port}"
        assert stage.hubs["c/reef"].wakes == 1
        assert stage.hubs["c/stats"].wakes == 0
        await stage.settled()


async def test_a_head_request_wakes_the_hub_and_gets_no_body(state_folder):
    async with doorstage.stage(state_folder, "reef") as stage:
        async with stage.web.head(f"{stage.url}/lab", headers=stage.host("reef")) as answer:
            assert answer.status == 200
            assert await answer.read() == b""
        assert stage.hubs["c/reef"].wakes == 1


async def test_a_posted_json_body_reaches_the_woken_hub_whole(state_folder):
    async with doorstage.stage(state_folder, "reef") as stage:
        stage.hubs["c/reef"].delay = 0.3
        body = json.dumps({"users": ["eve", "dan"]}).encode()
        async with stage.web.post(f"{stage.url}/hub/api/users", headers=stage.host("reef"), data=body) as answer:
            told = await answer.json()
        assert (told["method"], told["digest"]) == ("POST", hashlib.sha256(body).hexdigest())


async def test_twenty_megabytes_reach_the_woken_hub_whole(state_folder):
    async with doorstage.stage(state_folder, "reef") as stage:
        stage.hubs["c/reef"].delay = 0.3
        body = bytes(range(256)) * (20 * 4096)
        async with stage.web.post(f"{stage.url}/upload", headers=stage.host("reef"), data=io.BytesIO(body)) as answer:
            told = await answer.json()
        assert told["length"] == 20 * 1024 * 1024
        assert told["digest"] == hashlib.sha256(body).hexdigest()


async def test_a_chunked_body_reaches_the_woken_hub_whole(state_folder):
    async def pieces():
        for number in range(200):
            yield bytes([number]) * 1000

    async with doorstage.stage(state_folder, "reef") as stage:
        stage.hubs["c/reef"].delay = 0.3
        async with stage.web.put(f"{stage.url}/upload", headers=stage.host("reef"), data=pieces()) as answer:
            told = await answer.json()
        assert told["length"] == 200_000
        assert stage.hubs["c/reef"].heads[-1]["Transfer-Encoding"] == "chunked"


async def test_a_websocket_may_be_the_first_request_to_a_sleeping_hub(state_folder):
    async with doorstage.stage(state_folder, "reef") as stage:
        stage.hubs["c/reef"].delay = 0.3
        async with stage.web.ws_connect(f"{stage.url}/ws", headers=stage.host("reef")) as talk:
            for number in range(20):
                await talk.send_str(f"word {number}")
                assert await talk.receive_str() == f"reef heard word {number}"
        await stage.settled()
        assert stage.hubs["c/reef"].left == ["ws"]


async def test_a_hundred_hubs_asked_at_once_queue_up_and_are_all_answered(state_folder):
    names = [f"hub-{number}" for number in range(100)]
    async with doorstage.stage(state_folder, *names, width=4) as stage:
        most = 0
        for hub in stage.hubs.values():
            hub.delay = 0.05

        async def ask(name):
            nonlocal most
            async with stage.web.get(f"{stage.url}/hub/api/", headers=stage.host(name)) as answer:
                most = max(most, stage.queue.counts().waking)
                return answer.status, (await answer.json())["hub"]

        answers = await asyncio.gather(*(ask(name) for name in names))
        assert answers == [(200, name) for name in names]
        assert most <= 4
        assert stage.queue.counts().woken == 100
        assert all(hub.wakes == 1 for hub in stage.hubs.values())


async def test_many_requests_for_one_sleeping_hub_share_one_wake(state_folder):
    async with doorstage.stage(state_folder, "reef") as stage:

        async def when_all_are_there():
            await doorstage.until(lambda: stage.door.guests >= 150)
            await asyncio.sleep(0.5)  # for the last of them to be read

        stage.hubs["c/reef"].ready = when_all_are_there

        async def ask(number):
            async with stage.web.get(f"{stage.url}/api/{number}", headers=stage.host("reef")) as answer:
                return (await answer.json())["path"]

        paths = await asyncio.gather(*(ask(number) for number in range(150)))
        assert paths == [f"/api/{number}" for number in range(150)]
        assert stage.hubs["c/reef"].wakes == 1


async def test_a_slow_wake_shows_browsers_their_place_and_then_the_hub(state_folder):
    limits = reception.Limits(patience=0.2)
    async with doorstage.stage(state_folder, "reef", "stats", "bees", limits=limits, width=1) as stage:
        for hub in stage.hubs.values():
            hub.delay = 1.0
        first = [asyncio.create_task(stage.queue.wake(f"c/{name}")) for name in ("stats", "bees")]
        await asyncio.sleep(0)
        async with stage.web.get(f"{stage.url}/lab", headers=stage.page("reef")) as answer:
            text = await answer.text()
        assert answer.status == 503
        assert (answer.headers["Refresh"], answer.headers["Retry-After"]) == ("2", "2")
        assert answer.headers["Cache-Control"] == "no-store"
        assert "3 hubs are waking; yours is number 3." in text
        async with stage.web.get(f"{stage.url}/lab", headers=stage.page("reef", "de-AT,de;q=0.9")) as answer:
            assert "Dieser Hub wacht auf" in await answer.text()
        await asyncio.gather(*first, stage.queue.wake("c/reef"))
        async with stage.web.get(f"{stage.url}/lab", headers=stage.page("reef")) as answer:
            assert (answer.status, (await answer.json())["hub"]) == (200, "reef")
        assert stage.hubs["c/reef"].wakes == 2  # the second asks an awake hub


async def test_programs_wait_and_are_told_to_come_back_after_their_patience(state_folder):
    limits = reception.Limits(patience=0.1, long_patience=0.4)
    async with doorstage.stage(state_folder, "reef", limits=limits) as stage:
        stage.hubs["c/reef"].delay = 30
        for headers in ({"Accept": "application/json"}, {"Accept": "text/html", "Sec-Fetch-Mode": "cors"}):
            async with stage.web.get(f"{stage.url}/x", headers=stage.host("reef") | headers) as answer:
                assert answer.status == 503
                assert answer.headers["Retry-After"] == "2"
                assert "Refresh" not in answer.headers
        async with stage.web.post(f"{stage.url}/hub/api/users", headers=stage.page("reef"), data=b"{}") as answer:
            problem = (await answer.json())["error"]
        assert answer.status == 503
        assert set(problem) == {"message", "mend"}


async def test_a_hub_that_stops_midway_ends_the_answer_midway(state_folder):
    async with doorstage.stage(state_folder, "reef", with_proxy=False) as stage:
        answer = await stage.raw(b"GET /half HTTP/1.1\r\nHost: reef.localhost\r\n\r\n")
        head, _, body = answer.partition(b"\r\n\r\n")
        assert b"Content-Length: 1000" in head
        assert body == b"half"
        await stage.settled()


async def test_a_broken_answer_breaks_in_the_browser_too_instead_of_never_ending(state_folder):
    async with doorstage.stage(state_folder, "reef") as stage:
        for _ in range(2):  # by the door, then by the hub's own route
            with pytest.raises(aiohttp.ClientPayloadError):
                async with stage.web.get(f"{stage.url}/half", headers=stage.host("reef")) as answer:
                    await asyncio.wait_for(answer.read(), 20)
            await stage.table.add_route("/reef.localhost", proxy.unix_target(stage.hubs["c/reef"].socket))


async def test_a_hub_that_answers_quicker_than_the_proxy_goes_on_is_heard(state_folder):
    slow = state_folder / "slow.mjs"  # as on a machine with more work than cores: node sleeps behind each write
    slow.write_text(SLOW_WRITES)
    async with doorstage.stage(state_folder, "reef") as stage:
        await stage.queue.wake("c/reef")
        await stage.kill_proxy()
        await stage.start_proxy(NODE_OPTIONS=f"--import {slow.as_uri()}")
        await stage.table.add_route("/reef.localhost", proxy.unix_target(stage.hubs["c/reef"].socket))
        for method in ("POST", "PATCH", "DELETE"):
            async with stage.web.request(method, f"{stage.url}/x", headers=stage.host("reef"), data=b"{}") as answer:
                assert answer.status == 200
                assert (await answer.json())["length"] == 2


async def test_a_hub_that_stops_before_it_answers_gives_a_sentence_after_one_more_try(state_folder):
    async with doorstage.stage(state_folder, "reef") as stage:
        async with stage.web.get(f"{stage.url}/drop", headers=stage.page("reef")) as answer:
            text = await answer.text()
        assert answer.status == 502
        assert "The hub stopped before it answered" in text
        assert len(stage.hubs["c/reef"].heads) == 2


async def test_a_body_is_never_sent_twice(state_folder):
    async with doorstage.stage(state_folder, "reef", with_proxy=False) as stage:
        answer = await stage.raw(b"GET /drop HTTP/1.1\r\nHost: reef.localhost\r\nContent-Length: 4\r\n\r\nbody")
        assert answer.startswith(b"HTTP/1.1 502 ")
        assert len(stage.hubs["c/reef"].heads) == 1


async def test_a_client_that_goes_away_while_the_hub_wakes_or_answers_leaves_nothing_behind(state_folder):
    async with doorstage.stage(state_folder, "reef") as stage:
        before = len(asyncio.all_tasks())
        stage.hubs["c/reef"].delay = 0.5
        timeout = aiohttp.ClientTimeout(total=0.2)
        with pytest.raises(asyncio.TimeoutError):
            await stage.web.get(f"{stage.url}/api/x", headers=stage.host("reef"), timeout=timeout)
        await stage.settled()
        assert stage.queue.counts().waking == 1  # the wake goes on for whoever comes back
        await stage.queue.wake("c/reef")
        with pytest.raises(asyncio.TimeoutError):
            await stage.web.get(f"{stage.url}/forever", headers=stage.host("reef"), timeout=timeout)
        await stage.settled()
        await doorstage.until(lambda: stage.hubs["c/reef"].left == ["forever"] and len(asyncio.all_tasks()) <= before)


async def test_a_killed_proxy_finds_its_table_repaired(state_folder):
    async with doorstage.stage(state_folder, "reef", "stats") as stage:
        reef = routes.Territory(hosts=("reef.localhost", "reef.example.org"))
        sockets = {name: await stage.queue.wake(f"c/{name}") for name in ("reef", "stats")}
        target = proxy.unix_target(sockets["reef"].path)
        wanted = [*reef.routes("/", target), *reef.routes("/user/ann b@x.org/50%/", target, {"user": "ann b@x.org"})]

        async def repair():
            found = {spec: seen.route for spec, seen in (await stage.table.get_routes()).items()}
            change = routes.difference(wanted, found)
            await stage.table.repair(change)
            return change

        assert len((await repair()).add) == 4
        assert await repair() == routes.Difference(add=(), delete=())
        await stage.kill_proxy()
        with pytest.raises(errors.UnavailableError):
            await stage.table.get_routes()
        await stage.start_proxy()
        assert set(await stage.table.get_routes()) == {"/"}
        await stage.table.add_route("/foreign.localhost", "http://127.0.0.1:1")
        await stage.table.add_route("/reef.localhost", "http://127.0.0.1:1")
        assert len((await repair()).add) == 4
        assert await repair() == routes.Difference(add=(), delete=())
        table = await stage.table.get_routes()
        assert "/foreign.localhost" not in table
        assert table["/reef.localhost/user/ann b@x.org/50%"].route.data == {"user": "ann b@x.org"}
        seen = table["/reef.localhost"].last_activity
        assert seen is not None
        assert timedelta() <= datetime.now(UTC) - seen < timedelta(minutes=1)
        wakes = stage.hubs["c/reef"].wakes
        async with stage.web.get(f"{stage.url}/direct", headers=stage.host("reef")) as answer:
            assert (await answer.json())["path"] == "/direct"
        assert stage.hubs["c/reef"].wakes == wakes  # by its route, not by the door


async def test_deleting_a_route_twice_is_the_same_as_once(state_folder):
    async with doorstage.stage(state_folder) as stage:
        await stage.table.add_route("/a.localhost", "http://127.0.0.1:1")
        await stage.table.delete_route("/a.localhost")
        await stage.table.delete_route("/a.localhost")
        assert set(await stage.table.get_routes()) == {"/"}


async def test_a_wrong_token_is_said_in_words(state_folder):
    async with doorstage.stage(state_folder), proxy.ProxyClient(state_folder / "api.sock", "wrong") as table:
        with pytest.raises(errors.CommonhubError, match="does not know our token"):
            await table.get_routes()


async def test_only_the_proxy_says_which_scheme_the_public_address_has(state_folder):
    async with doorstage.stage(state_folder, "reef") as stage:
        headers = stage.host("reef") | {"X-Scheme": "https"}
        async with stage.web.get(f"{stage.url}/x", headers=headers) as answer:
            assert answer.status == 200
        seen = stage.hubs["c/reef"].heads[-1]
        assert seen.getall("X-Scheme") == ["http"]
        assert seen["X-Forwarded-For"].endswith("127.0.0.1")
        assert seen["X-Forwarded-Host"] == f"reef.localhost:{stage.port}"


async def test_a_route_whose_target_is_gone_shows_the_small_static_page(state_folder):
    async with doorstage.stage(state_folder, "reef") as stage:
        await stage.table.add_route("/reef.localhost", proxy.unix_target(state_folder / "nobody.sock"))
        async with stage.web.get(f"{stage.url}/lab", headers=stage.page("reef")) as answer:
            text = await answer.text()
        assert answer.status == 503
        assert "No answer at the moment" in text
        assert "Gerade keine Antwort" in text
        assert len(text.encode()) <= 4096


async def test_an_address_that_cannot_be_decoded_shows_the_small_static_page(state_folder):
    async with doorstage.stage(state_folder, "reef") as stage:
        reader, writer = await asyncio.open_connection("127.0.0.1", stage.port)
        writer.write(b"GET /%E0%A4%A HTTP/1.1\r\nHost: reef.localhost\r\nConnection: close\r\n\r\n")
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()
        assert answer.startswith(b"HTTP/1.1 500 ")
        assert b"This address cannot be read" in answer


async def test_the_portal_is_said_to_be_starting_until_it_is_there(state_folder):
    async with doorstage.stage(state_folder, with_portal=True) as stage:
        headers = {"Host": "localhost", "Accept": "text/html"}
        async with stage.web.get(f"{stage.url}/hubs", headers=headers) as answer:
            assert answer.status == 503
            assert answer.headers["Refresh"] == "2"
            assert "The portal is starting" in await answer.text()
        await stage.extra[0].wake()
        async with stage.web.get(f"{stage.url}/hubs", headers=headers) as answer:
            assert (await answer.json())["hub"] == "portal"


async def test_with_path_routing_the_first_part_of_the_path_names_the_hub(state_folder):
    async with doorstage.stage(state_folder, "reef", "reefs", by_path=True, with_portal=True) as stage:
        async with stage.web.get(f"{stage.url}/reef/lab") as answer:
            told = await answer.json()
        assert (told["hub"], told["path"]) == ("reef", "/reef/lab")
        assert stage.hubs["c/reefs"].wakes == 0
        target = proxy.unix_target(stage.hubs["c/reef"].socket)
        for route in doorstage.territory("reef", by_path=True).routes("/reef/user/ann/", target):
            await stage.table.add_route(route.spec, route.target, route.data)
        await stage.hubs["c/reef"].wake()
        async with stage.web.get(f"{stage.url}/reef/user/ann/tree") as answer:
            assert (await answer.json())["path"] == "/reef/user/ann/tree"
        async with stage.web.get(f"{stage.url}/elsewhere", headers={"Accept": "text/html"}) as answer:
            assert "The portal is starting" in await answer.text()
