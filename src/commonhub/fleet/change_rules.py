"""How an organisation rules changes otherwise than usual: whose consent a kind of change needs, and the rules' numbers.

These are words alone. What each kind is about, and what is usual, stands further up (`commonhub.changes.kinds`); so do
the permissions.
"""

from enum import StrEnum
from typing import Annotated

import pydantic

from commonhub.fleet import fields, planning

Days = Annotated[int, pydantic.Field(ge=0, le=3650)]


class KindName(StrEnum):
    """The kinds of change, in the order in which they are looked for. Who consents to other rules is never ruled here."""

    PROGRAM_TEXT = "program-text"
    PAGE_MARKUP = "page-markup"
    NEW_HUB = "new-hub"
    REMOVE_HUB = "remove-hub"
    NEW_COMMUNITY = "new-community"
    REMOVE_COMMUNITY = "remove-community"
    RESPONSIBILITY_MODEL = "responsibility-model"
    APPOINTMENT = "appointment"
    AGREEMENT = "agreement"
    STAFF_LISTS = "staff-lists"
    ADMINISTRATORS = "administrators"
    ACCESS_OPEN = "access-open"
    ACCESS_LIST = "access-list"
    LOGIN = "login"
    IMAGE_TAG = "image-tag"
    NEW_IMAGE = "new-image"
    IMAGE_MENU = "image-menu"
    MENU_GROUPS = "menu-groups"
    SAME_SIZES = "same-sizes"
    BIGGER_SIZES = "bigger-sizes"
    MENU = "menu"
    CULLING = "culling"
    LONG_CULLING = "long-culling"
    WORDS = "words"
    COMMUNITY_WORDS = "community-words"
    EVENT = "event"
    SECRET = "secret"  # noqa: S105 - a word
    BUDGET = "budget"
    PRICES = "prices"
    COMMENTS = "comments"
    LESS_REACH = "less-reach"
    REACH = "reach"
    ADDRESSES = "addresses"
    ROLL_OUTS = "roll-outs"
    ENGINE = "engine"
    TEMPORARY_HOMES = "temporary-homes"
    STORAGE = "storage"
    SERVICE = "service"
    INSIDES = "insides"
    UNKNOWN = "unknown"


class SelfApproval(StrEnum):
    """Whether the proposer's own consent counts."""

    YES = "yes"
    SECOND_PERSON = "second-person"  # another holder must agree, where there is one


class KindRule(fields.Model):
    """What holds for one kind of change. What is absent stays as usual."""

    consent: tuple[fields.Word, ...] = ()
    """Who holds one of these permissions at the place may let it flow."""
    self_approval: SelfApproval | None = None
    """Whether the proposer's own consent counts, or another holder must agree, where there is one."""
    costs: bool | None = None
    """Whether a representative is asked too where it costs more than the threshold."""


class ChangeRules(fields.Model):
    """Whose consent changes need, where it is not as usual."""

    kinds: dict[KindName, KindRule] = {}
    """What holds for kinds of change, by their names in the [table of kinds](changes.md)."""
    threshold_a_month: planning.Money | None = None
    """A change that costs more than this a month waits for a community representative, where its community says nothing."""
    review_days: Days | None = None
    """In how many days an emergency change is reviewed."""
    undo_days: Days | None = None
    """For how many days a change can be undone by one act."""
    hours_a_person_a_month: Annotated[float, pydantic.Field(ge=0, le=744)] | None = None
    """Hours that each person is taken to work in a month, where nothing was measured."""
