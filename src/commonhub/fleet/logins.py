"""How people sign in to a hub, and who may."""

from enum import StrEnum
from typing import Any

from commonhub.fleet import desired, fields, parts


class NameRule(StrEnum):
    """What becomes of the claim that names a person."""

    PREFIX = "prefix"  # a prefix and a colon stand before it, so that two providers cannot name one person
    STRIP_DOMAIN = "strip_idp_domain"  # the provider's own domain behind the @ is left out


class IdentityProvider(fields.Model):
    """One university or other provider behind CILogon."""

    claim: fields.Word | None = None
    """Which claim about a person becomes their name on the hub, such as email or eppn."""
    names: NameRule | None = None
    """What becomes of that claim."""
    prefix: fields.Word | None = None
    """What stands before names, where `names` is prefix."""
    strip: fields.Word | None = None
    """Which domain is left out, where `names` is strip_idp_domain."""
    domains: parts.Names | None = None
    """People with addresses in these e-mail domains may."""
    domain_claim: fields.Word | None = None
    """The claim in which the domain is looked for."""
    everyone: bool | None = None
    """Whoever can sign in there may."""
    first: bool | None = None
    """Whether it is the one that the login page shows first."""


class Groups(fields.Model):
    """Groups of people that the provider knows."""

    managed: bool | None = None
    """Whether people's groups on the hub are those that the provider tells."""
    key: fields.Word | None = None
    """Where groups stand in what the provider tells (auth_state)."""
    claim: fields.Word | None = None
    """The claim that lists a person's groups."""
    allowed: parts.Names | None = None
    """People in these groups may use the hub."""
    admins: parts.Names | None = None
    """People in these groups administer it."""
    teams: bool | None = None
    """GitHub: whether teams are looked up too."""


class Addresses(fields.Model):
    """The addresses of a provider."""

    authorize: fields.Word | None = None
    """Where people sign in."""
    token: fields.Word | None = None
    """Where the hub gets its token."""
    about: fields.Word | None = None
    """Where the hub asks about a person (userinfo)."""
    logout: fields.Word | None = None
    """Where people are sent who leave."""
    callback: fields.Word | None = None
    """Where the provider sends people back to."""


class Login(fields.Model):
    """How people sign in, and who may."""

    kind: desired.LoginKind
    """How people sign in."""
    organizations: parts.Names | None = None
    """GitHub: members of these organisations (`org`) or teams (`org:team`) may."""
    domains: parts.Names | None = None
    """Google: people with addresses in these e-mail domains may."""
    identity_providers: dict[fields.Word, IdentityProvider] | None = None
    """CILogon: each identity provider, by its entity id."""
    shown_providers: parts.Names | None = None
    """CILogon: only these providers stand on its page; others may be allowed all the same."""
    people: parts.Names | None = None
    """These people may, by the name they sign in with."""
    blocked: parts.Names | None = None
    """These people may not."""
    everyone: bool | None = None
    """Whoever can sign in may use the hub."""
    known_people: bool | None = None
    """Whoever has used the hub before may go on."""
    username_claim: fields.Word | None = None
    """Which claim about a person becomes their name on the hub."""
    strip_domain: bool | None = None
    """Google: leave out what follows the @ in names."""
    name_pattern: fields.Word | None = None
    """Only names of this form may (a regular expression)."""
    scope: parts.Names | None = None
    """What the hub asks the provider to tell it."""
    required_scopes: parts.Names | None = None
    """Only people to whom the provider grants these scopes may."""
    service: fields.Word | None = None
    """The word on the button of the login page."""
    addresses: Addresses | None = None
    """OIDC: the addresses of the provider."""
    client: fields.Word | None = None
    """OIDC: the name by which the provider knows the hub. Its secret stands elsewhere."""
    from_token: bool | None = None
    """OIDC: what is known about a person is read from the signed token instead of being asked for."""
    asks: dict[str, Any] | None = None
    """OIDC: what else is said to the provider when people are sent there."""
    about_asks: dict[str, Any] | None = None
    """OIDC: what else is said when the hub asks about a person."""
    groups: Groups | None = None
    """The groups that the provider knows."""
    keep_tokens: bool | None = None
    """Whether the hub keeps what the provider tells, encrypted (auth_state)."""
    refresh: int | None = None
    """After how many seconds the hub asks the provider again; 0 for never."""
    refresh_before_start: bool | None = None
    """Whether the provider is asked again before a server starts."""
    straight: bool | None = None
    """Whether people are sent to sign in without a page before it."""
