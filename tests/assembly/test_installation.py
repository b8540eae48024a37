"""Where one fleet lies on this machine."""

from pathlib import Path

from commonhub.assembly import installation


def test_two_fleets_share_no_name_for_what_the_kernel_keeps_of_them(tmp_path: Path) -> None:
    """One name means one control group: whoever stops a server of one fleet would end the other's."""
    fleet = tmp_path / "fleet"
    fleet.mkdir()
    one, other = (installation.find(fleet, Path(place) / "state") for place in ("/srv/one", "/srv/other"))
    assert one.short_name != other.short_name
    assert one.short_name == installation.find(fleet, Path("/srv/one/state")).short_name
    assert set(one.short_name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-_")
