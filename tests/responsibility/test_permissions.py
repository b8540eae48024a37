"""The words of permission."""

import re

import pytest

from commonhub.responsibility.permissions import KNOWN, Permission


def test_permissions_stand_in_the_order_of_the_alphabet():
    assert list(KNOWN) == sorted(KNOWN)


@pytest.mark.parametrize("permission", Permission)
def test_each_is_a_resource_and_an_action_with_a_phrase_and_a_sentence(permission):
    assert re.fullmatch(r"[a-z]+:[a-z]+(-[a-z]+)*", permission.value)
    assert permission.name == permission.value.replace(":", "_").replace("-", "_").upper()
    assert permission.phrase.count("{place}") == 1
    assert permission.meaning[0].isupper()
    assert permission.meaning.endswith(".")


def test_a_permission_is_found_by_its_word():
    assert Permission("hub:wake") is Permission.HUB_WAKE
    assert Permission.HUB_WAKE == "hub:wake"


def test_only_seeing_and_proposing_change_nothing():
    assert {each.value.partition(":")[2] for each in Permission if each.only_looks} == {"see", "propose"}
