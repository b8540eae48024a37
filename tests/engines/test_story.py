"""A user's story at hubs that answer as they please: whatever they say is a verdict, and nobody is led elsewhere."""

import asyncio
import contextlib
import dataclasses
import gzip
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from urllib.parse import urlencode

import pytest
from aiohttp import web

from commonhub.engines import probing, story

HASTE = probing.Limits(answer=0.5, start=2.0, cell=2.0, whole=20.0)
PATIENT = probing.Limits(answer=60.0, start=60.0, cell=60.0, whole=240.0)  # no test waits for one of them
ASKED = urlencode({"client_id": "hub.reef.main", "redirect_uri": "http://reef/hub/oauth_callback"})
AWAKE = {"GET /hub/health", "GET /hub/login"}
TOKEN = "a token"
Say = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclasses.dataclass
class Place:
    """Somebody who listens on this machine, and what was asked of them."""

    url: str
    asked: list[str]


@contextlib.asynccontextmanager
async def listening(say: Say) -> AsyncIterator[Place]:
    place = Place("", [])

    async def answer(request: web.Request) -> web.StreamResponse:
        place.asked.append(f"{request.method} {request.path}")
        return await say(request)

    runner = web.ServerRunner(web.Server(answer), shutdown_timeout=0.1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        place.url = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}/"
        yield place
    finally:
        await runner.cleanup()


async def yes(_: web.Request) -> web.StreamResponse:
    return web.Response(text="yes")


@pytest.fixture
async def elsewhere() -> AsyncIterator[Place]:
    """What the keeper reaches and a hub does not."""
    async with listening(yes) as place:
        yield place


@dataclasses.dataclass
class Hub:
    """A hub that answers like one, but for what it `says` itself, by method and path."""

    says: dict[str, Say]

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        said = self.says.get(f"{request.method} {request.path}")
        if said is not None:
            return await said(request)
        for method, end, status, answer in USUAL:
            if request.method == method and request.path.endswith(end):
                return web.json_response(answer, status=status, headers={"Location": "/hub/home"})
        return web.Response(text="yes")


USUAL = (
    ("POST", "/hub/login", 302, None),
    ("POST", "/tokens", 201, {"token": TOKEN}),
    ("POST", "/server", 201, None),
    ("GET", "/hub/api/users/commonhub-probe-new", 200, {"servers": {"": {"ready": True}}}),
    ("POST", "/api/kernels", 201, {"id": "k"}),
)


async def told(hub: Place, *, authorize: str = "", limits: probing.Limits = PATIENT) -> probing.Verdict:
    """What comes of the story there; with `authorize` the hub's people sign in at a portal."""

    async def one(who: str) -> None:
        async with story.visit(probing.Door(url=hub.url), who, limits, authorize=authorize) as guest:
            await guest.sees_hub()
            if authorize:
                await guest.is_sent_to_login()
            else:
                await guest.signs_in("secret")
            await guest.works()

    return await story.tell(one, limits=limits)


def redirect(to: str) -> Say:
    async def say(_: web.Request) -> web.StreamResponse:
        return web.Response(status=302, headers={"Location": to})

    return say


def body(said: object, status: int) -> Say:
    async def say(_: web.Request) -> web.StreamResponse:
        return web.json_response(said, status=status)

    return say


USER = "/hub/api/users/commonhub-probe-new"
SERVER = "/user/commonhub-probe-new/api"


@pytest.mark.parametrize(
    "question",
    [
        "GET /hub/health",
        "GET /hub/login",
        f"POST {USER}/tokens",
        f"POST {USER}/server",
        f"GET {USER}",
        f"POST {SERVER}/kernels",
        f"GET {SERVER}/kernels/k/channels",
    ],
)
async def test_a_hub_leads_the_probe_nowhere(elsewhere, question):
    # Whether it is awake is asked again until this is over; all else is asked once.
    limits = HASTE if question in AWAKE else PATIENT
    async with listening(Hub({question: redirect(f"{elsewhere.url}secret")})) as hub:
        verdict = await told(hub, limits=limits)
    assert question in hub.asked
    assert not verdict.good
    assert elsewhere.asked == []


@pytest.mark.parametrize("way", ["{elsewhere}oauth?", "{portal}other?", "http://u@{host}/authorize?", "//{other}/x?"])
async def test_who_signs_in_is_sent_to_the_portal_and_nowhere_else(elsewhere, way):
    async with listening(yes) as portal:
        host, other = (place.url.removeprefix("http://").rstrip("/") for place in (portal, elsewhere))
        to = way.format(elsewhere=elsewhere.url, portal=portal.url, host=host, other=other) + ASKED
        async with listening(Hub({"GET /hub/oauth_login": redirect(to)})) as hub:
            verdict = await told(hub, authorize=f"{portal.url}authorize")
    assert (verdict.failed, verdict.who) == (probing.Part.LOGIN, "")
    assert verdict.words == f"The login page sends people to another place than {portal.url}authorize."
    assert portal.asked == elsewhere.asked == []


async def test_at_the_portal_the_sign_in_is_looked_at_and_not_followed_further(elsewhere):
    async with listening(redirect(f"{elsewhere.url}accounts/login")) as portal:
        to = f"{portal.url}authorize?{ASKED}"
        async with listening(Hub({"GET /hub/oauth_login": redirect(to)})) as hub:
            door, authorize = probing.Door(url=hub.url), f"{portal.url}authorize"
            async with story.visit(door, probing.NEWCOMER, HASTE, authorize=authorize) as guest:
                await guest.is_sent_to_login()
    assert portal.asked == ["GET /authorize"]
    assert elsewhere.asked == []


@pytest.mark.parametrize(
    "question", [f"POST {USER}/tokens", f"POST {USER}/server", f"GET {USER}", f"POST {SERVER}/kernels"]
)
async def test_an_answer_without_end_is_given_up(question):
    sent = 0

    async def endless(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        answer = web.StreamResponse(status=201)
        await answer.prepare(request)
        with contextlib.suppress(ConnectionError):
            while sent < 20 * story.ANSWER_MAX:
                await answer.write(b" " * 2**16)
                sent += 2**16
        return answer

    patient = dataclasses.replace(HASTE, answer=15.0)
    async with listening(Hub({question: endless})) as hub:
        verdict = await told(hub, limits=patient)
    assert not verdict.good
    assert story.ANSWER_MAX < sent < 10 * story.ANSWER_MAX


async def test_an_answer_that_is_packed_all_the_same_is_not_unpacked():
    """A small one could unpack to one without end."""

    async def packed(request: web.Request) -> web.StreamResponse:
        assert request.headers["Accept-Encoding"] == "identity"
        said = gzip.compress(json.dumps({"token": TOKEN}).encode())
        return web.Response(status=201, body=said, headers={"Content-Encoding": "gzip"})

    async with listening(Hub({f"POST {USER}/tokens": packed})) as hub:
        verdict = await told(hub)
    assert verdict.words == "The hub's answer was not understood (JSONDecodeError)."


@pytest.mark.parametrize(
    ("question", "said", "status"),
    [
        (f"GET {USER}", {"servers": ["x"]}, 200),
        (f"GET {USER}", {"servers": {"": "x"}}, 200),
        (f"POST {USER}/tokens", None, 201),
        (f"POST {USER}/tokens", ["token"], 201),
        (f"POST {SERVER}/kernels", None, 201),
        (f"POST {SERVER}/kernels", {"no": "id"}, 201),
        (f"POST {SERVER}/kernels", {"id": {"a": 1}}, 201),
    ],
)
async def test_an_answer_of_another_shape_is_a_verdict(question, said, status):
    async with listening(Hub({question: body(said, status)})) as hub:
        verdict = await told(hub)
    assert not verdict.good
    assert verdict.words


@pytest.mark.parametrize(
    "frame", ["[]", '"x"', '{"parent_header": []}', '{"parent_header": {"msg_id": 1}}', "[" * 100_000, "{"]
)
async def test_a_kernel_of_another_tongue_is_a_verdict(frame):
    async def speak(request: web.Request) -> web.StreamResponse:
        channel = web.WebSocketResponse()
        await channel.prepare(request)
        await channel.receive()
        await channel.send_str(frame)
        await channel.close()
        return channel

    async with listening(Hub({f"GET {SERVER}/kernels/k/channels": speak})) as hub:
        verdict = await told(hub)
    assert not verdict.good


async def test_a_kernel_that_prints_without_end_is_given_up():
    async def speak(request: web.Request) -> web.StreamResponse:
        channel = web.WebSocketResponse()
        await channel.prepare(request)
        asked = await channel.receive_json()
        number = asked["header"]["msg_id"]
        words = {"parent_header": {"msg_id": number}, "msg_type": "stream", "content": {"text": "x" * 10_000}}
        with contextlib.suppress(ConnectionError):
            for _ in range(100):
                await channel.send_json(words)
        return channel

    patient = dataclasses.replace(HASTE, cell=15.0)
    async with (
        listening(Hub({f"GET {SERVER}/kernels/k/channels": speak})) as hub,
        story.visit(probing.Door(url=hub.url), probing.NEWCOMER, patient) as guest,
    ):
        with pytest.raises(story.PartFailedError, match="without end"):
            await guest.computes()


@pytest.mark.parametrize("error", [TypeError, AttributeError, RecursionError, UnicodeError, ZeroDivisionError])
async def test_whatever_goes_wrong_is_a_verdict(error):
    async def broken(_who: str) -> None:
        raise error

    verdict = await story.tell(broken, limits=HASTE)
    assert verdict.failed is probing.Part.LOGIN
    assert error.__name__ in verdict.words


@pytest.mark.parametrize("slow", probing.GUESTS)
async def test_a_story_that_is_not_done_in_time_names_the_guest_whose_turn_it_was(slow):
    async def one(who: str) -> None:
        if who == slow:
            await asyncio.sleep(60)

    verdict = await story.tell(one, limits=dataclasses.replace(HASTE, whole=0.05))
    assert (verdict.failed, verdict.who) == (probing.Part.STOP, slow)


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ('<p class="login_error">\n Invalid <b>username</b>\n</p>', " (Invalid username)"),
        ('<p>all is well</p><p class="alert alert-danger" id="x">No.</p>', " (No.)"),
        ('<p class="error"></p>', ""),
        ("", ""),
        ('<p class="error">' * 1000, ""),
    ],
)
def test_an_error_pages_own_words_are_told(page, said):
    assert story._title(page) == said
