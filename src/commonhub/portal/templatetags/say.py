"""The words of `portal.words` for templates, and the two pieces of HTML that every page needs."""

import functools
from datetime import UTC, datetime

from django import template
from django.template import Context
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext

from commonhub.communities import models as people_models
from commonhub.communities import roster
from commonhub.hubs import models
from commonhub.portal import change_words, decision_words, kept, responsibility_words, words
from commonhub.portal import help as help_page

register = template.Library()

register.filter("size", words.size)
register.filter("grouped", words.grouped)
register.filter("part_state", words.part_state)
register.filter("people", decision_words.listed)
register.filter("said", responsibility_words.said)


@register.simple_tag
def when(then: datetime | None, now: datetime) -> str | SafeString:
    """How long ago, with the exact time on hover and for screen readers; a dash where there is none."""
    if then is None:
        return "\N{EN DASH}"
    exact = words.exact(then)
    return format_html(
        '<time datetime="{}" title="{}">{}<span class="unseen">, {}</span></time>',
        f"{then.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        exact,
        words.ago(then, now),
        exact,
    )


@register.simple_tag(takes_context=True)
def sent(context: Context, path: str, name: str, otherwise: str = "") -> str:
    """What a form had sent to an address in vain, for its field to say again."""
    return kept.sent(context["request"], path).get(name, otherwise)


@register.simple_tag(takes_context=True)
def opened(context: Context, path: str) -> str:
    """The attribute that unfolds what holds a form that has something to say again."""
    return " open" if kept.sent(context["request"], path) else ""


@register.simple_tag
def until(then: datetime) -> SafeString:
    """A time ahead, exactly: a promise is kept to the minute."""
    return format_html('<time datetime="{}">{}</time>', f"{then.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}", words.exact(then))


@register.simple_tag
def state(code: str) -> SafeString:
    """A hub's state: a window as in the picture, and the word."""
    return _state(code, get_language())


@functools.lru_cache(maxsize=256)
def _state(code: str, _language: str | None) -> SafeString:
    return format_html('<span class="state {}">{}</span>', code, words.state(code))


ROW = (
    '<tr><th scope="row"><a href="{}">{}</a>{}</th><td>{}</td><td class="c-people">{}</td>'
    '<td class="c-memory">{}</td><td class="c-active">{}</td></tr>'
)


@register.simple_tag
def hub_row(hub: models.HubRecord, now: datetime, *, under: str) -> SafeString:
    """One line of the table of hubs. `under`: the heading that it stands below, else it names its community itself.

    One call, because fifty lines of fifteen template tags each were two thirds of the page's time.
    """
    return format_html(
        ROW,
        _address(hub.community, hub.name),
        hub.title,
        "" if under else format_html(" <small>{}</small>", hub.community_title),
        state(hub.state),
        words.grouped(hub.people),
        words.size(hub.memory) if hub.memory else "\N{EN DASH}",
        when(hub.last_activity, now),
    )


ROSTER_ROW = (
    '<tr><th scope="row">{} <small>{}</small></th><td class="c-mail">{}</td><td>{}</td><td class="c-act">{}</td></tr>'
)
AGAIN = '<button class="plain" name="handle" value="{}">{}<span class="unseen"> {}</span></button>'
FILES = '<a href="{}">{}<span class="unseen"> {}</span></a>'
LINK = '<button class="plain" formaction="{}">{}<span class="unseen"> {}</span></button>'

_ANY = "any-handle"  # stands for a handle in an address: they need no quoting (fleet.names.HANDLE_PATTERN)


@register.simple_tag(takes_context=True)
def roster_row(context: Context, row: people_models.Membership, way: str) -> SafeString:
    """One person on a hub's list. One call, for the reason of `hub_row`."""
    person, may, now = row.person, context["may"], context["now"]
    name, below = person.get_full_name(), [person.handle]
    if not person.claimed:
        below.append(gettext("has not taken the account yet"))
    small = format_html_join(" · ", "{}", ((each,) for each in below))
    if person.handle in context["running"]:
        small = format_html('{} · <span class="state awake">{}</span>', small, gettext("working now"))
    shown = name
    if "person:see" in may:
        shown = format_html('<a href="{}">{}</a>', _of_person("person", person.handle), name)
    since = format_html("{} <small>{}</small>", when(row.removed or row.since, now), row.removed_because or way)
    return format_html(ROSTER_ROW, shown, small, roster.address_on(row), since, _roster_acts(context, row, name))


def _roster_acts(context: Context, row: people_models.Membership, name: str) -> SafeString:
    """What can be done with one person on a list."""
    hub, handle, may = context["hub"], row.person.handle, context["may"]
    acts = []
    if row.removed and "person:add" in may:
        acts.append(format_html(AGAIN, handle, gettext("Let in again"), name))
    elif not row.person.claimed and "person:add" in may:
        address = _of_person("person-link", handle, hub.community_id, hub.name)
        acts.append(format_html(LINK, address, gettext("New link"), name))
    if row.removed is None and "person:remove" in may:
        address = _of_person("remove-person", handle, hub.community_id, hub.name)
        acts.append(
            format_html('<a href="{}">{}<span class="unseen"> {}</span></a>', address, gettext("Remove…"), name)
        )
    if row.removed and "homes:remove" in may and hub.login == "commonhub" and handle not in context["homes_going"]:
        address = _of_person("remove-home", handle, hub.community_id, hub.name)
        acts.append(format_html(FILES, address, gettext("Remove files…"), name))
    return format_html_join(" ", "{}", ((act,) for act in acts))


def _of_person(page: str, handle: str, *where: str) -> str:
    """The address of one person's page; finding each anew by its name was a twentieth of the list's time."""
    before, after = _around_person(page, *where)
    return f"{before}{handle}{after}"


@functools.lru_cache(maxsize=4096)
def _around_person(page: str, *where: str) -> tuple[str, str]:
    before, _, after = reverse(page, args=(*where, _ANY)).rpartition(_ANY)
    return before, after


@functools.lru_cache(maxsize=4096)
def _address(community: str, name: str) -> str:
    return reverse("hub", args=(community, name))


register.simple_tag(change_words.severity, name="severity")
register.simple_tag(change_words.state, name="change_state")


@register.simple_tag
def help_url(page: str) -> str:
    """The address that explains a page."""
    return help_page.url(page)
