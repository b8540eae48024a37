"""The lines of a hub's configuration that say how people sign in. Pure."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from commonhub.engines import probing, sign_on
from commonhub.engines.local import portal_relay
from commonhub.fleet import desired
from commonhub.ground import errors

REFRESH_AGE = 60
"""Seconds after which a hub asks the portal again about somebody who is there."""


def lines(hub: desired.DesiredHub, *, gate: Path, portal_url: str) -> Sequence[str]:
    """How people sign in to this hub; an error where it is at a portal and there is none (`portal_url` is "")."""
    if hub.login is not desired.LoginKind.COMMONHUB:
        return _shared_password(hub)
    if not portal_url:
        raise errors.CommonhubError(
            f"People sign in to {hub.id} at the portal, and there is none here.",
            "Run it with a portal, or give the hub another `login`.",
        )
    return _portal(hub, gate=gate, portal_url=portal_url)


def page_words(hub: desired.DesiredHub, *, portal_url: str) -> Mapping[str, str]:
    """What the hub's own pages are told of signing in, as JupyterHub's `template_vars`."""
    at_portal = hub.login is desired.LoginKind.COMMONHUB
    return {"commonhub_access": sign_on.access_page(hub.id, portal_url)} if at_portal else {}


def _shared_password(hub: desired.DesiredHub) -> Sequence[str]:
    return (
        'c.JupyterHub.authenticator_class = "shared-password"',
        'c.SharedPasswordAuthenticator.user_password = secrets["user_password"]',
        'c.SharedPasswordAuthenticator.admin_password = secrets["admin_password"]',
        "c.Authenticator.allow_all = True  # whoever has the password",
        f"c.Authenticator.admin_users = set({sorted(hub.admins)!r})",
    )


def _portal(hub: desired.DesiredHub, *, gate: Path, portal_url: str) -> Sequence[str]:
    access = sign_on.access_page(hub.id, portal_url)
    stranger = f"This hub does not know you yet. Its access page says who lets people in: {access}"
    return (
        "# People sign in at the portal; the hub speaks to it through its own gate, without a network.",
        'c.JupyterHub.authenticator_class = "commonhub.hubside.signing_in.PortalOAuthenticator"',
        f"c.PortalOAuthenticator.gate = {str(gate)!r}",
        f"c.PortalOAuthenticator.authorize_url = {portal_url + sign_on.AUTHORIZE!r}",
        f"c.PortalOAuthenticator.token_url = {f'http://gate{portal_relay.PREFIX}{sign_on.TOKEN}'!r}",
        f"c.PortalOAuthenticator.userdata_url = {f'http://gate{portal_relay.PREFIX}{sign_on.USERINFO}'!r}",
        f"c.PortalOAuthenticator.client_id = {sign_on.client_id_of(hub.id)!r}",
        'c.PortalOAuthenticator.client_secret = secrets["portal_secret"]',
        f"c.PortalOAuthenticator.scope = {list(sign_on.SCOPES)!r}",
        'c.PortalOAuthenticator.username_claim = "preferred_username"',
        "c.PortalOAuthenticator.enable_pkce = True",
        'c.PortalOAuthenticator.login_service = "Commonhub"',
        f"c.PortalOAuthenticator.logout_redirect_url = {portal_url + sign_on.LOGOUT!r}",
        f"c.PortalOAuthenticator.custom_403_message = {stranger!r}",
        'c.PortalOAuthenticator.auth_state_groups_key = "oauth_user.groups"',
        "c.PortalOAuthenticator.manage_groups = True  # the portal says who is in which group",
        f"c.PortalOAuthenticator.named_in_panel = {{{sign_on.HUB_ADMINISTRATORS!r}}}",
        f"c.PortalOAuthenticator.guests = {{{', '.join(map(repr, probing.GUESTS))}}}",
        f"c.PortalOAuthenticator.allowed_groups = {{{sign_on.PEOPLE!r}}}",
        "c.PortalOAuthenticator.auto_login = True",
        "c.PortalOAuthenticator.enable_auth_state = True",
        'c.CryptKeeper.keys = [bytes.fromhex(secrets["crypt_key"])]',
        "c.CryptKeeper.n_threads = 1",
        "c.PortalOAuthenticator.refresh_pre_spawn = True",
        f"c.PortalOAuthenticator.auth_refresh_age = {REFRESH_AGE}",
        "c.PortalOAuthenticator.auth_refresh_strict = True  # API tokens end with the access too",
        f"c.KeeperSpawner.administrators = {sign_on.HUB_ADMINISTRATORS!r}",
    )
