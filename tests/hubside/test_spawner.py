"""Who counts as an administrator of the shared folder."""

from types import SimpleNamespace

import pytest

from commonhub.hubside import spawner


@pytest.mark.parametrize(
    ("admin", "groups", "setting", "may_write"),
    [
        (False, ["people"], "hub-administrators", False),
        (False, ["people", "hub-administrators"], "hub-administrators", True),
        (
            False,
            ["hub-administrators"],
            "",
            False,
        ),  # a hub with its own passwords, where anybody may have made that group
        (False, [""], "", False),
        (True, [], "", True),
    ],
)
def test_administrators_are_those_of_the_group_or_of_jupyterhub(admin, groups, setting, may_write):
    made = spawner.KeeperSpawner(administrators=setting)
    made.user = SimpleNamespace(admin=admin, groups=[SimpleNamespace(name=name) for name in groups])
    assert made._is_administrator is may_write
