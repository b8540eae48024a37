"""May I? Any decision with its whole reasoning, one or many at once; and the responsibility model itself."""

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import Field

from commonhub.api import shapes
from commonhub.api.door import caller, operation
from commonhub.api.shapes import Given, Somebody, Spot, Told
from commonhub.communities import allowing, charters
from commonhub.responsibility import deciding, tables, wording
from commonhub.responsibility.permissions import Permission

MOST = 500  # questions at once

router = Router(tags=["decisions"])


class Question(Given):
    """May I do this at this place? `about`: the person whom it concerns, where that matters."""

    permission: shapes.PermissionWord
    community: shapes.NameOrNone = ""
    hub: shapes.NameOrNone = ""
    about: shapes.Line = ""


class Questions(Given):
    """Many at once."""

    questions: Annotated[list[Question], Field(min_length=1, max_length=MOST)]


class Answer(Told):
    """The answer, with its reasons."""

    permission: str = Field(examples=["hub:restart"])
    place: Spot
    allowed: bool
    message: str = Field(
        examples=["You may restart reef/main: that belongs to 'Respond to incidents', carried here by Alice Okafor."]
    )
    mend: str = Field(description="What to do next where the answer is no.", examples=["Ask them."])
    reasons: list[str]
    responsibility: str = Field(examples=["respond-to-incidents"])
    title: str = Field(examples=["Respond to incidents"])
    area: str = Field(examples=["site-reliability-engineering"])
    share: str = Field(description="Which side carries it here.", examples=["service"])
    exceptional: bool = Field(description="It comes with no role, and needs leave.")
    holders: list[Somebody]
    appointers: list[Somebody]


class Verdict(Told):
    """The answer alone."""

    permission: str = Field(examples=["hub:restart"])
    place: Spot
    allowed: bool
    holders: list[str] = Field(examples=[["Alice Okafor"]])


class Verdicts(Told):
    """In the order of the questions."""

    answers: list[Verdict]


class Model(Told):
    """Areas, responsibilities, roles, teams, evidence and permissions: what `commonhub model show --json` prints."""

    model: dict[str, Any]


@operation(router, "GET", "/decisions", verb="decision.explain", gives=Answer)
def explain(request: HttpRequest, question: Annotated[Question, Query()]) -> Answer:
    """May you do this at this place with this token, and why."""
    found = _decide(request, question)
    return Answer(
        permission=str(found.permission),
        place=shapes.spot(found.place),
        allowed=found.allowed,
        message=wording.message(found),
        mend="" if found.allowed else wording.mend(found),
        reasons=list(wording.explain(found)),
        responsibility=found.responsibility.id,
        title=found.responsibility.title,
        area=found.area.id,
        share=str(found.share),
        exceptional=found.exceptional,
        holders=[Somebody(handle=each.id, name=each.name) for each in found.holders],
        appointers=[Somebody(handle=each.id, name=each.name) for each in found.appointers],
    )


@operation(router, "POST", "/decisions", verb="decision.list", gives=Verdicts)
def many(request: HttpRequest, asked: Questions) -> Verdicts:
    """Many decisions at once, without their reasons."""
    return Verdicts(
        answers=[
            Verdict(
                permission=str(found.permission),
                place=shapes.spot(found.place),
                allowed=found.allowed,
                holders=[each.name for each in found.holders],
            )
            for found in (_decide(request, question) for question in asked.questions)
        ]
    )


def _decide(request: HttpRequest, question: Question) -> deciding.Decision:
    who = caller(request)
    place = shapes.place(question.community, question.hub)
    return allowing.decision(who.asker, Permission.named(question.permission), place, now=who.now, about=question.about)


@operation(router, "GET", "/model", verb="model.show", gives=Model)
def model(request: HttpRequest) -> Model:
    """The responsibility model in force here."""
    caller(request)
    return Model(model=tables.as_values(charters.current_model()))
