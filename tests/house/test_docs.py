"""The docs build without a warning, are current, and name only what exists."""

import importlib.util
import inspect
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import typer

from commonhub.cli import terminal
from house import sources

DOCS = sources.ROOT / "docs"
PAGES = sorted(path for path in DOCS.rglob("*.md") if "_build" not in path.parts)
FRONT = [sources.ROOT / name for name in ("README.md", "CONTRIBUTING.md")]
CALL = re.compile(r"(?:^|`|\s|/)commonhub((?: [a-z0-9][a-z0-9-]*)+)", re.MULTILINE)
SYMPATHY = re.compile(r"\b(?:simply|just|easy|easily|obviously|seamless(?:ly)?|powerful)\b", re.IGNORECASE)


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_generate", DOCS / "generate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def commands(generate: ModuleType) -> dict[tuple[str, ...], Any]:
    top = typer.main.get_command(generate.cli_main.app)
    return dict(generate.commands(top, ()))


def build(source: Path, out: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-n", "-q", "-b", "html", source, out / "html"],
        capture_output=True,
        text=True,
        check=False,
        cwd=out,
        env={**os.environ, "PYTHONPATH": str(sources.ROOT / "src"), "NO_COLOR": "1"},
    )


def code_in(page: str) -> str:
    """The fenced blocks and the inline code of a page."""
    blocks = re.findall(r"(?s)^ *```[^\n]*\n(.*?)^ *```", page, re.MULTILINE)
    rest = re.sub(r"(?s)^ *```.*?^ *```", "", page, flags=re.MULTILINE)
    return "\n".join([*blocks, *re.findall(r"`([^`\n]+)`", rest)])


def calls(page: str) -> Iterator[tuple[str, ...]]:
    """The words after `commonhub` wherever code calls it."""
    for found in CALL.finditer(code_in(page)):
        yield tuple(found[1].split())


def unknown_calls(page: str, known: set[tuple[str, ...]]) -> list[str]:
    """Calls that begin with no known command; words after a command are its arguments."""
    return [" ".join(call) for call in calls(page) if not any(call[: len(each)] == each for each in known)]


def test_the_docs_build_and_every_link_inside_them_leads_somewhere(tmp_path: Path):
    done = build(DOCS, tmp_path)
    assert done.returncode == 0, done.stderr


def test_a_planted_dead_link_stops_the_build(tmp_path: Path):
    (tmp_path / "source").mkdir()
    shutil.copy(DOCS / "conf.py", tmp_path / "source")
    (tmp_path / "source" / "index.md").write_text("# Page\n\n[elsewhere](nowhere.md)\n", encoding="utf-8")
    done = build(tmp_path / "source", tmp_path)
    assert done.returncode != 0
    assert "nowhere" in done.stderr


def test_generated_parts_are_current(generate: ModuleType):
    stale = []
    for name, part in generate.PARTS.items():
        page = (DOCS / name).read_text(encoding="utf-8")
        if generate.renewed(page, part()) != page:
            stale.append(name)
    assert stale == [], "`make format` renews them"


def test_a_page_that_is_behind_is_seen(generate: ModuleType):
    page = f"before {generate.BEGIN} old {generate.END} after"
    assert "new" in generate.renewed(page, "new")
    with pytest.raises(ValueError, match="marks"):
        generate.renewed("a page without marks", "new")


def test_every_command_is_in_the_reference(commands: dict[tuple[str, ...], Any]):
    page = (DOCS / "reference" / "commands.md").read_text(encoding="utf-8")
    assert commands
    assert [words for words in commands if f"\n## commonhub {' '.join(words)}\n" not in page] == []


def test_every_command_and_option_says_what_it_does(commands: dict[tuple[str, ...], Any]):
    silent = [
        f"{' '.join(words)} {parameter.name}"
        for words, command in commands.items()
        for parameter in command.params
        if not (parameter.name == "help" or getattr(parameter, "hidden", False) or parameter.help or parameter.prompt)
    ]
    silent += [" ".join(words) for words, command in commands.items() if not inspect.cleandoc(command.help or "")]
    assert silent == []


@pytest.mark.parametrize("path", [*PAGES, *FRONT], ids=lambda path: path.name)
def test_pages_call_only_commands_that_exist(path: Path, commands: dict[tuple[str, ...], Any]):
    assert unknown_calls(path.read_text(encoding="utf-8"), set(commands)) == []


def test_a_call_of_an_unknown_command_is_seen():
    known = {("up",), ("hub", "wake")}
    page = "`commonhub hub wake x` and\n```text\n.venv/bin/commonhub hub fly x\ncommonhub up ./fleet\n```\n"
    assert unknown_calls(page, known) == ["hub fly x"]


def test_every_exit_code_is_in_the_reference():
    page = (DOCS / "reference" / "exit-codes.md").read_text(encoding="utf-8")
    used = {terminal.DONE, terminal.FAILED, terminal.NOT_UNDERSTOOD, terminal.AWAY, terminal.REFUSED, 130}
    assert {int(code) for code in re.findall(r"(?m)^\| (\d+) \|", page)} == used


def test_every_setting_of_the_environment_is_in_the_reference():
    used = {name for module in sources.modules() for name in re.findall(r"COMMONHUB_[A-Z_]*[A-Z]", module.text)}
    page = (DOCS / "reference" / "settings.md").read_text(encoding="utf-8")
    named = set(re.findall(r"COMMONHUB_[A-Z_]*[A-Z]", page))
    assert used == named


def test_every_dependency_is_explained_at_the_version_that_is_locked():
    page = (DOCS / "explanation" / "dependencies.md").read_text(encoding="utf-8")
    project = tomllib.loads((sources.ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    bare = re.compile(r"[A-Za-z0-9._-]+")
    locked = (sources.ROOT / "locks" / "development.txt").read_text(encoding="utf-8")
    versions = dict(re.findall(r"(?m)^([A-Za-z0-9._-]+)==(\S+)", locked))
    wanted = [bare.match(line)[0] for line in project["project"]["dependencies"]]
    wanted += [bare.match(line)[0] for lines in project["project"]["optional-dependencies"].values() for line in lines]
    assert [name for name in wanted if f"| {name} | {versions[name.replace('.', '-')]} |" not in page] == []
    developing = page.partition("## For development only")[2]
    assert [
        name
        for line in project["dependency-groups"]["dev"]
        for name in [bare.match(line)[0]]
        if not re.search(rf"[ |]{re.escape(name)}[ ,|]", developing)
    ] == []


def test_every_debian_package_that_setup_asks_for_is_explained():
    setup = (sources.ROOT / "scripts" / "setup").read_text(encoding="utf-8")
    packages = set(re.findall(r"([a-z0-9+-]+):[a-z_]+", " ".join(re.findall(r'needed="([^"]*)"', setup))))
    page = (DOCS / "reference" / "requirements.md").read_text(encoding="utf-8")
    assert packages
    assert {name for name in packages if f"| {name} |" not in page} == set()


@pytest.mark.parametrize("path", [*PAGES, *FRONT], ids=lambda path: path.name)
def test_pages_leave_out_words_that_help_nobody(path: Path):
    page = path.read_text(encoding="utf-8")
    prose = re.sub(r'(?s)^ *```.*?^ *```|`[^`\n]+`|"[^"\n]+"', "", page, flags=re.MULTILINE)
    assert SYMPATHY.findall(prose) == []
