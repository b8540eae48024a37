"""Who may use a hub, in words."""

from django.utils.translation import gettext, gettext_lazy

from commonhub.communities import access, models
from commonhub.portal import decision_words
from commonhub.responsibility.assignments import Person

WHYS = {
    access.Why.ROSTER: gettext_lazy("on the list"),
    access.Why.ROLE: gettext_lazy("by a role"),
    access.Why.GROUP: gettext_lazy("by a group"),
    access.Why.DOMAIN: gettext_lazy("by their e-mail address"),
    access.Why.EVERYONE: gettext_lazy("open to everyone"),
    access.Why.REMOVED: gettext_lazy("removed"),
}
WAYS = {
    "added": gettext_lazy("added"),
    "invitation": gettext_lazy("by an invitation"),
    "request": gettext_lazy("asked and was let in"),
    "import": gettext_lazy("from a list"),
    "role": gettext_lazy("by a role"),
    "group": gettext_lazy("by a group"),
    "domain": gettext_lazy("by the e-mail address"),
    "everyone": gettext_lazy("open to everyone"),
}


def way(via: str) -> str:
    """How somebody came onto a roster."""
    return str(WAYS.get(via, via))


def policy(hub: models.Hub) -> list[str]:
    """The policy of a hub as sentences; the first is always there."""
    said = [gettext("The people on the list may use it, and those who carry a responsibility here.")]
    if hub.everyone:
        said.append(gettext("So may everybody who has an account here."))
    if hub.domains:
        said.append(
            gettext("So may everybody with a confirmed e-mail address at %(domains)s.")
            % {"domains": listed(hub.domains)}
        )
    if hub.groups:
        said.append(gettext("So may the people of these groups: %(groups)s.") % {"groups": listed(hub.groups)})
    said.append(gettext("Others may ask to join.") if hub.requests else gettext("It takes no requests to join."))
    return said


def in_short(hub: models.Hub) -> str:
    """The policy in one sentence."""
    if hub.everyone:
        return gettext("Everybody with an account here may use it.")
    if hub.domains:
        return gettext("The people on its list may use it, and everybody at %(domains)s.") % {
            "domains": listed(hub.domains)
        }
    return gettext("The people on its list may use it.")


def listed(words: list[str]) -> str:
    """Words as a list with “and”."""
    return decision_words.listed(tuple(Person(id=word, name=word) for word in words))
