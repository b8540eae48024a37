"""`commonhub model check` and `commonhub model show`."""

import json

import pytest
from typer.testing import CliRunner

from commonhub.cli import model, terminal

call = CliRunner().invoke


def test_without_a_file_the_shipped_model_holds(tmp_path):
    done = call(model.app, ["check", str(tmp_path)])
    assert done.exit_code == terminal.DONE
    assert done.stdout == (
        "The model is sound: 4 areas, 18 responsibilities, 4 roles, 76 permissions (the model that Commonhub ships).\n"
    )


def test_a_sound_file_is_said_to_be_sound(tmp_path):
    (tmp_path / "responsibilities.yaml").write_text("roles:\n  community-guide:\n    title: Data Steward\n")
    assert call(model.app, ["check", str(tmp_path)]).stdout.endswith("(responsibilities.yaml).\n")
    assert "\nData Steward. Usually filled by" in call(model.app, ["show", str(tmp_path)]).stdout


@pytest.mark.parametrize("option", [[], ["--json"]])
def test_faults_are_told_with_their_lines_and_the_code_says_so(tmp_path, option):
    (tmp_path / "responsibilities.yaml").write_text("roles:\n  community-guide:\n    sides: [nobody]\n")
    done = call(model.app, ["check", str(tmp_path), *option])
    assert done.exit_code == terminal.FAILED
    if option:
        told = json.loads(done.stdout)
        assert told["sound"] is False
        assert told["faults"][0]["line"] == 3
    else:
        assert done.stdout.startswith("responsibilities.yaml:3: error: roles > community-guide > sides > entry 1")


def test_a_warning_lets_the_model_be_sound(tmp_path):
    (tmp_path / "responsibilities.yaml").write_text("evidence:\n  tea-served:\n    meaning: Tea.\n    fresh_days: 1\n")
    done = call(model.app, ["check", str(tmp_path)])
    assert done.exit_code == terminal.DONE
    assert "responsibilities.yaml:2: warning: No responsibility accepts the evidence 'tea-served'." in done.stdout


def test_a_model_with_faults_is_not_shown(tmp_path):
    (tmp_path / "responsibilities.yaml").write_text("[")
    done = call(model.app, ["show", str(tmp_path)])
    assert done.exit_code == terminal.FAILED
    assert "commonhub model check" in done.stderr


def test_a_folder_that_is_not_there_is_said_so(tmp_path):
    done = call(model.app, ["check", str(tmp_path / "gone"), "--json"])
    assert done.exit_code == terminal.FAILED
    assert json.loads(done.stdout)["error"]["mend"] == "Name the folder in which fleet.yaml stands."


def test_show_prints_all_of_it_for_programs(tmp_path):
    told = json.loads(call(model.app, ["show", str(tmp_path), "--json"]).stdout)
    assert [len(area["responsibilities"]) for area in told["areas"]] == [5, 5, 5, 3]
    assert len(told["permissions"]) == 76


def test_show_says_which_area_has_no_roles(tmp_path):
    assert "There are no formal roles for this area." in call(model.app, ["show", str(tmp_path)]).stdout
