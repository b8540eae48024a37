"""Which names fit which kind of login: what a provider calls people, and what a list must say. Pure."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from commonhub.fleet import desired, names

_GITHUB: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9]|-(?=[A-Za-z0-9])){0,38}")  # GitHub's own rule for names
_MAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def problem(name: str, kind: desired.LoginKind, options: Mapping[str, Any]) -> str:
    """Why a name can't be somebody's with this login, as a sentence; "" where it can."""
    rule = _RULES.get(kind)
    return rule(name, options) if rule else ""


def _at_github(name: str, _options: Mapping[str, Any]) -> str:
    if "@" in name:
        return "people sign in with GitHub names, and this is an e-mail address."
    return "" if _GITHUB.fullmatch(name) else "this is no GitHub name."


def _at_google(name: str, options: Mapping[str, Any]) -> str:
    if options.get("strip_domain"):
        return "names have no domain here, and this one has." if "@" in name else ""
    return "" if _MAIL.fullmatch(name) else _NO_MAIL


def _at_portal(name: str, _options: Mapping[str, Any]) -> str:
    return "" if names.is_handle(name) else "this is no name of an account at the portal."


def _at_cilogon(name: str, options: Mapping[str, Any]) -> str:
    """Where every provider that is let in gives addresses, a name must be one; where one gives something else, any may be."""
    providers = options.get("identity_providers")
    known = providers.values() if isinstance(providers, Mapping) else ()
    plain = [each for each in known if isinstance(each, Mapping)]
    by_mail = bool(plain) and all(each.get("claim") == "email" and not each.get("names") for each in plain)
    return _NO_MAIL if by_mail and not _MAIL.fullmatch(name) else ""


_NO_MAIL: Final = "people sign in with e-mail addresses, and this is none."
_RULES: Final[Mapping[desired.LoginKind, Callable[[str, Mapping[str, Any]], str]]] = {
    desired.LoginKind.GITHUB: _at_github,
    desired.LoginKind.GOOGLE: _at_google,
    desired.LoginKind.CILOGON: _at_cilogon,
    desired.LoginKind.COMMONHUB: _at_portal,
}
