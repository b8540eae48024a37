"""What a request to sign somebody in must be like, judged before anybody is asked for a password. Pure.

allauth judges too, and less strictly: PKCE is optional there for clients with a secret, and a redirect address
may have another port on loopback, further query values, a user and a fragment.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from commonhub.ground import errors

CHALLENGE: Final = re.compile(r"[A-Za-z0-9_-]{43}")  # SHA-256 in base64url without padding (RFC 7636, 4.2)
LONGEST: Final = 2_000  # characters of one value: more is no request of ours
SILENT: Final = "none"
_FORBIDDEN: Final = re.compile(r"[\x00-\x1f\x7f]")
_PASSED_ON: Final = frozenset({
    "client_id", "redirect_uri", "response_type", "scope", "state", "nonce", "code_challenge", "code_challenge_method",
    "id_token_hint",
})  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A request to sign somebody in: to whom, and where they are to be sent back."""

    client_id: str
    redirect_uri: str
    state: str
    response_type: str
    response_mode: str
    scopes: tuple[str, ...]
    prompt: frozenset[str]
    challenge: str
    method: str
    wrapped: str  # the name of a parameter that hides the request in a token, or ""

    @property
    def silent(self) -> bool:
        """Whether nobody may be asked anything."""
        return SILENT in self.prompt


@dataclass(frozen=True, kw_only=True)
class Fault:
    """An answer to the relying party (RFC 6749, 4.1.2.1): the code that it knows, and a sentence for its people."""

    error: str
    description: str


def read(values: Mapping[str, Sequence[str]]) -> Asked:
    """The request. Raises CommonhubError where it can't even be said where people should be sent back to."""
    for name, given in values.items():
        if len(given) > 1:
            raise _unclear(f"It says {name[:40]!r} more than once.")
        if any(_FORBIDDEN.search(value) or len(value) > LONGEST for value in given):
            raise _unclear(f"What it says under {name[:40]!r} can't be right.")
    single = {name: given[0] for name, given in values.items() if given}
    return Asked(
        client_id=single.get("client_id", ""),
        redirect_uri=single.get("redirect_uri", ""),
        state=single.get("state", ""),
        response_type=single.get("response_type", ""),
        response_mode=single.get("response_mode", "query"),
        scopes=tuple(single.get("scope", "").split()),
        prompt=frozenset(single.get("prompt", "").split()),
        challenge=single.get("code_challenge", ""),
        method=single.get("code_challenge_method", ""),
        wrapped=next((name for name in ("request", "request_uri") if name in single), ""),
    )


def check_place(asked: Asked, *, registered: Collection[str] | None) -> None:
    """Raises CommonhubError unless the client is known and the address is, letter by letter, one that it registered."""
    if registered is None:
        raise errors.CommonhubError(
            "The place that sent you here is not known to this portal.",
            "Open your hub from the list of your hubs, or tell the people who run that place.",
        )
    if asked.redirect_uri not in registered:
        raise errors.CommonhubError(
            "You would have been sent back to an address that is not known to this portal.",
            "Open your hub from the list of your hubs, and do not use the link that brought you here.",
        )


def fault(asked: Asked, *, allowed: Collection[str]) -> Fault | None:
    """What is wrong with a request from a known place that may ask for the scopes `allowed`; None where it is right."""
    turns = (
        (bool(asked.wrapped), f"{asked.wrapped}_not_supported", "Say it in plain parameters."),
        (asked.response_type != "code", "unsupported_response_type", "Only response_type=code is spoken here."),
        (asked.response_mode != "query", "invalid_request", "Only response_mode=query is spoken here."),
        ("openid" not in asked.scopes, "invalid_scope", "The scope openid is needed."),
        (not set(asked.scopes) <= set(allowed), "invalid_scope", "This scope is not open to this client."),
        (asked.method != "S256", "invalid_request", "PKCE is needed, with code_challenge_method=S256."),
        (not CHALLENGE.fullmatch(asked.challenge), "invalid_request", "The code_challenge is no SHA-256."),
        (asked.silent and len(asked.prompt) > 1, "invalid_request", "prompt=none goes with no other prompt."),
    )
    return next((Fault(error=error, description=words) for wrong, error, words in turns if wrong), None)


def passed_on(values: Mapping[str, Sequence[str]], asked: Asked) -> dict[str, str]:
    """What allauth is told of a request that is right: nothing of `claims`, on which it breaks, or of what it ignores.

    A silent request that has come this far needs no question, so `prompt` says at most that the person has to
    sign in again.
    """
    again = {"prompt": "login"} if "login" in asked.prompt else {}
    return {name: given[0] for name, given in values.items() if name in _PASSED_ON} | again


def _unclear(what: str) -> errors.CommonhubError:
    return errors.CommonhubError(
        f"The request to sign in was not understood. {what}", "Open your hub from the list of your hubs."
    )
