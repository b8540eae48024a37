"""The words of `portal.words` for templates, and the two pieces of HTML that every page needs."""

from datetime import UTC, datetime

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

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
    return format_html('<span class="state {}">{}</span>', code, words.state(code))


@register.simple_tag
def help_url(page: str) -> str:
    """The address that explains a page."""
    return help_page.url(page)
