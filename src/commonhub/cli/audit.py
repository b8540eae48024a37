"""`commonhub audit ...`: the audit of a fleet, at the machine, directly from its database."""

import os
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from django.db import transaction

from commonhub.assembly import installation, records
from commonhub.audit import anchors, chain, entries, trail
from commonhub.cli import options, sitter, terminal
from commonhub.ground import clock, errors
from commonhub.responsibility.assignments import Place
from commonhub.responsibility.permissions import Permission

app = typer.Typer(help="Verify, show and export who did what, when and why.", no_args_is_help=True)

FORMATS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
CommunityOption = Annotated[str, typer.Option("--community", help="Only what was done in this community.")]
PersonOption = Annotated[str, typer.Option("--person", help="Only what this person did or what concerns them.")]
SinceOption = Annotated[datetime | None, typer.Option("--since", formats=FORMATS, help="Only from this time (UTC) on.")]
UntilOption = Annotated[datetime | None, typer.Option("--until", formats=FORMATS, help="Only before this time (UTC).")]


def _in_utc(at: datetime | None) -> datetime | None:
    return at.replace(tzinfo=UTC) if at else None


@app.command()
@terminal.in_words
def verify(
    fleet: options.FleetOption = options.HERE,
    state: options.StateOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Prove that no entry of the audit was changed, moved or taken away."""
    of = installation.find(fleet, state)
    with records.audit(of) as found:
        verdict = found.verify(anchors.read(records.anchors(of)))
    if as_json:
        terminal.say_json(_as_values(verdict))
        if not verdict.sound:
            raise typer.Exit(terminal.FAILED)
    elif verdict.sound:
        terminal.say(verdict.words)
        terminal.say(f"Its end: {verdict.head.number} {verdict.head.digest}")
    else:
        raise errors.CommonhubError(verdict.words, _mend(verdict))


def _mend(verdict: chain.Verdict) -> str:
    if verdict.how is chain.Break.ANCHORS:
        return "Compare the file of anchors with a copy of it."
    upto = f"What stands up to entry {verdict.entries} can be trusted" if verdict.entries else "Nothing can be trusted"
    return f"{upto}: keep a copy of the database, and compare it with your last export or back-up."


def _as_values(verdict: chain.Verdict) -> dict[str, Any]:
    broken = None if verdict.sound else {"number": verdict.number, "how": verdict.how, "mend": _mend(verdict)}
    return {
        "sound": verdict.sound,
        "words": verdict.words,
        "entries": verdict.entries,
        "anchors": verdict.anchors,
        "end": {"number": verdict.head.number, "digest": verdict.head.digest},
        "broken": broken,
    }


@app.command()
@terminal.in_words
def show(
    last: Annotated[int, typer.Option("--last", "-n", min=1, max=1000, help="How many of the newest entries.")] = 20,
    community: CommunityOption = "",
    person: PersonOption = "",
    fleet: options.FleetOption = options.HERE,
    state: options.StateOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Show the newest entries of the audit, the newest first."""
    search = entries.Search(place=Place(community=community), person=person)
    with records.audit(installation.find(fleet, state)) as found:
        newest = found.newest(search, reader=entries.EVERYTHING, limit=last).entries
    if as_json:
        terminal.say_json([chain.content(entry) | {"digest": entry.digest} for entry in newest])
        return
    rows = [
        (
            str(entry.number),
            f"{entry.at:%Y-%m-%d %H:%M:%S}",
            printable(entry.actor),
            entry.outcome,
            str(entry.place),
            printable(entry.words),
        )
        for entry in newest
    ]
    if rows:
        terminal.table(("No.", "When (UTC)", "Who", "Outcome", "Where", "What"), rows)
    else:
        terminal.say("The audit has no such entry.")


def printable(text: str) -> str:
    """Text of others, which may not move this terminal's cursor."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text)


@app.command()
@terminal.in_words
def export(
    to: Annotated[Path | None, typer.Option("--to", help="Write this new file, for its owner alone.")] = None,
    community: CommunityOption = "",
    person: PersonOption = "",
    since: SinceOption = None,
    until: UntilOption = None,
    fleet: options.FleetOption = options.HERE,
    state: options.StateOption = None,
) -> None:
    """Write the audit as JSON Lines, the oldest entry first. That it was taken out is noted as well."""
    search = entries.Search(place=Place(community=community), person=person, since=_in_utc(since), until=_in_utc(until))
    with records.audit(installation.find(fleet, state)) as found:
        _note_export(found, search)
        lines = found.export(search, reader=entries.EVERYTHING)
        if to is None:
            for line in lines:
                terminal.say(line)
        else:
            terminal.hint(f"{chain.counted(_save(to, lines), 'entry', 'entries')} in {to}")


def _note_export(found: trail.Trail, search: entries.Search) -> None:
    with transaction.atomic():
        found.note(
            at=clock.system_clock(),
            actor=f"machine:{sitter.name()}",
            actor_name=sitter.name(),
            via=entries.Via.CLI,
            verb="audit.export",
            permission=Permission.AUDIT_EXPORT,
            community=search.place.community,
            words="Took the audit out at the machine.",
            reasons=("They own the machine on which all this runs.",),
            details=entries.narrowed_by(search),
        )


def _save(path: Path, lines: Iterable[str]) -> int:
    """Write the lines to a new file that only its owner may read; gives their number."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except FileExistsError:
        raise errors.CommonhubError(f"{path} is there already.", "Name a file that is not there yet.") from None
    count = 0
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            for line in lines:
                file.write(f"{line}\n")
                count += 1
            file.flush()
            os.fsync(handle)
    except BaseException:
        with suppress(FileNotFoundError):
            path.unlink()
        raise
    return count
