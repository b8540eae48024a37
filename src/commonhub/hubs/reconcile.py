"""Observe, plan, apply, record: one turn of the wheel that brings reality to the fleet.

Every part of it may be killed at any line: the next turn sees what is and goes on from there.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from commonhub.engines import engine
from commonhub.ground import errors
from commonhub.hubs import plan

logger = logging.getLogger(__name__)

WIDTH = 4  # hubs prepared at a time: mostly small files, so the disk sets the pace

Progress = Callable[[int, int, plan.Step], None]
"""Told after each step: how many are done, of how many, and which one."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of one step; `error` is None where it was done."""

    step: plan.Step
    error: errors.CommonhubError | None = None


def applied_from(
    seen: Mapping[str, engine.HubSeen], settings: Mapping[str, Mapping[str, object]]
) -> dict[str, plan.Applied]:
    """What the engine says, in the plan's words. `settings` are those last applied, by hub id."""
    return {
        hub_id: plan.Applied(
            # A hub that could not be prepared is tried again.
            digest="" if hub.state == engine.HubState.FAILED else hub.digest,
            settings=settings.get(hub_id, {}),
            awake=hub.state == engine.HubState.AWAKE,
            people=len({server.user for server in hub.servers}),
            retired=hub.state == engine.HubState.RETIRED,
        )
        for hub_id, hub in seen.items()
    }


async def _take(step: plan.Step, on: engine.Engine) -> Outcome:
    try:
        if step.hub is None:
            await on.retire(step.hub_id)
        else:
            await on.ensure(step.hub)
    except errors.CommonhubError as error:
        return Outcome(step=step, error=error)
    except Exception as error:
        logger.exception("%s failed at %s", step.kind, step.hub_id)
        fault = errors.CommonhubError(
            f"{step.hub_id}: {error!r}.", "Read the keeper's log; this is a fault of Commonhub."
        )
        return Outcome(step=step, error=fault)
    return Outcome(step=step)


async def apply(
    steps: tuple[plan.Step, ...],
    engines: Mapping[str, engine.Engine],
    *,
    departing: Collection[str] = (),
    progress: Progress | None = None,
) -> tuple[Outcome, ...]:
    """Take every step; one that fails stops none of the others. Those of hubs that are `departing` have to wait."""
    turns = asyncio.Semaphore(WIDTH)
    done: list[Outcome] = []
    # What leaves the fleet is not in it any more to say its engine: the one that runs it is asked.
    leaving = any(step.hub is None for step in steps)
    runs = {hub_id: name for name, each in engines.items() for hub_id in await each.observe()} if leaving else {}

    async def one(step: plan.Step) -> None:
        fault: errors.CommonhubError
        async with turns:
            name = step.hub.engine if step.hub else runs.get(step.hub_id, "")
            on = engines.get(name)
            if step.hub_id in departing:
                fault = errors.UnavailableError(
                    f"{step.hub_id} was taken away, and what it left behind is being archived.",
                    "It is taken up anew once that is done.",
                )
                done.append(Outcome(step=step, error=fault))
            elif on is None:
                fault = errors.CommonhubError(
                    f"{step.hub_id} asks for the engine {name}, which is not set up here.",
                    f"Use one of: {', '.join(sorted(engines))}.",
                )
                done.append(Outcome(step=step, error=fault))
            else:
                done.append(await _take(step, on))
            if progress:
                progress(len(done), len(steps), step)

    await asyncio.gather(*(one(step) for step in steps))
    return tuple(done)
