"""The portal's fleet page at 10,000 hubs: how long it takes under 50 requests a second, and what its first view weighs.

Through the real web process (waitress on a unix socket) with its real database. Requests leave at fixed moments whether or
not earlier ones were answered, and each is timed from the moment at which it should have left: waiting is not forgotten.
There is no rival: plain JupyterHub has no page over many hubs. The page that asks no database is named beside ours instead.
"""

import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from statistics import median

import aiohttp

import measuring
import portal_visitor
import web

RATE = 50.0  # requests a second
PASSWORD = "reef-lantern-seven-boats"  # of a portal that is gone with the run
FILL = """
import django
django.setup()
from datetime import UTC, datetime
from commonhub.communities import models
from portal import stage
models.Appointment.objects.create(handle="alice", role="site-reliability-engineer", side="service")
stage.large_fleet(datetime.now(UTC), {hubs})
"""


def measure(asked: measuring.Asked) -> measuring.Measured:
    hubs, seconds = asked.times(10_000, 1_000), asked.times(20, 4)
    with tempfile.TemporaryDirectory(prefix="chb-", dir="/tmp") as name:
        folder = Path(name)
        web.prepare(folder, {"alice": PASSWORD})
        with_tests = web.environment(folder) | {"PYTHONPATH": str(web.ROOT / "tests")}
        subprocess.run([sys.executable, "-c", FILL.format(hubs=hubs)], env=with_tests, cwd="/", check=True)
        with web.running(folder) as visitor:
            visitor.sign_in("alice", PASSWORD)
            status, page = visitor.ask("/fleet")
            if status != 200 or f"{hubs:,}".encode() not in page.replace("\u202f".encode(), b","):
                raise RuntimeError(f"the fleet page does not speak of {hubs:,} hubs: {status}")
            views = portal_visitor.weights(visitor, "/fleet")
            for _ in range(20):  # templates are compiled and connections made before the clock starts
                visitor.ask("/fleet")
            quiet = [_timed(visitor, "/fleet") for _ in range(20)]
            fleet = asyncio.run(_load(visitor, "/fleet", seconds))
            bare = asyncio.run(_load(visitor, "/health", seconds))
        print(f"the web process weighs {visitor.weighs:.0f} MB afterwards")
    return _told(hubs, views, quiet, fleet, bare)


def _timed(visitor: portal_visitor.PortalVisitor, path: str) -> float:
    begun = time.perf_counter()
    visitor.ask(path)
    return time.perf_counter() - begun


async def _load(visitor: portal_visitor.PortalVisitor, path: str, seconds: int) -> list[float]:
    """An open loop: what each request took, counted from when it should have left."""
    wanted = int(RATE * seconds)
    found: list[float] = []
    async with aiohttp.ClientSession(
        connector=aiohttp.UnixConnector(visitor.socket_path, limit=0),
        timeout=aiohttp.ClientTimeout(total=web.PATIENCE),
        headers=visitor.headers(),
    ) as session:
        begun = time.perf_counter() + 0.1

        async def one(number: int) -> None:
            due = begun + number / RATE
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            async with session.get(f"{visitor.origin}{path}", allow_redirects=False) as answer:
                await answer.read()
                if answer.status != 200:
                    raise RuntimeError(f"{path} answered {answer.status}")
            found.append(time.perf_counter() - due)

        await asyncio.gather(*(one(number) for number in range(wanted)))
    return found


def _told(
    hubs: int, views: Mapping[str, int], quiet: list[float], fleet: list[float], bare: list[float]
) -> measuring.Measured:
    slow, slow_bare = (measuring.percentile(times, 0.95) * 1000 for times in (fleet, bare))
    weight = sum(views.values()) / 1000
    rows = (
        measuring.Row(
            what=f"portal's fleet page at {hubs:,} hubs, 95th percentile under {RATE:.0f} requests/s",
            goal="at most 100 ms",
            ours=f"{slow:.0f} ms (n = {len(fleet)})",
            rival=f"{slow_bare:.0f} ms for the portal's /health, which asks no database",
            ratio=f"{slow / slow_bare:.1f}",
            met=slow <= 100,
        ),
        measuring.Row(
            what="first view of that page, all bytes on the wire",
            goal="at most 50 kB",
            ours=f"{weight:.1f} kB",
            met=weight <= 50,
        ),
    )
    parts = ", ".join(f"{Path(path).suffix[1:] or 'page'} {size:,} B" for path, size in views.items())
    how = (
        f"Open loop over {len(fleet)} requests; median {median(fleet) * 1000:.0f} ms, slowest {max(fleet) * 1000:.0f} ms; "
        f"alone, one after the other, {median(quiet) * 1000:.0f} ms. First view: {parts}. The load came from the same machine."
    )
    numbers = {"fleet": fleet, "health": bare, "alone": quiet, "bytes": dict(views)}
    return measuring.Measured(rows=rows, how=how, numbers=numbers)


if __name__ == "__main__":
    measuring.run("portal", measure)
