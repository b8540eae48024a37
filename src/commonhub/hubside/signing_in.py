"""Signing in at a hub with the account that one has at the portal: OAuthenticator, and what the portal adds to it.

The hub speaks to the portal through its own gate, a unix socket that only this hub's user may open: no name is
looked up, no certificate is asked for, and a hub without a network still signs people in.
"""

from typing import Any

from oauthenticator.generic import GenericOAuthenticator
from tornado.httpclient import HTTPClientError
from tornado.simple_httpclient import SimpleAsyncHTTPClient
from traitlets import Set, Unicode, default

from commonhub.hubside import sockets

ANSWER_SECONDS = 15  # longer than the gate gives the portal, so that its words arrive


class PortalOAuthenticator(GenericOAuthenticator):
    """GenericOAuthenticator over the hub's gate; whether somebody may be here is asked again at every refresh."""

    gate = Unicode(help="Path of the unix socket on which the keeper listens for this hub.").tag(config=True)

    named_in_panel = Set(
        Unicode(),
        help="Groups whose members may be named in JupyterHub's own panel; the portal reads them from there.",
    ).tag(config=True)

    guests = Set(
        Unicode(),
        help="Users of the keeper's probes. They have no account at the portal, and nobody signs in as one of them.",
    ).tag(config=True)

    @default("http_client")
    def _default_http_client(self) -> SimpleAsyncHTTPClient:
        limits = {"connect_timeout": ANSWER_SECONDS, "request_timeout": ANSWER_SECONDS, "follow_redirects": False}
        return SimpleAsyncHTTPClient(force_instance=True, resolver=sockets.OneSocket(path=self.gate), defaults=limits)

    async def update_auth_model(self, auth_model: dict[str, Any]) -> dict[str, Any]:
        """Nobody is JupyterHub's own administrator: roles come from groups, and an old mark is taken away."""
        auth_model["admin"] = False
        return auth_model

    async def check_allowed(self, username: str, auth_model: dict[str, Any] | None) -> bool:  # type: ignore[override]
        """A guest's name is nobody's at the portal."""
        return username not in self.guests and bool(await super().check_allowed(username, auth_model))  # type: ignore[no-untyped-call]

    async def refresh_user(self, user: Any, handler: Any = None, **more: Any) -> Any:
        """Ask the portal again. False where the person may no longer be here, or is another one.

        OAuthenticator does not look at `allowed_groups` again, so it is done here. While the portal is away
        (it restarts, or is overloaded) people stay: the keeper ends a person's access without the portal's pages.
        """
        if user.name in self.guests:
            return True
        try:
            found = await super().refresh_user(user, handler, **more)  # type: ignore[no-untyped-call]
        except (HTTPClientError, OSError) as error:
            self.log.warning("The portal does not answer (%s): %s stays signed in until it does.", error, user.name)
            return True
        if not isinstance(found, dict):
            return found
        allowed = await self.check_allowed(user.name, found)
        if found["name"] != user.name or not allowed:
            self.log.info("The portal no longer lets %s in.", user.name)
            return False
        found["groups"] = sorted({*found["groups"], *await self._named_since(user)})
        return found

    async def _named_since(self, user: Any) -> set[str]:
        """The groups into which the panel put the person after the portal spoke of them last.

        The portal has not read them yet. It does within seconds, and takes the person out again where it disagrees.
        """
        before = (await user.get_auth_state() or {}).get(self.user_auth_state_key, {}).get("groups", [])
        now: set[str] = {group.name for group in user.groups}
        return (now & set(self.named_in_panel)) - set(before)
