"""`commonhub audit` at the machine: directly on the database of a fleet that does not run."""

import json
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from audit import noted
from commonhub.assembly import installation, records
from commonhub.audit import anchors, chain, guards, trail
from commonhub.audit import records as own

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
PREPARE = """
import django
django.setup()
from django.core.management import call_command
from django.db import transaction
from audit import noted
call_command("migrate", "audit", verbosity=0)
with transaction.atomic():
    noted.note()
    noted.note(community="college", subject="", actor="carol", words="Wrote\\x1b[2J \\u202e over the screen.")
    noted.note(outcome="refused", subject="mallory", words="Was refused to open Eve's server.")
"""


@dataclass(frozen=True)
class Machine:
    """A fleet's folders, and who types there."""

    folder: Path

    @property
    def of(self) -> installation.Installation:
        return installation.find(self.folder / "fleet", self.folder / "state")

    @property
    def database(self) -> Path:
        return self.of.portal_state / "commonhub.sqlite"

    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("COMMONHUB_", "DJANGO_"))}
        return kept | {"PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT / 'tests'}", "LANG": "C.UTF-8"}

    def __call__(self, *words: str) -> subprocess.CompletedProcess[str]:
        where = ("--fleet", str(self.folder / "fleet"), "--state", str(self.folder / "state"))
        done = subprocess.run(
            [sys.executable, "-c", "from commonhub.cli import audit; audit.app()", *words, *where],
            env=self.environment(),
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            cwd=self.folder,
            check=False,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return done

    def lines(self, *words: str) -> list[dict[str, Any]]:
        done = self("export", *words)
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.split("\n") if line]

    def sql(self, *statements: str) -> None:
        """As somebody who has the file."""
        book = sqlite3.connect(self.database)
        for statement in (*guards.lifting("sqlite"), *statements, *guards.laying("sqlite")):
            book.execute(statement)
        book.commit()
        book.close()

    def anchor(self) -> None:
        """As the keeper does once a minute."""
        book = sqlite3.connect(self.database)
        number, digest = book.execute("SELECT number, digest FROM audit_audithead").fetchone()
        book.close()
        row = chain.Head(number=number, digest=digest, at=noted.MORNING)
        assert anchors.anchor(records.anchors(self.of), row) == "new"


@pytest.fixture
def bare(state_folder: Path) -> Machine:
    (state_folder / "fleet").mkdir()
    (state_folder / "fleet" / "fleet.yaml").write_text("name: Our hubs\nurl: http://localhost:8123\n")
    return Machine(state_folder)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The portal's folder of a fleet with three entries."""
    folder = tmp_path_factory.mktemp("prepared")
    given = {"COMMONHUB_STATE": str(folder), "DJANGO_SETTINGS_MODULE": "commonhub.settings"}
    subprocess.run([sys.executable, "-c", PREPARE], env=Machine(folder).environment() | given, check=True)
    return folder


@pytest.fixture
def machine(bare: Machine, prepared: Path) -> Machine:
    shutil.copytree(prepared, bare.of.portal_state)
    return bare


def failed(done: subprocess.CompletedProcess[str], code: int) -> tuple[str, str]:
    assert done.returncode == code, done
    error, mend = done.stderr.splitlines()[-2:]
    return error.removeprefix("error: "), mend.removeprefix("  next: ")


def test_a_whole_audit_is_proved_and_its_end_is_told(machine: Machine):
    machine.anchor()
    done = machine("verify")
    assert (done.returncode, done.stderr) == (0, "")
    first, end = done.stdout.splitlines()
    assert first == "The chain is whole: 3 entries, 1 anchor."
    told = json.loads(machine("verify", "--json").stdout)
    assert (told["sound"], told["entries"], told["broken"]) == (True, 3, None)
    assert end == f"Its end: 3 {told['end']['digest']}"


CUT = (
    "DELETE FROM audit_auditentry WHERE number = 3",
    "DELETE FROM audit_audithead",
    "INSERT INTO audit_audithead SELECT 1, number, digest, at FROM audit_auditentry WHERE number = 2",
)


@pytest.mark.parametrize(
    ("statements", "how", "number"),
    [
        (("UPDATE audit_auditentry SET outcome = 'done' WHERE number = 3",), "edited", 3),
        (("DELETE FROM audit_auditentry WHERE number = 2",), "missing", 2),
        (CUT, "missing", 3),
    ],
    ids=["edited", "deleted", "cut short with its end"],
)
def test_a_broken_audit_ends_with_one(machine: Machine, statements: tuple[str, ...], how: str, number: int):
    machine.anchor()
    machine.sql(*statements)
    told = machine("verify", "--json")
    assert told.returncode == 1
    broken = json.loads(told.stdout)["broken"]
    assert (broken["how"], broken["number"]) == (how, number)
    _, mend = failed(machine("verify"), 1)
    assert mend.startswith(f"What stands up to entry {number - 1} can be trusted: keep a copy")


def test_a_damaged_file_of_anchors_is_told(machine: Machine):
    records.anchors(machine.of).write_text("nonsense\n")
    message, _ = failed(machine("verify"), 1)
    assert "did not write" in message


def test_show_tells_the_newest_first_and_keeps_the_screen(machine: Machine):
    lines = machine("show").stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["No.", "3", "2", "1"]
    assert "refused" in lines[1]
    assert "Wrote\ufffd[2J \ufffd over the screen." in lines[2]
    assert [line.split()[0] for line in machine("show", "-n", "1").stdout.splitlines()] == ["No.", "3"]
    assert [each["number"] for each in json.loads(machine("show", "--json", "--person", "eve").stdout)] == [1]
    assert machine("show", "--community", "nowhere").stdout == "The audit has no such entry.\n"


def test_an_export_is_checked_by_its_filters_and_notes_itself(machine: Machine):
    assert [each["number"] for each in machine.lines()] == [1, 2, 3, 4]
    assert [each["number"] for each in machine.lines("--person", "mallory")] == [3]
    assert [each["number"] for each in machine.lines("--community", "college", "--until", "2026-03-03")] == [2]
    assert [each["number"] for each in machine.lines("--since", "2026-03-03")] == [4, 5, 6, 7]
    exports = machine.lines()[3:]
    assert {each["verb"] for each in exports} == {"audit.export"}
    assert {each["permission"] for each in exports} == {"audit:export"}
    assert exports[1]["details"] == {"person": "mallory"}
    assert machine("verify").returncode == 0


def test_an_export_into_a_file_is_for_its_owner_and_writes_over_nothing(machine: Machine):
    path = machine.folder / "audit.jsonl"
    done = machine("export", "--to", str(path))
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    before = path.read_text()
    assert len(before.splitlines()) == 4
    assert "is there already" in failed(machine("export", "--to", str(path)), 1)[0]
    assert path.read_text() == before


def test_an_entry_that_cannot_be_read_ends_an_export_and_leaves_no_half_file(machine: Machine):
    machine.sql("UPDATE audit_auditentry SET at = 'never' WHERE number = 2")
    message, mend = failed(machine("export", "--to", str(machine.folder / "x")), 1)
    assert message == "Entry 2 of the audit cannot be read any more: it was changed."
    assert "audit verify" in mend
    assert not (machine.folder / "x").exists()
    assert "cannot be read" in failed(machine("show"), 1)[0]


def test_a_fleet_that_never_ran_is_told_and_nothing_is_made(bare: Machine):
    for verb in ("verify", "show", "export"):
        assert "no records here yet" in failed(bare(verb), 1)[0]
    assert not (bare.folder / "state").exists()


def test_a_fleet_at_fault_hides_no_audit(machine: Machine):
    (machine.folder / "fleet" / "fleet.yaml").write_text("name: [\n")
    assert machine("verify").returncode == 0


def test_records_of_an_older_version_are_told(bare: Machine):
    bare.of.portal_state.mkdir(parents=True)
    (bare.of.portal_state / "secret_key").write_text("k" * 50)
    sqlite3.connect(bare.database).close()
    bare.database.touch()
    message, mend = failed(bare("verify"), 3)
    assert "no such table" in message
    assert "commonhub up" in mend


def test_the_terminal_knows_what_the_records_offer():
    """The face that commands use before Django is set up is the records' own."""
    names = [name for name in vars(trail.Trail) if not name.startswith("_")]
    assert names == ["note", "verify", "newest", "export"]
    offered: list[Callable[..., Any]] = [getattr(own, name) for name in names]
    assert all(callable(each) for each in offered)
