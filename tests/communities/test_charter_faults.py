"""What the responsibility model finds wrong with a fleet's files."""

import pytest

from commonhub.communities import charter_checks
from commonhub.fleet import trees

FLEET, REEF = "fleet.yaml", "communities/reef/community.yaml"
SOUND = {FLEET: "name: Our hubs\n", REEF: "title: Coral reef\n"}


def faults(**files):
    said = {**SOUND, **{{"fleet": FLEET, "reef": REEF}[name]: SOUND[FLEET if name == "fleet" else REEF] + text
                        for name, text in files.items()}}  # fmt: skip
    entries = tuple(
        trees.Entry(path=path, blob=trees.blob_name(text.encode()), load=lambda text=text: text.encode())
        for path, text in said.items()
    )
    return [str(fault) for fault in charter_checks.reader().read(trees.Tree(entries=entries)).mistakes]


def test_nobody_stands_on_the_side_of_all_communities():
    engineers = "roles:\n  site-reliability-engineer:\n    - {{login: alice, side: {}}}\n"
    assert faults(fleet=engineers.format("service")) == []
    (fault,) = faults(fleet=engineers.format("community"))
    assert fault.startswith("fleet.yaml:4: Nobody stands on the side of the community for the whole fleet.")
    assert faults(reef=engineers.format("community")) == []


DEPARTURE = """agreement:
  departures:
    - responsibility: {}
      carried_by: {}
      because: We like it so.
"""


@pytest.mark.parametrize(
    ("duty", "by", "side"),
    [("support-leaders", "community", "service"), ("represent-community", "service", "community")],
)
def test_no_side_gives_its_own_signature_away(duty, by, side):
    (fault,) = faults(reef=DEPARTURE.format(duty, by))
    assert f"With '{duty}' goes the power to sign agreements for the {side}." in fault
    assert faults(reef=DEPARTURE.format(duty, "shared")) == []
    assert faults(reef=DEPARTURE.format(duty, side)) == []
