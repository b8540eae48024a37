"""A hub's settings as sentences for people who do not read YAML."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import formats
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy, ngettext

from commonhub.fleet import desired
from commonhub.portal import words

LOGINS: dict[str, str | Promise] = {
    desired.LoginKind.COMMONHUB: gettext_lazy("With the account that they have here."),
    desired.LoginKind.SHARED_PASSWORD: gettext_lazy(
        "With a password that the community shares. Each person chooses a name."
    ),
    desired.LoginKind.CILOGON: gettext_lazy("With the account of their university or institute, through CILogon."),
    desired.LoginKind.GITHUB: gettext_lazy("With their GitHub account."),
    desired.LoginKind.GOOGLE: gettext_lazy("With their Google account."),
    desired.LoginKind.OIDC: gettext_lazy("With an account of the community's own identity provider."),
    desired.LoginKind.TEMPORARY: gettext_lazy("Without an account. Their work is removed when they leave."),
    desired.LoginKind.NONE: gettext_lazy("Not at all: login is switched off."),
}
REACHES: dict[str, str | Promise] = {
    desired.Egress.NONE: gettext_lazy("Nothing beyond their own hub."),
    desired.Egress.PACKAGES: gettext_lazy("Package sources, and nothing else."),
    desired.Egress.INTERNET: gettext_lazy(
        "The public internet. Never this machine, its neighbours or other people's servers."
    ),
}


@dataclass(frozen=True, kw_only=True)
class Line:
    """One setting: what it is about, and what it says."""

    label: str
    sentence: str


def lines(settings: Mapping[str, Any]) -> list[Line]:
    """The settings of a wanted hub (a `DesiredHub` as a mapping). What is not there is not mentioned."""
    pairs = (
        (gettext("How people sign in"), _known(LOGINS, settings.get("login"))),
        (gettext("Administrators"), _names(settings.get("admins"))),
        (gettext("Memory for each server"), _memory(settings)),
        (gettext("Processors for each server"), _processors(settings)),
        (gettext("Room for each home"), _home(settings)),
        (gettext("What servers can reach"), _reach(settings)),
        (gettext("The hub falls asleep"), _sleeps(settings)),
        (gettext("Servers are stopped"), _stops(settings)),
        (gettext("Opens with"), str(settings.get("interface") or "")),
        (gettext("Image"), str(settings.get("image") or "")),
        (gettext("Settings outside the schema"), _names(list(settings.get("extra") or ()))),
    )
    return [Line(label=label, sentence=sentence) for label, sentence in pairs if sentence]


def _known(sentences: Mapping[str, str | Promise], code: Any) -> str:
    return str(sentences.get(code, code)) if code else ""


def _names(names: Any) -> str:
    return ", ".join(str(name) for name in names) if names else ""


def _memory(settings: Mapping[str, Any]) -> str:
    most, sure = settings.get("memory_limit"), settings.get("memory_guarantee")
    if most and sure:
        return gettext("Up to %(most)s, of which %(sure)s are set aside.") % {
            "most": words.limit(most),
            "sure": words.limit(sure),
        }
    if most:
        return gettext("Up to %(most)s.") % {"most": words.limit(most)}
    if sure:
        return gettext("%(sure)s are set aside; there is no limit.") % {"sure": words.limit(sure)}
    return gettext("No limit.") if "memory_limit" in settings else ""


def _processors(settings: Mapping[str, Any]) -> str:
    most = settings.get("cpu_limit")
    if most:
        return ngettext("Up to %(cores)s core.", "Up to %(cores)s cores.", 1 if most == 1 else 2) % {
            "cores": formats.number_format(round(most, 2), None if most != int(most) else 0)
        }
    return gettext("No limit.") if "cpu_limit" in settings else ""


def _home(settings: Mapping[str, Any]) -> str:
    most = settings.get("home_quota")
    return gettext("Up to %(most)s.") % {"most": words.limit(most)} if most else ""


def _reach(settings: Mapping[str, Any]) -> str:
    sentence = _known(REACHES, settings.get("egress"))
    sources = _names(settings.get("package_sources"))
    if sources and settings.get("egress") == desired.Egress.PACKAGES:
        return f"{sentence} ({sources})"
    return sentence


def _sleeps(settings: Mapping[str, Any]) -> str:
    if "sleep_after" not in settings:
        return ""
    seconds = settings["sleep_after"]
    return (
        gettext("After %(time)s without a visitor.") % {"time": words.span(seconds)} if seconds else gettext("Never.")
    )


def _stops(settings: Mapping[str, Any]) -> str:
    idle, most = settings.get("cull_idle"), settings.get("cull_max_age")
    if idle and most:
        return gettext("After %(idle)s without work, and after %(age)s in any case.") % {
            "idle": words.span(idle),
            "age": words.span(most),
        }
    if idle:
        return gettext("After %(idle)s without work.") % {"idle": words.span(idle)}
    if most:
        return gettext("After %(age)s in any case.") % {"age": words.span(most)}
    return gettext("Never.") if "cull_idle" in settings else ""
