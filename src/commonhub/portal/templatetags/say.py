"""The words of `portal.words` for templates, and the two pieces of HTML that every page needs."""

import functools
from datetime import UTC, datetime

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from commonhub.hubs import models
from commonhub.portal import help as help_page
from commonhub.portal import words

register = template.Library()

register.filter("size", words.size)
register.filter("grouped", words.grouped)
register.filter("part_state", words.part_state)


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


@functools.lru_cache(maxsize=4096)
def _address(community: str, name: str) -> str:
    return reverse("hub", args=(community, name))


@register.simple_tag
def help_url(page: str) -> str:
    """The address that explains a page."""
    return help_page.url(page)
