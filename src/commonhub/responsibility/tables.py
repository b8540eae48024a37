"""The model as tables for the reference, and as plain values for programs."""

from collections.abc import Iterable, Sequence
from typing import Any

from commonhub.responsibility import wording
from commonhub.responsibility.model import Area, Model, Responsibility
from commonhub.responsibility.permissions import Permission


def as_values(of: Model) -> dict[str, Any]:
    """All of the model, as what JSON can hold. Lists of permissions are in the order of the alphabet."""
    return {
        "title": of.title,
        "founding_role": of.founding_role,
        "carriers_may": sorted(of.carriers_may),
        "carriers_see_around": sorted(of.carriers_see_around),
        "carriers_see_everywhere": sorted(of.carriers_see_everywhere),
        "exceptional": sorted(of.exceptional),
        "numbers": {
            "practised_within_days": of.numbers.practised_within_days,
            "most_per_person": of.numbers.most_per_person,
            "community_hours": list(of.numbers.community_hours),
            "waking_hours": list(of.numbers.waking_hours),
        },
        "teams": [
            {
                "id": team.id,
                "title": team.title,
                "meaning": team.meaning,
                "side": team.side,
                "works_with": list(team.works_with),
            }
            for team in of.teams
        ],
        "areas": [_area_values(of, area) for area in of.areas],
        "roles": [_role_values(of, role_id) for role_id in of.role_by_id],
        "evidence": [{"id": kind.id, "meaning": kind.meaning, "fresh_days": kind.fresh_days} for kind in of.evidence],
        "permissions": [
            {
                "id": str(permission),
                "meaning": permission.meaning,
                "responsibility": of.responsibility_of(permission).id,
                "roles": [role.id for role in of.roles if permission in of.permissions_of(role.id)],
            }
            for permission in Permission
        ],
    }


def _area_values(of: Model, area: Area) -> dict[str, Any]:
    return {
        "id": area.id,
        "title": area.title,
        "goal": area.goal,
        "team": area.team,
        "carried_by": area.carried_by,
        "breakdown": area.breakdown,
        "without_roles": area.without_roles,
        "responsibilities": [
            {
                "id": duty.id,
                "title": duty.title,
                "meaning": duty.meaning,
                "carried_by": of.share_of(duty),
                "awake": duty.awake,
                "roles": [role.id for role in of.carriers(duty)],
                "permissions": sorted(duty.permissions),
                "evidence": list(duty.evidence),
            }
            for duty in of.responsibilities_of(area)
        ],
    }


def _role_values(of: Model, role_id: str) -> dict[str, Any]:
    role = of.role_by_id[role_id]
    return {
        "id": role.id,
        "title": role.title,
        "meaning": role.meaning,
        "team": role.team,
        "filled_by": role.filled_by,
        "sides": list(role.sides),
        "widest": role.widest,
        "responsibilities": list(role.responsibilities),
        "withholds": sorted(role.withholds),
        "includes": list(role.includes),
        "appointed_with": sorted(role.appointed_with),
        "at_least": role.at_least,
        "at_most": role.at_most,
        "permissions": sorted(of.permissions_of(role.id)),
    }


def page(of: Model) -> str:
    """The reference of responsibilities, in Markdown: areas, roles, permissions, evidence."""
    return "\n\n".join(
        [
            *(part for area in of.areas for part in _area_part(of, area)),
            "## Roles",
            *(part for role_id in of.role_by_id for part in _role_part(of, role_id)),
            "## Permissions",
            _table(
                ("permission", "meaning", "responsibility", "roles"), (_permission_row(of, each) for each in Permission)
            ),
            "## Evidence",
            _table(
                ("kind", "what it is", "counts for"),
                ((f"`{e.id}`", e.meaning, f"{e.fresh_days} days") for e in of.evidence),
            ),
        ]
    )


def _area_part(of: Model, area: Area) -> list[str]:
    rows = (
        (each.title, each.meaning, _roles(of, each), ", ".join(f"`{e}`" for e in each.evidence))
        for each in of.responsibilities_of(area)
    )
    return [
        f"## {area.title}",
        f"**Key goal**: {area.goal}",
        f"**Breakdown**: {area.breakdown}",
        *([area.without_roles] if area.without_roles else []),
        _table(("responsibility", "meaning", "roles", "shown by"), rows),
    ]


def _roles(of: Model, duty: Responsibility) -> str:
    return ", ".join(role.title for role in of.carriers(duty)) or "none"


def _role_part(of: Model, role_id: str) -> list[str]:
    role = of.role_by_id[role_id]
    duties = wording.listed([f"'{of.responsibility_by_id[name].title}'" for name in role.responsibilities])
    parts = [f"### {role.title}", role.meaning, f"**{role.filled_by}**", f"Carries {duties}."]
    if role.includes:
        parts.append(f"Is also {wording.listed([of.role_by_id[name].title for name in role.includes])}.")
    if role.withholds:
        parts.append(f"Of these it does not give {wording.listed([f'`{each}`' for each in role.withholds])}.")
    return parts


def _permission_row(of: Model, permission: Permission) -> Sequence[str]:
    if permission in of.exceptional:
        roles = "none: only with leave, for a time and a reason"
    else:
        roles = ", ".join(role.title for role in of.roles if permission in of.permissions_of(role.id))
    if permission in of.carriers_may:
        roles = "whoever carries anything there"
    return (f"`{permission}`", permission.meaning, of.responsibility_of(permission).title, roles)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)
