"""The first files of a new fleet, from a few answers. Pure: it asks nobody and writes nothing."""

from dataclasses import dataclass

import pydantic

from commonhub.fleet import models, names, writing
from commonhub.ground import errors


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What a person says about a fleet that is to be; every answer but the first has a default that works."""

    organisation: str  # who runs the fleet
    community: str = "First community"  # a title; the name is made of it
    kind: models.CommunityKind = models.CommunityKind.EDUCATION
    hub: str = "First hub"  # a title; the hub itself is called main
    engineer: str = "engineer"  # the account of whoever runs the fleet
    admin: str = "lead"  # the account of the first community representative, who administers the hub too
    url: str = "http://localhost:8000"
    time_zone: str | None = None


def files(answers: Answers) -> dict[str, str]:
    """The files of the new fleet by path, without the schemas (`writing.write_schemas` writes those).

    Raises CommonhubError when an answer is empty, or the address is none, or an account cannot be called so.
    """
    for what, answer in (
        ("organisation", answers.organisation),
        ("community", answers.community),
        ("hub", answers.hub),
    ):
        if not answer.strip():
            raise errors.CommonhubError(f"The {what} has no name.", "Give it a title.")
    for handle in (answers.engineer, answers.admin):
        if not names.is_handle(handle) or handle in names.KEPT_HANDLES:
            raise errors.CommonhubError(f"{handle!r} cannot be the name of an account.", names.HANDLE_RULE)
    community = community_name(answers)
    try:
        host = models.FleetFile(name="x", url=answers.url)
    except pydantic.ValidationError as error:
        raise errors.CommonhubError(
            f"{answers.url!r} is no public address.",
            "Write it like http://localhost:8000 or https://hubs.example.org, with nothing after the port.",
        ) from error
    paths = {"routing": models.Routing.PATHS.value} if names.is_bare_address(host.host) else {}
    place = {"time_zone": answers.time_zone} if answers.time_zone else {}
    return {
        "fleet.yaml": writing.fleet_text(
            {
                "name": answers.organisation,
                "url": answers.url,
                **paths,
                "roles": {"site-reliability-engineer": [{"login": answers.engineer}]},
                "defaults": {
                    "server": {"memory": {"guarantee": "256M", "limit": "1G"}, "cpu": {"limit": 2}},
                    "storage": {"home_quota": "2G"},
                    "sleep_after": "10m",
                    "cull": {"idle": "1h"},
                },
            },
            comment=_FLEET,
        ),
        writing.community_path(community): writing.community_text(
            {
                "title": answers.community,
                "kind": answers.kind.value,
                **place,
                "roles": {"community-representative": [{"login": answers.admin}]},
            },
            comment=_COMMUNITY,
        ),
        writing.hub_path(community, "main"): writing.hub_text(
            {"title": answers.hub, "login": {"kind": "commonhub"}}, comment=_HUB
        ),
        ".gitignore": "# Data and secrets never belong into the fleet's history.\n.env\n*.sqlite3\n",
    }


def community_name(answers: Answers) -> str:
    """The name of the community: its title in small letters and hyphens."""
    return names.nearest_name(answers.community)


_FLEET = """
All that is run. `defaults` hold for every hub that does not say otherwise."""
_COMMUNITY = """
A group that is served. Its hubs stand in hubs/, one file each.
Whoever speaks for it (a community-representative, by the name of their account) administers its hubs too."""
_HUB = """
One JupyterHub. What is not said here is taken from `defaults` in fleet.yaml."""
