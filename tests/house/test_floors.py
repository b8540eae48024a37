"""The floors of the house: import-linter keeps them, and planted faults show that it does."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from house import sources

LINT = Path(sys.executable).with_name("lint-imports")
FLOORS = "The house stands on its floors"

# contract that must break -> (module that is given an import, the import)
PLANTED = {
    FLOORS: ("ground/clock.py", "import commonhub.fleet.desired"),
    "Only assembly chooses an engine": ("portal/planted.py", "import commonhub.engines.local.places"),
    "What is loaded inside hubs and servers imports nothing else of ours": (
        "hubside/planted.py",
        "import commonhub.ground.errors",
    ),
    "The plan is pure": ("fleet/desired.py", "import subprocess"),
    "Engines do not know each other": ("engines/rehearsal/planted.py", "import commonhub.engines.local.places"),
}


def lint(source: Path) -> subprocess.CompletedProcess[str]:
    """Check the contracts of pyproject.toml against the package below `source`."""
    return subprocess.run(
        [LINT, "--config", sources.ROOT / "pyproject.toml", "--no-cache", "--no-logo"],
        capture_output=True,
        text=True,
        check=False,
        cwd=source,
        env={**os.environ, "PYTHONPATH": str(source), "NO_COLOR": "1", "COLUMNS": "200"},
    )


def verdict(printed: str, contract: str) -> str:
    line = next((line for line in printed.splitlines() if line.startswith(contract)), "")
    return line.removeprefix(contract).split("(")[0].strip()


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the source in which a fault may be planted."""
    ignore = shutil.ignore_patterns("__pycache__", "static", "templates", "locale")
    shutil.copytree(sources.PACKAGE, tmp_path / "commonhub", ignore=ignore)
    return tmp_path


def test_every_contract_is_kept():
    done = lint(sources.ROOT / "src")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("contract", PLANTED)
def test_a_planted_import_breaks(contract: str, copy: Path):
    place, line = PLANTED[contract]
    module = copy / "commonhub" / place
    if not module.parent.exists():  # an engine that is one module, not a folder
        module = module.parent.with_suffix(".py")
    text = module.read_text(encoding="utf-8") if module.exists() else ""
    module.write_text(f"{text}\n{line}\n", encoding="utf-8")
    done = lint(copy)
    assert verdict(done.stdout, contract) == "BROKEN", done.stdout + done.stderr


def test_a_package_without_a_floor_is_seen(copy: Path):
    (copy / "commonhub" / "cellar").mkdir()
    (copy / "commonhub" / "cellar" / "__init__.py").touch()
    done = lint(copy)
    assert done.returncode != 0
    assert "cellar" in done.stdout + done.stderr
