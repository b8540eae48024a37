"""A real jupyterhub-singleuser in a real box: reached through the inherited socket, with a kernel that computes.

The hub is a few lines that answer what a server asks of it, on the unix socket that the box sees.
"""

import asyncio
import json
import urllib.parse
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web

from commonhub.fleet import desired
from engines.local import boxes

pytestmark = [pytest.mark.hubs]

PREFIX = "/user/eve/"
EVE = {"kind": "user", "name": "eve", "admin": False, "groups": [], "scopes": ["access:servers!server=eve/"]}
HEADERS = {"Authorization": "token eves-own"}
CELL = """
import os, sys, pathlib
print(6 * 7, sys.executable, "COMMONHUB_LISTEN_FD" in os.environ, os.environ.get("PYTHONPATH"), os.environ["MEM_LIMIT"],
      any("commonhub" in path and "/etc" in path for path in sys.path))
"""


@pytest.fixture
async def hub(house: boxes.House) -> AsyncIterator[list[str]]:
    """A stand-in for JupyterHub's API; the paths that were asked for."""
    asked: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.path)
        if request.path == "/hub/api/user":
            known = request.headers.get("Authorization") in {"token eves-own", f"token {boxes.TOKEN}"}
            return web.json_response(EVE) if known else web.json_response({"message": "no"}, status=403)
        return web.json_response({"version": "6.1.1"})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    house.wish()
    socket = house.places.hub_socket(boxes.HUB)
    await web.UnixSite(runner, str(socket)).start()
    socket.chmod(0o666)
    yield asked
    await runner.cleanup()


def wish(house: boxes.House):
    outside = urllib.parse.quote(str(house.places.hub_socket(boxes.HUB)), safe="")
    return house.wish(
        memory_limit=1024 * boxes.MEBI,
        egress=desired.Egress.NONE,
        environment={
            "JUPYTERHUB_API_URL": f"http+unix://{outside}/hub/api",
            "JUPYTERHUB_ACTIVITY_URL": f"http+unix://{outside}/hub/api/users/eve/activity",
            "JUPYTERHUB_SERVICE_PREFIX": PREFIX,
            "JUPYTERHUB_BASE_URL": "/",
            "JUPYTERHUB_CLIENT_ID": "jupyterhub-user-eve",
            "JUPYTERHUB_OAUTH_CALLBACK_URL": f"{PREFIX}oauth_callback",
            "JUPYTERHUB_OAUTH_SCOPES": '["access:servers!server=eve/"]',
            "JUPYTERHUB_OAUTH_ACCESS_SCOPES": '["access:servers!server=eve/"]',
            "JUPYTERHUB_SERVER_NAME": "",
        },
    )


async def run_cell(session: aiohttp.ClientSession, base: str, kernel: str, code: str) -> str:
    """What a cell prints, over the kernel's websocket."""
    header = {"msg_id": boxes.unique(), "msg_type": "execute_request", "username": "", "session": "s", "version": "5.3"}
    content = {"code": code, "silent": False, "store_history": False, "user_expressions": {}, "allow_stdin": False}
    message = {
        "header": header,
        "parent_header": {},
        "metadata": {},
        "content": content,
        "channel": "shell",
        "buffers": [],
    }
    said = ""
    async with session.ws_connect(f"{base}api/kernels/{kernel}/channels", headers=HEADERS) as socket:
        await socket.send_str(json.dumps(message))
        async for piece in socket:
            heard = json.loads(piece.data)
            if heard["parent_header"].get("msg_id") != header["msg_id"]:
                continue
            if heard["msg_type"] == "stream":
                said += heard["content"]["text"]
            if heard["msg_type"] == "error":
                said += heard["content"]["evalue"]
            if heard["msg_type"] == "status" and heard["content"]["execution_state"] == "idle":
                break
    return said


async def answering(session: aiohttp.ClientSession, base: str) -> None:
    for _ in range(600):
        try:
            async with session.get(f"{base}api/status", headers=HEADERS) as response:
                if response.status == 200:
                    return
        except aiohttp.ClientError:
            pass
        await asyncio.sleep(0.1)
    raise AssertionError("the server never answered")


async def test_a_real_server_answers_on_the_inherited_socket_and_its_kernel_computes(
    house: boxes.House, hub: list[str]
):
    asked = wish(house)
    port = await house.servers.start(asked)
    base = f"http://127.0.0.1:{port}{PREFIX}"
    async with aiohttp.ClientSession() as session:
        try:
            await asyncio.wait_for(answering(session, base), 90)
        except (AssertionError, TimeoutError):
            raise AssertionError(house.said(asked.key)) from None
        async with session.get(f"{base}api/status", headers={"Authorization": "token strangers"}) as response:
            assert response.status == 403
        async with session.post(f"{base}api/kernels", headers=HEADERS, json={}) as response:
            kernel = (await response.json())["id"]
        said = await asyncio.wait_for(run_cell(session, base, kernel, CELL), 60)
        assert said == f"42 {boxes.ENVIRONMENT}/bin/python False None {1024 * boxes.MEBI} False\n"
        assert "/hub/api/user" in hub
        assert house.servers.seen(boxes.HUB)[0].memory > 30 * boxes.MEBI
        await house.servers.close()
        again = boxes.House(house.places.state)  # the keeper restarts; the kernel keeps what it knows
        await again.servers.adopt()
        await asyncio.wait_for(run_cell(session, base, kernel, "kept = 1"), 60)
        assert await asyncio.wait_for(run_cell(session, base, kernel, "print(kept + 1)"), 60) == "2\n"
        space = boxes.space_of(again, "eve")
        await again.servers.stop(asked.key)
        assert boxes.living_in(space) == []
        await again.servers.close()
        again.ledger.close()
    assert "Traceback" not in house.said(asked.key)
