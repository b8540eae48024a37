"""Every command explains itself, and says which words it does not understand."""

import click
import pytest
import typer

import commonhub
from commonhub.cli import main


def commands(group: click.Group, *above: str) -> list[tuple[str, ...]]:
    """Every command's words, groups with them."""
    found: list[tuple[str, ...]] = []
    for name, command in group.commands.items():
        found.append((*above, name))
        if hasattr(command, "commands"):
            found += commands(command, *above, name)
    return found


EVERY = commands(typer.main.get_command(main.app))


def test_the_commands_of_the_brief_are_there():
    expected = {"init", "validate", "plan", "apply", "up", "down", "status", "import", "hub"}
    assert expected <= {words[0] for words in EVERY}
    assert {("hub", verb) for verb in ("wake", "sleep", "restart", "logs", "login")} <= set(EVERY)


@pytest.mark.parametrize("words", [(), *EVERY], ids=" ".join)
def test_each_command_explains_itself(commonhub, words):
    long, short = commonhub(*words, "--help"), commonhub(*words, "-h")
    assert (long.code, long.err) == (0, "")
    assert short == long
    usage, *rest = long.out.splitlines()
    assert usage.startswith(f"Usage: {' '.join(('commonhub', *words))} ")
    sentence = next(line for line in rest if line.strip())
    assert len(sentence.split()) >= 3
    assert list((commonhub.folder / "home").iterdir()) == []


def test_the_installed_program_tells_its_version_and_without_words_its_commands(commonhub):
    assert commonhub.process("--version").out == f"{commonhub_version()}\n"
    alone = commonhub()
    assert alone.code == 2
    assert "Commands:" in alone.out + alone.err


def commonhub_version() -> str:
    return commonhub.__version__


@pytest.mark.parametrize(
    "words",
    [
        ("nonsense",),
        ("validate", "--nonsense"),
        ("hub",),
        ("hub", "wake"),
        ("hub", "explode", "reef"),
        ("hub", "logs", "reef", "--lines", "0"),
        ("hub", "logs", "reef", "--lines", "many"),
        ("import", "2i2c", "somewhere"),
        ("validate", "one", "two"),
        ("init", "new", "--kind", "nothing"),
    ],
    ids=" ".join,
)
def test_what_is_not_understood_ends_with_two(commonhub, words):
    said = commonhub(*words)
    assert said.code == 2
    assert "Usage: commonhub" in said.err + said.out
    assert "Traceback" not in said.err
