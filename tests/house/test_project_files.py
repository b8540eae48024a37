"""What is committed: nothing of one machine, no secrets, no registry's address, and locks with digests."""

import json
import re
from pathlib import Path

import pytest

from house import sources

OWN_HOME = r"(?<!\w)/home/(?!jovyan\b)[a-z_][a-z0-9_-]*/|/Users/[A-Za-z]"  # jovyan is everybody inside a server
MACHINE = re.compile(rf"{OWN_HOME}|(?<!\w)/root/|/tmp/(?:pytest-of-|tmp\.)")
SYSTEM_FOLDERS = frozenset({"etc", "home", "mnt", "opt", "run", "srv", "tmp", "usr", "var"})
REGISTRY = re.compile(r'"resolved"\s*:|--(?:extra-)?index-url|https?://[^\s"]*/(?:simple|packages)(?:/|\b)')
SECRET = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----"
    r"|\bgh[pousr]_[A-Za-z0-9]{30,}|\bgithub_pat_\w{30,}|\bglpat-[\w-]{20,}"
    r"|\bAKIA[0-9A-Z]{16}\b|\bAIza[\w-]{35}\b|\bxox[abp]-[\w-]{10,}"
    r"|(?i:password|secret|token)\w*[\"']?\s*[:=]\s*[\"']?[0-9a-f]{32,}"
)
LOCK_NAMES = re.compile(r"(^|/)locks/.*\.txt$|package-lock\.json$|\.lock$")

FILES = sources.project_files()
if not FILES:
    pytest.skip("this is no git checkout, so there is no list of files to look at", allow_module_level=True)


def lines_with(pattern: re.Pattern[str], paths: list[Path]) -> list[str]:
    found = []
    for path in paths:
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a picture or a compiled catalogue
        found += [
            f"{path.relative_to(sources.ROOT)}:{number}: {line.strip()[:80]}"
            for number, line in enumerate(text.splitlines(), 1)
            if pattern.search(line)
        ]
    return found


def others() -> list[Path]:
    """Every file but this one, which has to write the patterns down."""
    return [path for path in FILES if path != Path(__file__).resolve()]


def locks() -> list[Path]:
    return [path for path in FILES if LOCK_NAMES.search(str(path.relative_to(sources.ROOT)))]


def unlocked(text: str) -> list[str]:
    """Requirements of a lock file that carry no digest."""
    entries = re.split(r"\n(?=[A-Za-z0-9])", re.sub(r"(?m)^\s*#.*\n", "", text))
    return [entry.split()[0] for entry in entries if "==" in entry and "--hash=sha256:" not in entry]


def test_no_file_names_a_path_of_one_machine():
    assert lines_with(MACHINE, others()) == []


def test_no_file_names_the_folder_of_this_checkout():
    first = sources.ROOT.parts[1]
    here = sources.ROOT if first in SYSTEM_FOLDERS else Path("/", first)
    assert lines_with(re.compile(rf"(?<![\w.-]){re.escape(str(here))}/"), FILES) == []


def test_no_file_holds_a_secret():
    assert lines_with(SECRET, others()) == []


def test_locks_name_no_registry_and_carry_a_digest_for_every_package():
    assert len(locks()) >= 5
    assert lines_with(REGISTRY, locks()) == []
    for path in locks():
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".json":
            packages = {name: entry for name, entry in json.loads(text)["packages"].items() if name}
            assert [name for name, entry in packages.items() if "integrity" not in entry] == [], path
        else:
            assert re.search(r"(?m)^[A-Za-z0-9].*==", text), f"{path} locks nothing"
            assert unlocked(text) == [], path


@pytest.mark.parametrize(
    ("pattern", "planted"),
    [
        (MACHINE, "see /home/ann/notes"),
        (MACHINE, "sys.path.insert(0, '/root/x')"),
        (REGISTRY, '  "resolved": "https://example.org/x.tgz"'),
        (REGISTRY, "--index-url https://example.org/pypi"),
        (REGISTRY, "https://example.org/simple/x"),
        (SECRET, "-----BEGIN OPENSSH PRIVATE KEY-----"),
        (SECRET, "token = '" + "0123456789abcdef" * 2 + "'"),
        (SECRET, "ghp_" + "a" * 36),
    ],
)
def test_a_planted_line_is_seen(pattern: re.Pattern[str], planted: str):
    assert pattern.search(planted)


def test_the_home_inside_a_server_is_no_path_of_a_machine():
    assert not MACHINE.search("HOME=/home/jovyan/work")


def test_a_requirement_without_a_digest_is_seen():
    assert unlocked("a==1 \\\n    --hash=sha256:00\n    # via b\nb==2\n") == ["b==2"]


def test_tests_stand_where_what_they_test_stands():
    known = {"house", "journeys", "data", "matrix"}
    lost = [
        str(folder.relative_to(sources.ROOT))
        for folder in sorted({path.parent for path in FILES if path.match("tests/**/test_*.py")})
        if folder.relative_to(sources.ROOT / "tests").parts[:1]
        and folder.relative_to(sources.ROOT / "tests").parts[0] not in known
        and not (sources.PACKAGE / folder.relative_to(sources.ROOT / "tests")).is_dir()
    ]
    assert lost == []
