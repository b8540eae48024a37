"""Decisions in the reader's language: who carries what was refused, and what to do next."""

from django.utils.translation import get_language, gettext

from commonhub.portal import responsibility_words
from commonhub.responsibility import wording
from commonhub.responsibility.assignments import Person
from commonhub.responsibility.deciding import Decision


def message(decision: Decision) -> str:
    """One sentence: what may or may not be done, and who carries it here."""
    if (get_language() or "en").startswith("en"):
        return wording.message(decision)
    duty = responsibility_words.said(decision.responsibility.title)
    what = {"act": meaning(decision), "duty": duty, "names": listed(decision.holders)}
    if decision.allowed:
        return gettext("You may do this here: %(act)s It belongs to “%(duty)s”.") % what
    if not decision.holders:
        return gettext("You may not do this here: %(act)s It belongs to “%(duty)s”, which nobody carries here.") % what
    return gettext("You may not do this here: %(act)s It belongs to “%(duty)s”, carried here by %(names)s.") % what


def mend(decision: Decision) -> str:
    """One sentence: what the one who was refused can do next."""
    if (get_language() or "en").startswith("en"):
        return wording.mend(decision)
    if decision.exceptional and decision.holders:
        return gettext("Ask for leave, with your reason; the person concerned is told.")
    if decision.holders:
        return gettext("Ask them.")
    if decision.appointers:
        return gettext("Ask %(names)s to appoint somebody.") % {"names": listed(decision.appointers)}
    return gettext("Tell those who run this service that nobody can do it.")


def meaning(decision: Decision) -> str:
    """What the permission lets one do."""
    return responsibility_words.said(decision.permission.meaning)


def listed(people: tuple[Person, ...]) -> str:
    """The first names of a list, and how many more there are."""
    shown = [person.name for person in people[:3]]
    if len(people) > len(shown):
        shown.append(gettext("%(number)s more") % {"number": len(people) - len(shown)})
    if len(shown) < 2:
        return "".join(shown)
    return gettext("%(first)s and %(last)s") % {"first": ", ".join(shown[:-1]), "last": shown[-1]}
