"""Decisions as sentences: what a refusal shows, and the explanation of why a decision fell as it did."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from commonhub.ground import errors
from commonhub.responsibility import model
from commonhub.responsibility.assignments import FLEET, Person, Place
from commonhub.responsibility.deciding import Decision, Ground, Reason

_NAMED: Final = 3  # people who are named before the rest is counted


def names(people: Sequence[Person]) -> str:
    """`Alice Okafor`, `Alice and Bob`, `Alice, Bob, Carol and 2 others`."""
    shown = [person.name for person in people[:_NAMED]]
    rest = len(people) - len(shown)
    if rest:
        shown.append(f"{rest} others" if rest > 1 else "one other")
    return listed(shown) or "nobody"


def listed(words: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join(part for part in (", ".join(words[:-1]), *words[-1:]) if part)


def where(place: Place) -> str:
    """`here` for a community or hub, nothing for the fleet."""
    return "" if place == FLEET else " here"


def act(decision: Decision) -> str:
    """What was asked, such as `restart reef/main`."""
    return decision.permission.phrase.format(place=decision.place)


def _held(decision: Decision) -> str:
    """Who carries it, as the end of a sentence."""
    title = f"'{decision.responsibility.title}'"
    here = where(decision.place)
    if decision.exceptional:
        if decision.holders:
            return f"that belongs to {title} and needs leave, which is given{here} by {names(decision.holders)}"
        return f"that belongs to {title} and needs leave, which nobody can give{here}"
    if decision.holders:
        return f"that belongs to {title}, carried{here} by {names(decision.holders)}"
    if decision.carriers:
        return f"that belongs to {title}, which nobody carries{here} with the power for this"
    return f"that belongs to {title}, which nobody carries{here}"


def message(decision: Decision) -> str:
    """One sentence: what may not be done, to which responsibility it belongs, and who carries that here."""
    if not decision.allowed and Ground.OUT_OF_SCOPE in {reason.ground for reason in decision.reasons}:
        return f"You may not {act(decision)} with this token, which was made without {decision.permission}: {_held(decision)}."
    return f"You may{'' if decision.allowed else ' not'} {act(decision)}: {_held(decision)}."


def mend(decision: Decision) -> str:
    """One sentence: what the one who was refused can do next."""
    if _only_the_token(decision):
        return "Come yourself, or make a token with it."
    others = tuple(each for each in decision.holders if each.id != decision.person.id)
    if decision.exceptional and decision.holders:
        return "Ask for leave, with your reason; the person concerned is told."
    if others:
        return "Ask them." if others == decision.holders else f"Ask {names(others)}."
    if decision.appointers:
        return f"Ask {names(decision.appointers)} to appoint somebody."
    return "Tell those who run this service that nobody can do it."


def _only_the_token(decision: Decision) -> bool:
    grounds = {reason.ground for reason in decision.reasons}
    return Ground.OUT_OF_SCOPE in grounds and any(ground.allows for ground in grounds)


def refusal(decision: Decision) -> errors.RefusedError:
    """The error that every door shows where the decision is no."""
    return errors.RefusedError(message(decision), mend(decision))


def explain(decision: Decision) -> tuple[str, ...]:
    """The whole reasoning in lines: what it is, whose it is, what speaks for and against, and the end of it."""
    side = {
        model.Share.SERVICE: "the service carries",
        model.Share.COMMUNITY: "the community carries",
        model.Share.SHARED: "service and community share",
    }[decision.share]
    agreed = f", as agreed for {decision.departure.place}" if decision.departure else ""
    belongs = (
        f"It belongs to '{decision.responsibility.title}' ({decision.area.title}), "
        f"which {side}{where(decision.place)}{agreed}."
    )
    verdict = "may" if decision.allowed else "may not"
    end = f"So {decision.person.name} {verdict} {act(decision)}"
    last = f"{end}." if decision.allowed else f"{end}: {_held(decision)}."
    return (
        f"{decision.permission}: {decision.permission.meaning}",
        belongs,
        *(f"{_sign(reason)}: {_reason(decision, reason)}" for reason in decision.reasons),
        last,
    )


def _sign(reason: Reason) -> str:
    return "For" if reason.ground.allows else "Against"


def _day(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment else ""


def _reason(decision: Decision, reason: Reason) -> str:
    """One reason as a sentence about the person."""
    who = decision.person.name
    duty = f"'{decision.responsibility.title}'"
    if reason.leave is not None:
        by, why = reason.leave.given_by, reason.leave.reason
        had = "has" if reason.ground is Ground.HAS_LEAVE else "had"
        return f"{who} {had} leave until {_day(reason.leave.until)}, given by {by}: {why}"
    if reason.role is None or reason.assignment is None:
        return {
            Ground.OWNS: f"{who} owns the machine on which this runs, and nothing here could hold them back.",
            Ground.NEEDS_LEAVE: f"it comes with no role, and {who} has no leave.",
            Ground.OUT_OF_SCOPE: f"the token was made without {decision.permission}.",
        }.get(reason.ground, f"{who} is appointed to nothing that carries {duty}.")
    role, place = reason.role.title, reason.assignment.place
    is_it = f"{who} is {role} for {place}"
    return {
        Ground.CARRIES: f"{is_it}, and so carries {duty}.",
        Ground.CARRIES_SOMETHING: f"{is_it}; whoever carries anything{where(decision.place)} may do this.",
        Ground.ELSEWHERE: f"{is_it}, which does not reach {decision.place}.",
        Ground.ENDED: f"{who} was {role} for {place} until {_day(reason.assignment.until)}.",
        Ground.TOO_EARLY: f"{who} will be {role} for {place} from {_day(reason.assignment.since)} on.",
        Ground.OTHER_SIDE: f"{is_it} on the side of the {reason.assignment.side}, and the other side carries {duty}.",
        Ground.MISFILLED: f"{is_it}, and that role cannot be held so wide, or by the {reason.assignment.side}.",
        Ground.WITHHELD: f"{is_it}, a role that carries {duty} without this.",
    }[reason.ground]
