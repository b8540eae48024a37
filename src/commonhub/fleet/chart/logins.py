"""How people sign in, as settings of JupyterHub's authenticators."""

from collections.abc import Mapping
from typing import Any, Final

from commonhub.fleet.chart import rules, turns, values

CONFIG: Final = "jupyterhub.hub.config"
KINDS: Final = {
    "cilogon": ("cilogon", "CILogonOAuthenticator"),
    "github": ("github", "GitHubOAuthenticator"),
    "google": ("google", "GoogleOAuthenticator"),
    "generic-oauth": ("oidc", "GenericOAuthenticator"),
    "tmp": ("temporary", "TmpAuthenticator"),
    "null": ("none", "NullAuthenticator"),
    "shared-password": ("shared-password", "SharedPasswordAuthenticator"),
}
"""JupyterHub's short names of authenticators: our kind of login, and the name of the class."""

GENERAL: Final = {
    "allow_all": ("everyone", turns.flag),
    "allowed_users": ("people", turns.words),
    "blocked_users": ("blocked", turns.words),
    "allow_existing_users": ("known_people", turns.flag),
    "enable_auth_state": ("keep_tokens", turns.flag),
    "manage_groups": ("groups.managed", turns.flag),
    "auth_refresh_age": ("refresh", turns.number),
    "refresh_pre_spawn": ("refresh_before_start", turns.flag),
    "auto_login": ("straight", turns.flag),
    "username_pattern": ("name_pattern", turns.word),
    "admin_users": ("", turns.words),
}
"""Settings of every authenticator: those of `Authenticator` hold for each class below it that says nothing else."""

OWN: Final = {
    "allowed_organizations": ("organizations", turns.words),
    "allowed_hosted_domains": ("domains", turns.words),
    "shown_idps": ("shown_providers", turns.words),
    "username_claim": ("username_claim", turns.word),
    "strip_domain": ("strip_domain", turns.flag),
    "scope": ("scope", turns.words),
    "allowed_scopes": ("required_scopes", turns.words),
    "login_service": ("service", turns.word),
    "client_id": ("client", turns.word),
    "authorize_url": ("addresses.authorize", turns.word),
    "token_url": ("addresses.token", turns.word),
    "userdata_url": ("addresses.about", turns.word),
    "logout_redirect_url": ("addresses.logout", turns.word),
    "oauth_callback_url": ("addresses.callback", turns.word),
    "userdata_from_id_token": ("from_token", turns.flag),
    "extra_authorize_params": ("asks", turns.anything),
    "userdata_params": ("about_asks", turns.anything),
    "claim_groups_key": ("groups.claim", turns.word),
    "auth_state_groups_key": ("groups.key", turns.word),
    "allowed_groups": ("groups.allowed", turns.words),
    "admin_groups": ("groups.admins", turns.words),
    "populate_teams_in_auth_state": ("groups.teams", turns.flag),
}
_PROVIDER: Final = (
    rules.same("username_derivation.username_claim", "claim"),
    rules.same(
        "username_derivation.action", "names", turns.table({"prefix": "prefix", "strip_idp_domain": "strip_idp_domain"})
    ),
    rules.same("username_derivation.prefix", "prefix"),
    rules.same("username_derivation.domain", "strip"),
    rules.same("allowed_domains", "domains", turns.words),
    rules.same("allowed_domains_claim", "domain_claim"),
    rules.same("allow_all", "everyone", turns.flag),
    rules.same("default", "first", turns.flag),
)
PARENTS: Final = ("OAuthenticator", "Authenticator")
"""The classes above each authenticator, nearest first; the two that are no OAuthenticator have only the last."""

NO_OAUTH: Final = frozenset({"tmp", "null", "shared-password"})


def home_of(setting: str, section: str) -> str:
    """The class at which we say a setting: where it is mostly said."""
    at_top = setting in GENERAL and not (setting == "allow_all" and section == "GoogleOAuthenticator")
    return "Authenticator" if at_top else section


def of(kind: str) -> tuple[rules.Rule, ...]:
    """The rules for one kind of login, by JupyterHub's short name of it."""
    ours, section = KINDS[kind]
    found: list[rules.Rule] = [
        rules.same(f"{CONFIG}.JupyterHub.authenticator_class", "login.kind", turns.only(kind, ours))
    ]
    for setting, (word, turn) in (GENERAL | OWN).items():
        if word:
            found.append(rules.same(f"{CONFIG}.{home_of(setting, section)}.{setting}", f"login.{word}", turn))
    return (*found, *_providers(section, "login"))


def _providers(section: str, below: str) -> tuple[rules.Rule, ...]:
    idps = rules.record(_PROVIDER)
    return (rules.each(f"{CONFIG}.{section}.allowed_idps", f"{below}.identity_providers", idps),)


class Others:
    """What is said about kinds of login that are not in use: a list of logins here."""

    def __init__(self, kind: str | None) -> None:
        used = KINDS[kind][1] if kind else ""
        self._others = {name: pair for name, pair in KINDS.items() if pair[1] != used}

    def take(self, chart: values.Values, hub: values.Values) -> None:
        """As rules do."""
        found: list[values.Values] = []
        for ours, section in self._others.values():
            said: values.Values = {}
            for rule in _other(section):
                rule.take(chart, said)
            if said:
                found.append({"kind": ours} | said)
        if found:
            hub["other_logins"] = found

    def give(self, hub: Mapping[str, Any], chart: values.Values) -> None:
        """As rules do."""
        for login in hub.get("other_logins", ()):
            for ours, section in self._others.values():
                if login["kind"] == ours:
                    for rule in _other(section):
                        rule.give(login, chart)


def _other(section: str) -> tuple[rules.Rule, ...]:
    own = [
        rules.same(f"{CONFIG}.{section}.{setting}", word, turn)
        for setting, (word, turn) in (GENERAL | OWN).items()
        if word
    ]
    idps = rules.each(f"{CONFIG}.{section}.allowed_idps", "identity_providers", rules.record(_PROVIDER))
    return (*own, idps)
