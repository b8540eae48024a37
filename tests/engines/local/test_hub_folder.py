"""A hub's own folder: who may read and write what, secrets that are made once, and links that are refused."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from commonhub.engines.local import hub_folder, machine, places
from commonhub.ground import errors
from engines.contract import HUB, hub

AS_ROOT = os.geteuid() == 0
ACCOUNT = 300_123
DATA_FILES = Path("/share/jupyterhub")


@pytest.fixture
def where(state_folder: Path) -> places.Places:
    return places.Places(state_folder)


def this_machine(*, as_root: bool = AS_ROOT) -> machine.Machine:
    return machine.Machine(
        as_root=as_root,
        python=Path("/python"),
        environment=Path("/environment"),
        node=Path("/node"),
        proxy=Path("/proxy"),
        hub_data_files=DATA_FILES,
    )


def prepare(where: places.Places, **settings) -> None:
    hub_folder.ensure(hub(**settings), where, this_machine(), ACCOUNT)


def everything(folder: Path) -> dict[str, tuple[int, int, bytes]]:
    """Mode, inode and text of all that lies in a folder: equal when nothing was touched."""
    found = {}
    for path in sorted(folder.rglob("*")):
        seen = path.lstat()
        text = path.read_bytes() if stat.S_ISREG(seen.st_mode) else b""
        found[str(path.relative_to(folder))] = (seen.st_mode, seen.st_ino, text)
    return found


def test_only_the_hubs_user_enters_and_only_the_keeper_changes_settings(where):
    prepare(where)
    folder = where.hub(HUB)
    keeper, own = (0, ACCOUNT) if AS_ROOT else (os.geteuid(), os.geteuid())
    expected = {
        folder: (0o711, keeper),
        folder / "data": (0o700, own),
        folder / "sock": (0o755, own),
        folder / "logs": (0o700, keeper),
        folder / "secrets.json": (0o640 if AS_ROOT else 0o600, keeper),
        folder / "jupyterhub_config.py": (0o644, keeper),
        folder / "culler.json": (0o644, keeper),
        where.gate_folder(HUB): (0o700, own),
        where.gate_folder(HUB).parent: (0o711, keeper),
    }
    found = {path: (stat.S_IMODE(path.lstat().st_mode), path.lstat().st_uid) for path in expected}
    assert found == expected
    assert set(folder.iterdir()) == {path for path in expected if path.parent == folder}
    if AS_ROOT:
        assert (folder / "secrets.json").stat().st_gid == ACCOUNT  # the hub reads them


def test_preparing_twice_touches_nothing(where):
    prepare(where)
    before = everything(where.state)
    prepare(where)
    assert everything(where.state) == before


def test_secrets_are_made_once_and_long_enough(where):
    prepare(where)
    login = hub_folder.login(HUB, where)
    secrets = json.loads((where.hub(HUB) / "secrets.json").read_text())
    assert len(login.admin_password) >= 32  # JupyterHub asks for it
    assert len(set(secrets.values())) == len(hub_folder.MAKERS) == 6
    assert len(secrets["portal_secret"]) >= 43  # 32 bytes
    assert len(bytes.fromhex(secrets["crypt_key"])) == 32
    prepare(where, admins=("carol",), title="Another")
    assert hub_folder.login(HUB, where) == login
    other = "marsh/main"
    hub_folder.ensure(hub(other), where, this_machine(), ACCOUNT + 1)
    assert set(json.loads((where.hub(other) / "secrets.json").read_text()).values()).isdisjoint(secrets.values())


def test_a_hub_of_an_earlier_version_gains_the_secrets_that_it_lacks_and_keeps_the_others(where):
    prepare(where)
    file = where.hub(HUB) / "secrets.json"
    before = json.loads(file.read_text())
    earlier = {name: before[name] for name in ("user_password", "admin_password", "culler_token")}
    file.write_text(json.dumps(earlier))
    assert hub_folder.lacks_secrets(HUB, where)
    prepare(where)
    after = json.loads(file.read_text())
    assert (set(after), after | earlier) == (set(before), after)
    assert not hub_folder.lacks_secrets(HUB, where)


@pytest.mark.root
def test_secrets_that_an_earlier_version_gave_to_the_hub_are_kept_and_become_the_keepers(where):
    prepare(where)
    file = where.hub(HUB) / "secrets.json"
    before = file.read_text()
    file.chmod(0o600)
    os.chown(file, ACCOUNT, ACCOUNT)
    assert hub_folder.lacks_secrets(HUB, where)
    with pytest.raises(errors.UnavailableError, match="earlier version"):
        hub_folder.secret(HUB, "portal_secret", where)
    with pytest.raises(errors.UnavailableError, match="earlier version"):
        hub_folder.login(HUB, where)
    prepare(where)
    seen = file.stat()
    assert (stat.S_IMODE(seen.st_mode), seen.st_uid, seen.st_gid) == (0o640, 0, ACCOUNT)
    assert file.read_text() == before
    assert not hub_folder.lacks_secrets(HUB, where)


@pytest.mark.root
def test_a_hub_reads_its_secrets_and_changes_nothing_of_them(where):
    prepare(where)
    for above in (where.state, *where.state.parents):
        if not above.stat().st_mode & 0o001:
            pytest.skip("others do not get here")
    file = where.hub(HUB) / "secrets.json"
    before = file.read_bytes()
    text = f"""
import os, pathlib
file = pathlib.Path({str(file)!r})
print(len(file.read_text()))
for change in (lambda: file.write_text("{{"), lambda: file.chmod(0o666), file.unlink, lambda: file.rename(file.parent / "data" / "x")):
    try:
        change()
    except PermissionError:
        continue
    print("changed")
"""
    plain = ["setpriv", f"--reuid={ACCOUNT}", f"--regid={ACCOUNT}", "--clear-groups", sys.executable, "-c", text]
    done = subprocess.run(plain, capture_output=True, text=True, check=True, cwd="/")
    assert done.stdout.split() == [str(len(before))]
    assert file.read_bytes() == before


SPOILT = {
    "half": "{",
    "a list": "[]",
    "nested": "[" * 50_000,
    "numbers": json.dumps(dict.fromkeys(hub_folder.MAKERS, 1)),
    "too short": json.dumps(dict.fromkeys(hub_folder.MAKERS, "short")),
    "lines": json.dumps(dict.fromkeys(hub_folder.MAKERS, "x" * 40 + "\r\nX: y")),
    "without end": json.dumps(dict.fromkeys(hub_folder.MAKERS, "x" * 100_000)),
    "not text": "\udcff",
}


@pytest.mark.parametrize("spoilt", SPOILT.values(), ids=SPOILT)
def test_secrets_that_are_none_are_said_and_made_anew(where, spoilt):
    prepare(where)
    file = where.hub(HUB) / "secrets.json"
    file.write_bytes(spoilt.encode(errors="surrogateescape"))
    assert hub_folder.lacks_secrets(HUB, where)
    for ask in (
        lambda: hub_folder.secret(HUB, "portal_secret", where),
        lambda: hub_folder.login(HUB, where),
    ):
        with pytest.raises(errors.UnavailableError, match="damaged"):
            ask()
    prepare(where)
    assert not hub_folder.lacks_secrets(HUB, where)
    assert len(hub_folder.secret(HUB, "portal_secret", where)) >= 43


def test_a_hub_that_was_never_prepared_has_no_secret(where):
    with pytest.raises(errors.UnavailableError):
        hub_folder.secret(HUB, "portal_secret", where)
    with pytest.raises(FileNotFoundError):
        hub_folder.login(HUB, where)


@pytest.mark.parametrize(
    ("settings", "differs"),
    [({}, False), ({"admins": ("carol",)}, True), ({"cull_idle": 60}, True), ({"memory_limit": 2**30}, False)],
    ids=repr,
)
def test_it_differs_when_the_hub_or_its_culler_would_read_something_else(where, settings, differs):
    prepare(where)
    assert hub_folder.differs(hub(**settings), where, this_machine()) is differs
    prepare(where, **settings)
    assert not hub_folder.differs(hub(**settings), where, this_machine())


@pytest.mark.parametrize("name", ["jupyterhub_config.py", "culler.json"])
def test_settings_that_somebody_changed_or_took_away_differ_and_are_put_right(where, name):
    prepare(where)
    before = (where.hub(HUB) / name).read_text()
    for spoil in (lambda path: path.write_text("c = 1\n"), Path.unlink):
        spoil(where.hub(HUB) / name)
        assert hub_folder.differs(hub(), where, this_machine())
        prepare(where)
        assert (where.hub(HUB) / name).read_text() == before


def test_what_was_opened_is_closed_again(where):
    prepare(where)
    (where.hub(HUB) / "data").chmod(0o777)
    where.gate_folder(HUB).chmod(0o755)
    prepare(where)
    assert stat.S_IMODE((where.hub(HUB) / "data").stat().st_mode) == 0o700
    assert stat.S_IMODE(where.gate_folder(HUB).stat().st_mode) == 0o700


@pytest.mark.parametrize("name", ["data", "sock", "logs"])
def test_a_link_in_place_of_a_folder_is_refused_and_not_followed(where, name):
    elsewhere = where.state / "elsewhere"
    elsewhere.mkdir(mode=0o755)
    where.hub(HUB).mkdir(parents=True)
    (where.hub(HUB) / name).symlink_to(elsewhere)
    before = elsewhere.lstat()
    with pytest.raises(errors.CommonhubError, match="is not a folder"):
        prepare(where)
    assert (elsewhere.lstat().st_mode, elsewhere.lstat().st_uid) == (before.st_mode, before.st_uid)
    assert list(elsewhere.iterdir()) == []


def test_a_link_in_place_of_settings_is_replaced_and_not_followed(where):
    elsewhere = where.state / "elsewhere"
    elsewhere.write_text("untouched")
    prepare(where)
    config = where.hub(HUB) / "jupyterhub_config.py"
    config.unlink()
    config.symlink_to(elsewhere)
    prepare(where)
    assert elsewhere.read_text() == "untouched"
    assert not config.is_symlink()


def test_a_link_in_place_of_secrets_is_not_read(where):
    prepare(where)
    secrets = where.hub(HUB) / "secrets.json"
    kept = where.state / "kept.json"
    secrets.rename(kept)
    secrets.symlink_to(kept)
    with pytest.raises(OSError, match="symbolic links"):
        hub_folder.login(HUB, where)


def test_one_plain_user_owns_everything(where):
    hub_folder.ensure(hub(), where, this_machine(as_root=False), ACCOUNT)
    owners = {path.lstat().st_uid for path in where.hub(HUB).rglob("*")}
    assert owners == {os.geteuid()}


def test_a_log_that_grew_too_long_is_moved_aside(where):
    prepare(where)
    log = hub_folder.log(HUB, "hub", where)
    hub_folder.bound_log(log)
    with log.open("wb") as file:
        file.truncate(hub_folder.LOG_MAX)
    hub_folder.bound_log(log)
    assert log.exists()
    with log.open("ab") as file:
        file.write(b"x")
    hub_folder.bound_log(log)
    assert not log.exists()
    assert log.with_suffix(".log.1").stat().st_size == hub_folder.LOG_MAX + 1
