"""How the terminal speaks: tables, JSON, progress, and errors in one place."""

import json
import sys
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, NoReturn, ParamSpec, TypeVar

import typer

from commonhub.ground import errors

DONE, FAILED, NOT_UNDERSTOOD, AWAY, REFUSED = 0, 1, 2, 3, 4
Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


def say(text: str = "") -> None:
    """One line for people."""
    typer.echo(text)


def hint(text: str) -> None:
    """A line that is no result: progress and next steps, on standard error."""
    typer.echo(text, err=True)


def say_json(value: Any) -> None:
    """One JSON value, for programs."""
    typer.echo(json.dumps(value, indent=2, default=str, ensure_ascii=False))


def progress(done: int, total: int, what: str) -> None:
    """How far a long act is; one line that is written over where a person watches."""
    if sys.stderr.isatty():
        end = "\n" if done >= total else ""
        typer.echo(f"\r\x1b[K{what} {done}/{total}{end}", err=True, nl=False)
    elif done == total:
        typer.echo(f"{what} {done}/{total}", err=True)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Columns as wide as their widest cell, at least two spaces apart."""
    lines = [tuple(head), *(tuple(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    for line in lines:
        say("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def size(count: int | None) -> str:
    """Bytes as people read them; a dash where nothing is known."""
    if count is None:
        return "-"
    value = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000 or unit == "GB":
            return f"{value:.0f} {unit}" if value >= 10 or unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.0f} GB"


def code_of(error: errors.CommonhubError) -> int:
    """The exit code that tells a program what kind of error it was."""
    if isinstance(error, errors.RefusedError):
        return REFUSED
    return AWAY if isinstance(error, errors.UnavailableError) else FAILED


def fail(error: errors.CommonhubError, *, as_json: bool = False) -> NoReturn:
    """Say what is wrong and what to do next, and end."""
    if as_json:
        say_json({"error": {"message": error.message, "mend": error.mend}})
    else:
        typer.echo(f"error: {error.message}", err=True)
        typer.echo(f"  next: {error.mend}", err=True)
    raise typer.Exit(code_of(error))


def in_words(command: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """The one place where errors become words: a traceback is only ever shown for a fault of ours."""

    @wraps(command)
    def wrapped(*arguments: Parameters.args, **options: Parameters.kwargs) -> Result:
        try:
            return command(*arguments, **options)
        except errors.CommonhubError as error:
            fail(error, as_json=bool(options.get("as_json")))
        except PermissionError as error:
            away = errors.RefusedError(
                f"This user may not open {error.filename}.", "Run the command as the user who runs Commonhub."
            )
            fail(away, as_json=bool(options.get("as_json")))
        except BrokenPipeError:
            raise  # whoever reads us, as in `commonhub status | head`, has read enough: Typer ends quietly
        except OSError as error:
            place = f"{error.filename}: " if error.filename else ""
            failed = errors.CommonhubError(
                f"{place}{error.strerror or error}.", "See what stands there, and whether the disk has room."
            )
            fail(failed, as_json=bool(options.get("as_json")))
        except KeyboardInterrupt:
            hint("interrupted")
            raise typer.Exit(130) from None

    return wrapped
