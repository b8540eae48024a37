"""Numbers, times and states in words, in the reader's language."""

import functools
from datetime import UTC, datetime

from django.utils import formats
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext, gettext_lazy, ngettext

from commonhub.engines import engine
from commonhub.fleet import quantities

State = engine.HubState
NO_BREAK = "\N{NO-BREAK SPACE}"

# In the order in which they want to be seen: what asks for an act, what is moving, what is calm.
STATES: dict[str, tuple[str | Promise, str | Promise]] = {
    State.FAILED: (gettext_lazy("failed"), gettext_lazy("It could not be started. Waking it tries again.")),
    State.WAKING: (gettext_lazy("waking"), gettext_lazy("Its process is starting; this takes about a second.")),
    State.QUEUED: (gettext_lazy("in the queue"), gettext_lazy("It waits its turn, because others are waking.")),
    State.AWAKE: (gettext_lazy("awake"), gettext_lazy("It answers its visitors.")),
    State.FALLING_ASLEEP: (
        gettext_lazy("falling asleep"),
        gettext_lazy("Its process is ending; people's servers go on."),
    ),
    State.ASLEEP: (
        gettext_lazy("asleep"),
        gettext_lazy("It has no process and uses no memory. The first visitor wakes it."),
    ),
    State.RETIRED: (gettext_lazy("retired"), gettext_lazy("It is no longer in the fleet. Its data is kept.")),
}
PART_STATES: dict[str, str | Promise] = {
    "running": gettext_lazy("running"),
    "starting": gettext_lazy("starting"),
    "stopped": gettext_lazy("stopped"),
}


def state(code: str) -> str:
    """A hub's state as a word; a state that is not known yet shows its own name."""
    return str(STATES[code][0]) if code in STATES else code


def state_sentence(code: str) -> str:
    """What the state means for people."""
    return str(STATES[code][1]) if code in STATES else ""


def part_state(code: str) -> str:
    """The state of a part of the control plane as a word."""
    return str(PART_STATES.get(code, code))


def size(count: float) -> str:
    """Measured bytes in the unit that reads best. 1 MB is 1,000,000 bytes, as in the fleet's files."""
    unit, value = "B", float(count)
    for bigger in ("kB", "MB", "GB", "TB"):
        if value < 999.5:
            break
        unit, value = bigger, value / 1000
    places = 1 if value < 9.95 and unit in {"GB", "TB"} else 0
    return f"{formats.number_format(round(value, places), places, force_grouping=True)}{NO_BREAK}{unit}"


def limit(count: int) -> str:
    """A size that was set, exactly and in the unit it was set in: 512 MiB, 2 GB."""
    number, unit = quantities.size_text(count), ""
    while number and not number[-1].isdigit():
        number, unit = number[:-1], number[-1] + unit
    prefix = "k" if unit == "K" else unit
    return f"{formats.number_format(int(number), 0, force_grouping=True)}{NO_BREAK}{prefix}B"


def span(seconds: float) -> str:
    """A length of time that was set, in the largest unit that says it exactly: 90 seconds, 10 minutes, 36 hours."""
    whole = max(0, int(seconds))
    if whole and whole % 86400 == 0:
        return days(whole // 86400)
    if whole and whole % 3600 == 0:
        return hours(whole // 3600)
    if whole and whole % 60 == 0:
        return minutes(whole // 60)
    return ngettext("%(number)d second", "%(number)d seconds", whole) % {"number": whole}


def minutes(number: int) -> str:
    """Minutes in words."""
    return ngettext("%(number)d minute", "%(number)d minutes", number) % {"number": number}


def hours(number: int) -> str:
    """Hours in words."""
    return ngettext("%(number)d hour", "%(number)d hours", number) % {"number": number}


def days(number: int) -> str:
    """Days in words."""
    return ngettext("%(number)d day", "%(number)d days", number) % {"number": number}


def ago(then: datetime, now: datetime) -> str:
    """How long ago, in words. A time ahead of ours (two clocks never agree) reads as now."""
    seconds = int((now - then).total_seconds())
    if seconds < 45:
        return gettext("moments ago")
    if seconds < 3600:
        number = max(1, round(seconds / 60))
        return ngettext("%(number)d minute ago", "%(number)d minutes ago", number) % {"number": number}
    if seconds < 86400:
        number = seconds // 3600
        return ngettext("%(number)d hour ago", "%(number)d hours ago", number) % {"number": number}
    number = seconds // 86400
    return ngettext("%(number)d day ago", "%(number)d days ago", number) % {"number": number}


def exact(then: datetime) -> str:
    """The time itself, in UTC."""
    return _exact(then, get_language())


@functools.lru_cache(maxsize=4096)  # a page of fifty rows spends a sixth of its time on these
def _exact(then: datetime, _language: str | None) -> str:
    return f"{formats.date_format(then.astimezone(UTC), 'DATETIME_FORMAT')} UTC"


def people_at_work(number: int) -> str:
    """The same as part of a sentence about now."""
    if not number:
        return gettext("nobody is working now")
    return ngettext("%(number)s person is working now", "%(number)s people are working now", number) % {
        "number": grouped(number)
    }


def hubs(number: int) -> str:
    """How many hubs."""
    return ngettext("%(number)s hub", "%(number)s hubs", number) % {"number": grouped(number)}


def communities(number: int) -> str:
    """How many communities."""
    return ngettext("%(number)s community", "%(number)s communities", number) % {"number": grouped(number)}


def grouped(number: int) -> str:
    """A whole number with its thousands set apart."""
    if 0 <= number < 1000:
        return str(number)
    return formats.number_format(number, 0, force_grouping=True)


def in_use(memory: int) -> str:
    """Memory as part of a sentence."""
    return gettext("%(memory)s of memory in use") % {"memory": size(memory)}
