"""Who can sign in before anybody could invite anybody: the first of the people in the model's founding role."""

from dataclasses import dataclass

from commonhub.assembly import installation
from commonhub.communities import charter_checks
from commonhub.fleet import history, models, sound, trees
from commonhub.ground import errors


@dataclass(frozen=True, kw_only=True)
class Founder:
    """Somebody who begins a fleet, with the password that this machine keeps for them until they change it."""

    handle: str
    name: str
    password: str


def _fleet(of: installation.Installation) -> models.Fleet | None:
    """The fleet as it stands in the folder; while that has mistakes, the newest sound commit."""
    found = charter_checks.reader().read(trees.folder(of.fleet)).fleet
    if found is not None:
        return found
    try:
        before = sound.newest(history.FleetRepository(of.fleet), charter_checks.reader())
    except errors.CommonhubError:
        return None
    return before[1] if before else None


def founder(of: installation.Installation) -> Founder | None:
    """The first person with an account in the founding role of the whole fleet; None where the files name none."""
    fleet = _fleet(of)
    model = charter_checks.model_of(fleet).model if fleet else None
    if fleet is None or model is None:
        return None
    for entry in fleet.file.roles.get(model.founding_role, ()):
        if entry.login is not None:
            return Founder(handle=entry.login, name=entry.name or entry.login, password=of.secret("first_password"))
    return None
