"""Where hubs live on paths, none of the portal's own addresses can be a community's."""

from collections.abc import Iterator

from django.urls import URLResolver, get_resolver

from commonhub.fleet import names


def _addresses(resolver: URLResolver, before: str = "") -> Iterator[str]:
    for each in resolver.url_patterns:
        whole = before + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from _addresses(each, whole)
        else:
            yield whole


def test_every_first_word_of_an_address_is_kept_for_the_portal():
    firsts = {address.lstrip("^").partition("/")[0] for address in _addresses(get_resolver())}
    assert "rollouts" in firsts
    assert {each for each in firsts if names.is_name(each)} <= names.RESERVED_PATHS
