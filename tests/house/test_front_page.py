"""What a newcomer meets first says what is true: README, Makefile, changelog, licence."""

import re
import subprocess

from house import sources


def read(name: str) -> str:
    return (sources.ROOT / name).read_text(encoding="utf-8")


def verbs() -> set[str]:
    """The verbs of the Makefile that have a line of help."""
    return set(re.findall(r"(?m)^([a-z]+):.*## \S", read("Makefile")))


def test_every_verb_that_pages_name_is_in_the_makefile():
    pages = [sources.ROOT / name for name in ("README.md", "CONTRIBUTING.md", "bench/README.md")]
    pages += [path for path in (sources.ROOT / "docs").rglob("*.md") if "_build" not in path.parts]
    named = {
        verb for path in pages for verb in re.findall(r"(?:^|`)make ([a-z]+)", path.read_text("utf-8"), re.MULTILINE)
    }
    assert {"up", "test"} <= named
    assert named - verbs() == set()


def test_make_alone_lists_every_verb():
    listed = subprocess.run(["make", "-C", sources.ROOT], capture_output=True, text=True, check=True).stdout
    assert {verb for verb in verbs() if f"make {verb}" not in listed} == set()
    assert len(verbs()) >= 9


def test_the_readme_says_the_two_commands_within_its_first_screen():
    first_screen = "\n".join(read("README.md").splitlines()[:12])
    assert "make up" in first_screen
    assert "make test" in first_screen


def test_every_file_that_the_front_pages_link_to_is_there():
    missing = [
        f"{name}: {target}"
        for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")
        for target in re.findall(r"\]\(([^)#\s]+)\)", read(name))
        if not re.match(r"[a-z]+:", target) and not (sources.ROOT / target).is_file()
    ]
    assert missing == []


def test_the_changelog_opens_with_what_is_unreleased():
    headings = re.findall(r"(?m)^## (.+)$", read("CHANGELOG.md"))
    assert headings[0] == "Unreleased"
    kinds = set(re.findall(r"(?m)^### (.+)$", read("CHANGELOG.md")))
    assert kinds <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def test_the_licence_is_the_one_that_the_package_names():
    assert 'license = "BSD-3-Clause"' in read("pyproject.toml")
    assert "BSD 3-Clause License" in read("LICENSE")


def test_continuous_integration_runs_what_the_readme_names():
    assert "make --no-print-directory test" in read(".ci/run")
    assert (sources.ROOT / ".ci" / "run").stat().st_mode & 0o111
