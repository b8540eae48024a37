"""The file that says at which other issuers people may sign in, with the secrets that these gave to this portal.

`upstream.yaml` lies beside the database, not in the fleet's folder: secrets do not belong in git.
Nothing but the portal's own user may read it.
"""

import functools
import stat
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit

import pydantic
import yaml

from commonhub.ground import errors, files
from commonhub.identity import presets

NAME: Final = "upstream.yaml"
LOOPBACK: Final = {"localhost", "127.0.0.1", "::1"}
Id = Annotated[str, pydantic.Field(pattern=r"^[a-z][a-z0-9-]{0,30}$")]


class Upstream(pydantic.BaseModel):
    """One issuer. `vouches_for`: the domains whose e-mail addresses it may show to be a person's; none by default.

    An issuer that vouches for a domain can open each account that is expected under an address there.
    """

    model_config = pydantic.ConfigDict(frozen=True, extra="forbid", strict=True)

    id: Id
    preset: str = ""
    name: str = ""
    issuer: str = ""
    client_id: Annotated[str, pydantic.Field(min_length=1)]
    secret: pydantic.SecretStr
    scopes: list[str] = []
    uid: str = ""
    vouches_for: list[str] = []

    @property
    def kind(self) -> str:
        """How it speaks: openid_connect or github."""
        return presets.PRESETS[self.preset].kind if self.preset else "openid_connect"

    def vouches(self, email: str) -> bool:
        """Whether its word on this address counts."""
        return email.rpartition("@")[2].lower() in {domain.lower() for domain in self.vouches_for}


class _File(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(frozen=True, extra="forbid", strict=True)

    providers: list[Upstream] = []


def read(path: Path) -> tuple[Upstream, ...]:
    """All issuers of the file, each with what its preset says; none where there is no file.

    Raises CommonhubError where others may read it, or something in it is not right; secrets are in no message.
    """
    try:
        found = path.lstat()
    except FileNotFoundError:
        return ()
    if stat.S_IMODE(found.st_mode) & 0o077:
        raise errors.CommonhubError(
            f"{NAME} holds secrets, and others on this machine may read it.", f"Close it: chmod 600 {NAME}"
        )
    return _parsed(files.read(path))


@functools.lru_cache(maxsize=2)
def _parsed(text: str) -> tuple[Upstream, ...]:
    try:
        given = _File.model_validate(yaml.safe_load(text) or {})
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" in line {mark.line + 1}" if mark else ""
        raise errors.CommonhubError(f"{NAME} is not YAML{line}.", "Compare it with the documentation.") from None
    except pydantic.ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise errors.CommonhubError(f"{NAME}: {where}: {first['msg']}.", "Mend it and load the page again.") from None
    whole = tuple(_whole(each) for each in given.providers)
    ids = [each.id for each in whole]
    if len(set(ids)) < len(ids):
        raise errors.CommonhubError(
            f"{NAME} names an id twice.", "Give each issuer its own; people's logins hang on it."
        )
    return whole


def _whole(given: Upstream) -> Upstream:
    if given.preset and given.preset not in presets.PRESETS:
        raise errors.CommonhubError(
            f"{NAME}: there is no preset {given.preset[:40]!r}.", f"Known ones: {', '.join(presets.PRESETS)}."
        )
    preset = presets.PRESETS.get(given.preset, presets.Preset(name=given.id))
    if (given.id == "github") != (preset.kind == "github"):
        raise errors.CommonhubError(f"{NAME}: the id github and the preset github go together.", "Use both or neither.")
    issuer = (given.issuer or preset.issuer).rstrip("/")
    url = urlsplit(issuer)
    safe = url.scheme == "https" or (url.scheme == "http" and url.hostname in LOOPBACK)
    if preset.kind == "openid_connect" and not (safe and url.hostname):
        raise errors.CommonhubError(
            f"{NAME}: the issuer of {given.id} is not an https address.", "Write it as the issuer publishes it."
        )
    return given.model_copy(
        update={
            "name": given.name or preset.name,
            "issuer": issuer,
            "scopes": given.scopes or list(preset.scopes),
            "uid": given.uid or preset.uid,
        }
    )
