"""How many running kernels keep their memory when a part dies: killed as by a crash, and restarted as by an administrator."""

import asyncio
import contextlib
import signal
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass

import measuring
import ours
import plain

PARTS = ("web", "keeper", "proxy", "nursery", "supervisor")
GRACE = 30.0  # seconds in which a kernel must be reachable again
POLL = 0.2


@dataclass(frozen=True, kw_only=True)
class Kernel:
    """A kernel that was told something, and who told it."""

    visitor: ours.Visitor
    id: str

    async def remembers(self) -> bool:
        """Whether it still knows what it was told; a part that died may cost a reconnect."""
        until = time.monotonic() + GRACE
        while time.monotonic() < until:
            with contextlib.suppress(Exception):
                printed = await self.visitor.run(self.id, "print(kept)", within=20)
                return printed == "kept\n"
            await asyncio.sleep(POLL)
        return False


async def _kernel(visitor: ours.Visitor) -> Kernel:
    await visitor.enter()
    await visitor.start()
    found = Kernel(visitor=visitor, id=await visitor.kernel())
    await visitor.run(found.id, "kept = 'kept'")
    return found


@contextlib.asynccontextmanager
async def _kernels(visitors: Sequence[ours.Visitor]) -> AsyncIterator[list[Kernel]]:
    async with contextlib.AsyncExitStack() as stack:
        for visitor in visitors:
            await stack.enter_async_context(visitor)
        yield [await _kernel(visitor) for visitor in visitors]


def measure(asked: measuring.Asked) -> measuring.Measured:
    times = asked.times(3, 1)
    return _told(asyncio.run(_ours(times)), asyncio.run(_theirs(times)))


async def _ours(times: int) -> dict[str, tuple[int, int]]:
    """By what died: kernels that remembered, of all that were asked."""
    hubs = {f"{name}/main": ours.hub_file(name, egress="none") for name in ("reef", "class")}
    found: dict[str, tuple[int, int]] = {}
    with ours.running(hubs) as stage:
        async with _kernels([stage.visitor("reef/main", "eve"), stage.visitor("class/main", "bob")]) as kernels:
            blows: dict[str, Callable[[], None]] = {part: lambda part=part: _kill(stage, part) for part in PARTS}
            blows |= {"hub": lambda: _kill_hub(stage), "hub restarted": lambda: _restart(stage)}
            for name, blow in blows.items():
                found[name] = await _strike(blow, kernels, times)
    return found


async def _strike(blow: Callable[[], None], kernels: list[Kernel], times: int) -> tuple[int, int]:
    kept = 0
    for _ in range(times):
        await asyncio.to_thread(blow)
        kept += sum(await asyncio.gather(*(kernel.remembers() for kernel in kernels)))
    return kept, times * len(kernels)


def _kill(stage: ours.Stage, part: str) -> None:
    before = stage.parts()[part]
    before.signal(signal.SIGKILL)
    if part == "supervisor":
        stage.up()  # as systemd, or the person at the machine, would
    _wait(lambda: stage.parts().get(part) not in {None, before}, f"another {part}")


def _kill_hub(stage: ours.Stage) -> None:
    for hub_id, before in ours.hub_processes(stage).items():
        before.signal(signal.SIGKILL)
        _wait(lambda hub_id=hub_id, before=before: ours.hub_processes(stage).get(hub_id) not in {None, before}, hub_id)


def _restart(stage: ours.Stage) -> None:
    for hub_id in ours.hub_processes(stage):
        stage.hub("restart", hub_id)


def _wait(true: Callable[[], bool], what: str) -> None:
    until = time.monotonic() + GRACE
    while not true():
        if time.monotonic() > until:
            raise TimeoutError(what)
        time.sleep(POLL)


async def _theirs(times: int) -> dict[str, tuple[int, int]]:
    found: dict[str, tuple[int, int]] = {}
    with plain.PlainHub() as rival:
        rival.until_login_page()

        def restart(stop: Callable[[], None]) -> None:
            stop()
            rival.until_login_page()

        blows: dict[str, Callable[[], None]] = {
            "proxy": lambda: _kill_proxy(rival),
            "hub": lambda: restart(rival.kill),
            "hub restarted": lambda: restart(rival.stop),
        }
        for name, blow in blows.items():
            kept = asked = 0
            for turn in range(times):  # a kernel that was lost is lost: each turn has new ones
                names = (f"eve-{name.replace(' ', '-')}-{turn}", f"bob-{name.replace(' ', '-')}-{turn}")
                people = [ours.Visitor(url=rival.url, name=one, password=rival.password) for one in names]
                async with _kernels(people) as kernels:
                    survived, of = await _strike(blow, kernels, 1)
                    kept, asked = kept + survived, asked + of
                    for one in people:
                        await one.stop()
            found[name] = (kept, asked)
    return found


def _kill_proxy(rival: plain.PlainHub) -> None:
    before = rival.proxy_process()
    before.signal(signal.SIGKILL)

    def back() -> bool:
        with contextlib.suppress(RuntimeError, OSError):
            return rival.proxy_process() != before
        return False

    _wait(back, "another proxy")


def _told(mine: dict[str, tuple[int, int]], theirs: dict[str, tuple[int, int]]) -> measuring.Measured:
    killed = {name: count for name, count in mine.items() if name != "hub restarted"}
    killed_plain = {name: count for name, count in theirs.items() if name != "hub restarted"}
    rows = [
        _row("kernels lost when hub, proxy, nursery, keeper, web or supervisor is killed", killed, killed_plain, "0"),
        _row(
            "kernels lost when the hub is restarted by its administrator",
            {"": mine["hub restarted"]},
            {"": theirs["hub restarted"]},
            "-",
        ),
    ]
    each = ", ".join(f"{name} {kept}/{of}" for name, (kept, of) in mine.items())
    plain_each = ", ".join(f"{name} {kept}/{of}" for name, (kept, of) in theirs.items())
    how = (
        f"Each part was killed (SIGKILL) again and again; a kernel survived when it still knew a variable within "
        f"{GRACE:.0f} s. Survived: {each}. Plain JupyterHub, which has only a hub and a proxy: {plain_each}."
    )
    return measuring.Measured(rows=tuple(rows), how=how, numbers={"ours": mine, "plain": theirs})


def _row(what: str, mine: dict[str, tuple[int, int]], theirs: dict[str, tuple[int, int]], goal: str) -> measuring.Row:
    asked, lost = (sum(of for _, of in mine.values()), sum(of - kept for kept, of in mine.values()))
    asked_plain, lost_plain = (sum(of for _, of in theirs.values()), sum(of - kept for kept, of in theirs.values()))
    return measuring.Row(
        what=what,
        goal=goal,
        ours=f"{lost} of {asked}",
        rival=f"{lost_plain} of {asked_plain}",
        met=None if goal == "-" else lost == 0,
    )


if __name__ == "__main__":
    measuring.run("kernels", measure)
