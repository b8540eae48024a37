"""All that there is to say of a proposed change: kinds, needs, price, risks, plan and words. Pure."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from commonhub.changes import consents, facts, kinds, lint, merging, price, trying, wording
from commonhub.changes.comparing import Touch
from commonhub.fleet import desired, models
from commonhub.ground import errors, marked
from commonhub.hubs import plan
from commonhub.responsibility import model


@dataclass(frozen=True, kw_only=True)
class Awake:
    """How a hub is now: whether its process runs, and how many people have a server."""

    awake: bool = False
    people: int = 0


@dataclass(frozen=True, kw_only=True)
class Weighed:
    """A change, weighed."""

    kinds: tuple[tuple[kinds.Kind, tuple[Touch, ...]], ...]
    needs: tuple[consents.Need, ...]
    effect: price.Effect
    findings: tuple[lint.Finding, ...]
    steps: tuple[plan.Step, ...]
    words: Mapping[str, list[str]]

    @property
    def destructive(self) -> bool:
        """Whether it takes away what people would miss."""
        return any(kind.destructive for kind, _ in self.kinds)

    def plan_told(self) -> list[dict[str, Any]]:
        """The plan as records keep it."""
        return [
            {
                "hub": step.hub_id,
                "kind": str(step.kind),
                "sentence": step.sentence,
                "restarts": step.restarts,
                "people": step.people,
                "differences": [dataclasses.asdict(each) for each in step.differences],
            }
            for step in self.steps
        ]


def weigh(
    trial: trying.Trial,
    *,
    of: model.Model,
    known: facts.Facts,
    now_at: Mapping[str, Awake],
    table: kinds.Table | None = None,
) -> Weighed:
    """Weigh what was tried. `now_at`: how the hubs that it touches are now."""
    table = table or kinds.shipped()
    found = table.sorted_out(trial.touches)
    effects = _effects(trial, found, known)
    return Weighed(
        kinds=found,
        needs=consents.needs(
            found,
            effects=effects,
            thresholds=known.thresholds,
            of=of,
            standard=table.numbers["threshold_a_month"],
        ),
        effect=price.together(list(effects.values())),
        findings=_findings(trial, found, known),
        steps=steps(trial.hubs, now_at),
        words=wording.by_place(trial.touches, baseline(trial.before)),
    )


def steps(
    hubs: Mapping[str, tuple[desired.DesiredHub | None, desired.DesiredHub | None]], now_at: Mapping[str, Awake]
) -> tuple[plan.Step, ...]:
    """What applying it does, hub by hub."""
    quiet = Awake()
    before = {
        hub_id: plan.Applied(
            digest=old.digest,
            settings={known.name: getattr(old, known.name) for known in dataclasses.fields(old)},
            awake=now_at.get(hub_id, quiet).awake,
            people=now_at.get(hub_id, quiet).people,
        )
        for hub_id, (old, _) in hubs.items()
        if old is not None
    }
    return plan.plan([new for _, new in hubs.values() if new is not None], before)


def _effects(
    trial: trying.Trial, found: tuple[tuple[kinds.Kind, tuple[Touch, ...]], ...], known: facts.Facts
) -> dict[str, price.Effect]:
    """The effect on the price, by community; those that it changes nothing for are left out.

    Where a kind that costs changes a hub, and nothing is known of its price, that is said: unknown is never nothing.
    """
    costly = [(kind, touch) for kind, touched in found if kind.costs for touch in touched if not _is_counted(touch)]
    by_community: dict[str, list[price.Effect]] = {}
    for hub_id, (before, after) in trial.hubs.items():
        effect = price.effect(before, after, use=known.use.get(hub_id, price.Use()), schedule=known.schedule)
        community = hub_id.partition("/")[0]
        titles = {kind.title for kind, touch in costly if touch.community in {"", community} and _is_of(touch, hub_id)}
        if effect.lines or titles:
            by_community.setdefault(community, []).append(
                effect if effect.lines else price.unknown(sorted(titles), known.schedule)
            )
    if trial.before is None or trial.after is None:
        for kind, touch in ((kind, touch) for kind, touched in found if kind.costs for touch in touched):
            by_community.setdefault(touch.community, []).append(price.unknown([kind.title], known.schedule))
    return {community: price.together(each) for community, each in by_community.items()}


def _is_counted(touch: Touch) -> bool:
    return kinds.path_in_hub(touch)[:2] in price.COUNTED


def _is_of(touch: Touch, hub_id: str) -> bool:
    return not touch.hub or f"{touch.community}/{touch.hub}" == hub_id


def _findings(
    trial: trying.Trial, found: tuple[tuple[kinds.Kind, tuple[Touch, ...]], ...], known: facts.Facts
) -> tuple[lint.Finding, ...]:
    looked = lint.Looked(
        touches=trial.touches,
        kinds=tuple(kind for kind, _ in found),
        hubs=trial.hubs,
        baseline=baseline(trial.after),
        known=frozenset(hub.id for hub in trial.before.hubs) if trial.before else frozenset(),
        facts=known,
    )
    return tuple(_with_line(each, trial) for each in lint.findings(looked))


def baseline(fleet: models.Fleet | None) -> Mapping[str, Any]:
    """What fleet.yaml says for every hub."""
    return fleet.file.defaults.model_dump(mode="json", exclude_none=True, exclude_unset=True) if fleet else {}


def _with_line(finding: lint.Finding, trial: trying.Trial) -> lint.Finding:
    text = trial.edits.get(finding.file) if finding.file else None
    if text is None:
        return finding
    place = merging.places(text, finding.path)
    try:
        line = marked.read(text.encode(), finding.file).line(place)
    except (KeyError, TypeError, IndexError):
        line = 1
    return dataclasses.replace(finding, line=line)


def refuse_mistakes(trial: trying.Trial) -> None:
    """Raise RefusedError with the first fault that the edits would bring; with none where they change nothing."""
    if trial.mistakes:
        fault = next((each for each in trial.mistakes if each.file in trial.edits), trial.mistakes[0])
        where = f"{fault.file}:{fault.line}: " if fault.line else f"{fault.file}: "
        raise errors.RefusedError(f"{where}{fault.problem}", fault.mend)
    if not trial.edits:
        raise errors.RefusedError("It changes nothing.", "Look at what the file says now.")
