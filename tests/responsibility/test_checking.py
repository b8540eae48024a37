"""Each fault that can be planted in a model is found, and a sound model has none."""

from dataclasses import replace

import pytest

from commonhub.responsibility import checking, reading
from commonhub.responsibility import model as models
from commonhub.responsibility.permissions import Permission

SOUND = reading.default()


def with_duty(name, **changes):
    duties = tuple(replace(each, **changes) if each.id == name else each for each in SOUND.responsibilities)
    return replace(SOUND, responsibilities=duties)


def with_role(name, **changes):
    return replace(SOUND, roles=tuple(replace(each, **changes) if each.id == name else each for each in SOUND.roles))


def with_area(name, **changes):
    return replace(SOUND, areas=tuple(replace(each, **changes) if each.id == name else each for each in SOUND.areas))


def more_duties(*duties):
    return replace(SOUND, responsibilities=(*SOUND.responsibilities, *duties))


def duty(name, **changes):
    return replace(SOUND.responsibilities[0], id=name, title=name, permissions=(), **changes)


ENGINEER, GUIDE = "site-reliability-engineer", "community-guide"
ADMINISTRATOR, REPRESENTATIVE = "hub-administrator", "community-representative"
OVERSEE = SOUND.responsibility_by_id["oversee-access"]
PLANTED = {
    "a permission of two responsibilities": (
        with_duty("cultivate-community", permissions=(Permission.HUB_WAKE,)),
        "hub:wake belongs to 'Respond to incidents' and 'Manage and cultivate a community around the hub'.",
    ),
    "a permission of none": (
        with_duty("support-leaders", permissions=(Permission.COMMUNITY_SEE,)),
        "agreement:offer belongs to no responsibility.",
    ),
    "a responsibility without area": (
        with_duty("run-workshops", area="gardening"),
        "responsibilities > run-workshops > area: there is no area 'gardening'.",
    ),
    "six in an area": (
        more_duties(duty("Tend the racks")),
        "'Site Reliability Engineering' has 6 responsibilities; 5 are the most.",
    ),
    "an area without responsibilities": (
        replace(SOUND, areas=(*SOUND.areas, replace(SOUND.areas[0], id="empty", title="Empty"))),
        "'Empty' has no responsibilities.",
    ),
    "an area of an unknown team": (
        with_area("software-engineering", team="crew"),
        "areas > software-engineering > team: there is no team 'crew'.",
    ),
    "two duties of one title": (
        with_duty("run-workshops", title="Respond to incidents"),
        "The title 'Respond to incidents' stands 2 times below responsibilities.",
    ),
    "a role with an unknown responsibility": (
        with_role(GUIDE, responsibilities=(*SOUND.role_by_id[GUIDE].responsibilities, "brew-coffee")),
        "roles > community-guide > responsibilities: there is no responsibility 'brew-coffee'.",
    ),
    "a role of an unknown team": (
        with_role(GUIDE, team="crew"),
        "roles > community-guide > team: there is no team 'crew'.",
    ),
    "a role that includes an unknown one": (
        with_role(GUIDE, includes=("janitor",)),
        "roles > community-guide > includes: there is no role 'janitor'.",
    ),
    "a role that includes itself": (
        with_role(ADMINISTRATOR, includes=(REPRESENTATIVE,)),
        "Hub Administrator includes itself, by way of others.",
    ),
    "a team that works with an unknown one": (
        replace(SOUND, teams=(replace(SOUND.teams[0], works_with=("crew",)), *SOUND.teams[1:])),
        "teams > service-team > works_with: there is no team 'crew'.",
    ),
    "an unknown founding role": (
        replace(SOUND, founding_role="king"),
        "founding_role: there is no role 'king'.",
    ),
    "a role nobody may fill": (with_role(GUIDE, sides=()), "Nobody may be Community Guide: no side fills it."),
    "a role without duty": (with_role(GUIDE, responsibilities=()), "Community Guide carries no responsibility."),
    "bounds that cross": (
        with_role(REPRESENTATIVE, at_least=3),
        "Community Representative: at least 3 and at most 2 cannot both hold.",
    ),
    "a role that withholds what it has not": (
        with_role(GUIDE, withholds=(Permission.HUB_WAKE,)),
        "Community Guide withholds hub:wake, which belongs to no responsibility that it carries.",
    ),
    "a responsibility nobody may hold": (
        with_role(GUIDE, responsibilities=SOUND.role_by_id[GUIDE].responsibilities[:4]),
        "No role carries 'Run workshops and training': nobody may hold it.",
    ),
    "a responsibility of a side that fills no role": (
        with_duty("define-success", carried_by=models.Share.SERVICE),
        "'Define success for the hub's community' is carried by the service, and no role that carries it is filled from there.",
    ),
    "a role in an area that has none": (
        with_role(GUIDE, responsibilities=(*SOUND.role_by_id[GUIDE].responsibilities, "support-open-source")),
        "Community Guide carries 'Support open source communities', and its area says that it has no roles.",
    ),
    "an area without roles that does not say so": (
        with_area("software-engineering", without_roles=""),
        "No role carries 'Develop domain-specific software': nobody may hold it.",
    ),
    "a permission where there are no roles": (
        with_duty("support-open-source", permissions=(Permission.HUB_WAKE,)),
        "'Support open source communities' holds hub:wake, and its area has no roles: nobody could use it.",
    ),
    "a permission that all withhold": (
        with_role(REPRESENTATIVE, withholds=(Permission.ACCESS_SET,)),
        "Every role that carries 'Oversee user access policy' withholds access:set: nobody could use it.",
    ),
    "an act for whoever carries anything": (
        replace(SOUND, carriers_may=SOUND.carriers_may | {Permission.HUB_RESTART}),
        "hub:restart changes something, so it cannot come with carrying anything at all.",
    ),
    "open to all and exceptional": (
        replace(SOUND, exceptional=SOUND.exceptional | {Permission.HUB_SEE}),
        "hub:see cannot both come to all who carry something and be exceptional.",
    ),
    "people's servers open to a role": (
        replace(SOUND, exceptional=frozenset()),
        "server:open is not exceptional: a role would open people's servers, unasked and untold.",
    ),
    "leave that nobody can give": (
        replace(SOUND, exceptional=SOUND.exceptional | {Permission.LEAVE_GIVE}),
        "leave:give is exceptional itself: nobody could ever give leave.",
    ),
    "no way to appoint a guide": (
        with_role(GUIDE, appointed_with=()),
        "There is no way to appoint a Community Guide: nobody who can be there has a permission for it.",
    ),
    "representatives who appoint only themselves": (
        with_role(REPRESENTATIVE, appointed_with=(Permission.REPRESENTATIVE_APPOINT,)),
        "There is no way to appoint a Hub Administrator: nobody who can be there has a permission for it.",
    ),
    "no second engineer": (
        with_role(ENGINEER, appointed_with=()),
        "There is no way to appoint a second Site Reliability Engineer.",
    ),
    "no evidence": (
        with_duty("run-workshops", evidence=()),
        "Nothing could show that 'Run workshops and training' is carried.",
    ),
    "unknown evidence": (
        with_duty("run-workshops", evidence=("workshop-hold",)),
        "responsibilities > run-workshops > evidence: there is no kind of evidence 'workshop-hold'.",
    ),
    "evidence that nothing accepts": (
        with_duty("run-workshops", evidence=("page-reviewed",)),
        "No responsibility accepts the evidence 'workshop-held'.",
    ),
    "evidence that counts for no day": (
        replace(SOUND, evidence=(replace(SOUND.evidence[0], fresh_days=0), *SOUND.evidence[1:])),
        "The evidence 'alert-examined' counts for no day at all.",
    ),
    "no time for practice": (
        replace(SOUND, numbers=replace(SOUND.numbers, practised_within_days=0)),
        "practised_within_days is 0.",
    ),
}


def test_the_shipped_model_is_sound():
    assert checking.check(SOUND) == ()


@pytest.mark.parametrize("planted", PLANTED)
def test_a_planted_fault_is_found(planted):
    of, problem = PLANTED[planted]
    assert problem in [found.problem for found in checking.check(of)]


@pytest.mark.parametrize("planted", PLANTED)
def test_every_fault_says_where_and_what_to_do(planted):
    of, _ = PLANTED[planted]
    assert all(found.place and found.mend.endswith((".", "?", ")")) for found in checking.check(of))
