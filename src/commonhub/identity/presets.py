"""Issuers of logins that many communities use, as data. Any other OpenID Connect issuer needs no preset.

`uid` is the claim by which a person is known again. It must never change and never be given to somebody else, so it is
`sub` nearly everywhere (OpenID Connect Core 1.0, section 2). `eppn` and e-mail addresses are re-used by some
institutions after people leave: they are good for proposing a handle, and for nothing more.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True)
class Preset:
    """One issuer. `kind`: openid_connect, or github, which speaks OAuth 2 only and numbers its accounts."""

    name: str
    kind: str = "openid_connect"
    issuer: str = ""
    scopes: tuple[str, ...] = ("openid", "profile", "email")
    uid: str = "sub"
    uid_because: str = ""


PRESETS: Final = {
    "cilogon": Preset(
        name="CILogon",
        issuer="https://cilogon.org",
        scopes=("openid", "profile", "email", "org.cilogon.userinfo"),
        uid_because="CILogon makes one `sub` for each person at each institution and keeps it when eppn or e-mail change.",
    ),
    "orcid": Preset(
        name="ORCID",
        issuer="https://orcid.org",
        scopes=("openid",),
        uid_because="`sub` is the ORCID iD, which is for life. ORCID shows no e-mail address by OpenID Connect.",
    ),
    "github": Preset(
        name="GitHub",
        kind="github",
        scopes=("read:user", "user:email"),
        uid="id",
        uid_because="The number stays; a login name can be changed and then taken by somebody else.",
    ),
    "google": Preset(
        name="Google",
        issuer="https://accounts.google.com",
        uid_because="Google says of `sub` that it is unique among all accounts and never re-used.",
    ),
}
