"""The systemd unit says what systemd understands."""

import shutil
import subprocess
from pathlib import Path

import pytest

from commonhub.assembly import installation, unit
from commonhub.engines.local import machine


def of(folder: Path) -> installation.Installation:
    return installation.Installation(fleet=folder, state=Path("/var/lib/commonhub/here"), on=machine.this_machine())


def test_a_restart_of_the_unit_leaves_servers_running_and_limits_are_delegated(tmp_path: Path) -> None:
    words = unit.text(of(tmp_path), whole_machine=True).splitlines()
    assert "KillMode=process" in words
    assert "Delegate=yes" in words
    assert "WantedBy=multi-user.target" in words


def test_odd_folder_names_stay_one_word(tmp_path: Path) -> None:
    text = unit.text(of(tmp_path / 'a "b" %n $HOME'), whole_machine=False)
    assert '/a \\"b\\" %%n $$HOME"' in text
    assert "WantedBy=default.target" in text


@pytest.mark.parametrize("whole_machine", [True, False])
def test_systemd_finds_nothing_wrong_with_it(tmp_path: Path, whole_machine: bool) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not on this machine")
    folder = tmp_path / "with space"
    folder.mkdir()
    path = tmp_path / "commonhub-here.service"
    path.write_text(unit.text(of(folder), whole_machine=whole_machine))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(path)], capture_output=True, text=True, check=False
    )
    about = [line for line in (done.stdout + done.stderr).splitlines() if "commonhub-here" in line]
    assert about == []
