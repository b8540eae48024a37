"""The table of kinds in force: the one that is shipped, with what the fleet's own file rules otherwise.

A change is weighed by the rules of the commit that it is made for. Where no file is at hand, such as on pages, the
rules of the newest accepted commit are taken from the records.
"""

import functools

from commonhub.changes import kinds, models
from commonhub.fleet import change_rules
from commonhub.fleet import models as fleet_models


def in_force() -> kinds.Table:
    """The table of the newest accepted commit."""
    text = models.SeenHead.objects.values_list("rules", flat=True).first()
    return _table(text) if text else kinds.shipped()


def of_fleet(fleet: fleet_models.Fleet | None) -> kinds.Table:
    """The table by which changes of this fleet are weighed; of one with faults, the one in force."""
    return in_force() if fleet is None else _table(said(fleet))


def said(fleet: fleet_models.Fleet) -> str:
    """What the fleet's file rules, as records keep it; "" where all is as usual."""
    text = fleet.file.changes.model_dump_json(exclude_defaults=True)
    return "" if text == "{}" else text


@functools.lru_cache(maxsize=8)
def _table(text: str) -> kinds.Table:
    return kinds.of_fleet(change_rules.ChangeRules.model_validate_json(text)) if text else kinds.shipped()
