"""Every fault that a fleet's own model can have is found by `commonhub model check`, with its line; no rule is left out."""

import inspect
import sys

import pytest
from typer.testing import CliRunner

from commonhub.cli import model, terminal
from commonhub.responsibility import checking

SRE, GUIDE = "site-reliability-engineer", "community-guide"
ADMINISTRATOR, REPRESENTATIVE = "hub-administrator", "community-representative"
DUTY = "{{title: {0}, meaning: A duty., area: {1}, evidence: [page-reviewed]}}"


def role(name: str, line: str) -> str:
    return f"roles:\n  {name}:\n    {line}\n"


def duty(name: str, line: str) -> str:
    return f"responsibilities:\n  {name}:\n    {line}\n"


PLANTED = {  # what is wrong: the file, the line where it is told, the problem
    "a permission of two": (
        duty("run-workshops", "permissions: [hub:wake]") + "  support-leaders:\n    permissions: [hub:wake]\n",
        3,
        "hub:wake belongs to 'Provide support to community leaders' and 'Run workshops and training'.",
    ),
    "an unknown area": (
        duty("run-workshops", "area: gardening"),
        3,
        "responsibilities > run-workshops > area: there is no area 'gardening'.",
    ),
    "an empty area": (
        "areas:\n  empty: {title: Empty, goal: None., carried_by: shared, breakdown: None., team: service-team}\n",
        2,
        "'Empty' has no responsibilities.",
    ),
    "six in an area": (
        f"responsibilities:\n  tend: {DUTY.format('Tend the racks', 'site-reliability-engineering')}\n",
        2,
        "'Site Reliability Engineering' has 6 responsibilities; 5 are the most.",
    ),
    "an area of an unknown team": (
        "areas:\n  software-engineering:\n    team: crew\n",
        3,
        "areas > software-engineering > team: there is no team 'crew'.",
    ),
    "a title twice": (
        duty("run-workshops", "title: Respond to incidents"),
        3,
        "The title 'Respond to incidents' stands 2 times below responsibilities.",
    ),
    "an unknown founding role": ("founding_role: king\n", 1, "founding_role: there is no role 'king'."),
    "a role of an unknown team": (
        role(GUIDE, "team: crew"),
        3,
        "roles > community-guide > team: there is no team 'crew'.",
    ),
    "a role with an unknown duty": (
        role(GUIDE, "responsibilities: [run-workshop]"),
        3,
        "roles > community-guide > responsibilities: there is no responsibility 'run-workshop'.",
    ),
    "a role that includes an unknown one": (
        role(GUIDE, "includes: [janitor]"),
        3,
        "roles > community-guide > includes: there is no role 'janitor'.",
    ),
    "a team that works with an unknown one": (
        "teams:\n  service-team:\n    works_with: [crew]\n",
        3,
        "teams > service-team > works_with: there is no team 'crew'.",
    ),
    "a role nobody may fill": (role(GUIDE, "sides: []"), 3, "Nobody may be Community Guide: no side fills it."),
    "a role without duty": (role(GUIDE, "responsibilities: []"), 3, "Community Guide carries no responsibility."),
    "bounds that cross": (
        role(REPRESENTATIVE, "at_least: 3"),
        3,
        "Community Representative: at least 3 and at most 2 cannot both hold.",
    ),
    "a circle of roles": (
        role(ADMINISTRATOR, f"includes: [{REPRESENTATIVE}]"),
        3,
        "Hub Administrator includes itself, by way of others.",
    ),
    "withheld what is not there": (
        role(GUIDE, "withholds: [hub:wake]"),
        3,
        "Community Guide withholds hub:wake, which belongs to no responsibility that it carries.",
    ),
    "a duty nobody may hold": (
        role(GUIDE, "responsibilities: [create-documentation, support-leaders, assist-with-environments, manage-data]"),
        1,
        "No role carries 'Run workshops and training': nobody may hold it.",
    ),
    "a duty of a side that fills no role": (
        duty("define-success", "carried_by: service"),
        2,
        "'Define success for the hub's community' is carried by the service, and no role that carries it is filled from there.",
    ),
    "a role in an area without roles": (
        role(
            GUIDE,
            "responsibilities: [create-documentation, support-leaders, assist-with-environments, manage-data, run-workshops, support-open-source]",
        ),
        3,
        "Community Guide carries 'Support open source communities', and its area says that it has no roles.",
    ),
    "a power in an area without roles": (
        duty("support-open-source", "permissions: [hub:wake]"),
        3,
        "'Support open source communities' holds hub:wake, and its area has no roles: nobody could use it.",
    ),
    "withheld by all": (
        role(REPRESENTATIVE, "withholds: [access:set]"),
        3,
        "Every role that carries 'Oversee user access policy' withholds access:set: nobody could use it.",
    ),
    "an act for whoever carries anything": (
        "carriers_may: [hub:restart]\n",
        1,
        "hub:restart changes something, so it cannot come with carrying anything at all.",
    ),
    "seen from afar and not from near": (
        "carriers_see_everywhere: [model:see, audit:see]\n",
        1,
        "audit:see would be seen from afar and not from near.",
    ),
    "open to all and exceptional": (
        "exceptional: [server:open, hub:see]\n",
        1,
        "hub:see cannot both come to all who carry something and be exceptional.",
    ),
    "servers open to a role": (
        "exceptional: []\n",
        1,
        "server:open is not exceptional: a role would open people's servers, unasked and untold.",
    ),
    "leave that nobody can give": (
        "exceptional: [server:open, leave:give]\n",
        1,
        "leave:give is exceptional itself: nobody could ever give leave.",
    ),
    "no way to appoint": (
        role(GUIDE, "appointed_with: []"),
        3,
        "There is no way to appoint a Community Guide: nobody who can be there has a permission for it.",
    ),
    "no second engineer": (
        role(SRE, "appointed_with: []"),
        3,
        "There is no way to appoint a second Site Reliability Engineer.",
    ),
    "no evidence": (
        duty("run-workshops", "evidence: []"),
        3,
        "Nothing could show that 'Run workshops and training' is carried.",
    ),
    "unknown evidence": (
        duty("run-workshops", "evidence: [workshop-hold]"),
        3,
        "responsibilities > run-workshops > evidence: there is no kind of evidence 'workshop-hold'.",
    ),
    "evidence that counts for no day": (
        "evidence:\n  drill-held:\n    fresh_days: 0\n",
        3,
        "The evidence 'drill-held' counts for no day at all.",
    ),
    "no time for practice": ("numbers:\n  practised_within_days: 0\n", 2, "practised_within_days is 0."),
    "no duty for anybody": ("numbers:\n  most_per_person: 0\n", 2, "most_per_person is 0."),
}
WARNED = {
    "evidence that nothing accepts": (
        "evidence:\n  tea-served: {meaning: Tea., fresh_days: 9}\n",
        2,
        "No responsibility accepts the evidence 'tea-served'.",
    )
}


def check(folder, text):
    (folder / "responsibilities.yaml").write_text(text)
    return CliRunner().invoke(model.app, ["check", str(folder)])


@pytest.mark.parametrize("planted", PLANTED)
def test_a_planted_fault_is_found_by_the_command_with_its_line(tmp_path, planted):
    text, line, problem = PLANTED[planted]
    done = check(tmp_path, text)
    assert done.exit_code == terminal.FAILED
    assert f"responsibilities.yaml:{line}: error: {problem} " in done.stdout


@pytest.mark.parametrize("planted", WARNED)
def test_a_planted_oddity_is_told_and_lets_the_model_be_used(tmp_path, planted):
    text, line, problem = WARNED[planted]
    done = check(tmp_path, text)
    assert done.exit_code == terminal.DONE
    assert f"responsibilities.yaml:{line}: warning: {problem} " in done.stdout


def test_no_rule_is_without_a_planted_fault(tmp_path):
    """Each line of the rules that tells a fault was run; but one, which no fleet's file can bring about."""
    source, first = inspect.getsourcelines(checking)
    telling = {number for number, line in enumerate(source, first or 1) if line.lstrip().startswith("yield ")}
    out_of_reach = {number for number in telling if 'belongs to no responsibility."' in source[number - (first or 1)]}
    ran: set[int] = set()

    def local(frame, event, _arg):
        if event == "line":
            ran.add(frame.f_lineno)
        return local

    def trace(frame, _event, _arg):
        return local if frame.f_code.co_filename == checking.__file__ else None

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        for text, _, _ in [*PLANTED.values(), *WARNED.values()]:
            check(tmp_path, text)
    finally:
        sys.settrace(before)
    assert len(out_of_reach) == 1
    assert telling - ran == out_of_reach
