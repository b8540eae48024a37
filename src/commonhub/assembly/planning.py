"""What would change: the fleet folder, or one of its commits, against what was last applied on this machine."""

from commonhub.assembly import installation
from commonhub.communities import charter_checks
from commonhub.engines import engine
from commonhub.engines.local import ledger
from commonhub.fleet import history, reading, resolving, trees
from commonhub.ground import process
from commonhub.hubs import plan


def applied(of: installation.Installation) -> dict[str, plan.Applied]:
    """What the local engine was last prepared with, from its ledger; empty where it never ran."""
    if not of.where.ledger.exists():
        return {}
    book = ledger.Ledger(of.where.ledger)
    try:
        people: dict[str, set[str]] = {}
        for server in book.servers():
            if process.Process(server.pid, server.started_ticks).alive():
                people.setdefault(server.hub, set()).add(server.user)
        return {
            row.id: plan.Applied(
                digest="" if row.state == engine.HubState.FAILED else row.digest,
                settings=row.settings,
                awake=row.state == engine.HubState.AWAKE,
                people=len(people.get(row.id, ())),
                retired=row.state == engine.HubState.RETIRED,
            )
            for row in book.hubs()
        }
    finally:
        book.close()


def read(of: installation.Installation, *, committed: bool = False) -> reading.Reading:
    """The fleet as it stands in the folder, or as the newest commit has it."""
    if not committed:
        return charter_checks.reader().read(trees.folder(of.fleet))
    repository = history.FleetRepository(of.fleet)
    return charter_checks.reader().read(repository.tree(repository.head().id))


def steps(of: installation.Installation, found: reading.Reading) -> tuple[plan.Step, ...]:
    """The steps from what was applied to what was read; none where the reading has mistakes."""
    if found.fleet is None:
        return ()
    return plan.plan(resolving.resolve(found.fleet), applied(of))
