"""The first account of a fleet, and links to the others, made at the machine by a process of the portal's own user."""

import json
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from commonhub.assembly import accounts, founding, installation, parts
from commonhub.communities import invitations
from commonhub.ground import errors

pytestmark = pytest.mark.slow

FLEET = {
    "name": "Our hubs",
    "url": "http://localhost:8000",
    "roles": {"site-reliability-engineer": [{"name": "Nobody yet"}, {"login": "alice", "name": "Alice Okafor"}]},
}


def written(folder: Path, **fleet: object) -> installation.Installation:
    """A fleet folder with this fleet.yaml, and its installation beside it."""
    (folder / "fleet").mkdir(exist_ok=True)
    (folder / "fleet" / "fleet.yaml").write_text(json.dumps(fleet))
    return installation.find(folder / "fleet", folder / "s")


@pytest.fixture(scope="module")
def fleet() -> Iterator[installation.Installation]:
    """A fleet whose records are prepared, and nothing runs. Each test here adds people of its own."""
    folder = Path(tempfile.mkdtemp(prefix="cha-", dir="/tmp"))
    folder.chmod(0o755)
    of = written(folder, **FLEET)
    parts.prepare_state(of)
    first = founding.founder(of)
    assert first is not None
    given = {"first": {"handle": first.handle, "name": first.name, "password": first.password}}
    accounts.run_as_portal(of, installation.public(of.fleet), "prepare_portal", json.dumps(given))
    yield of
    shutil.rmtree(folder)


def rows(of: installation.Installation, question: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(of.portal_state / "commonhub.sqlite") as records:
        return records.execute(question).fetchall()


def test_the_founder_is_the_first_engineer_with_an_account(state_folder: Path) -> None:
    """Who is known by name alone can't sign in, so somebody else begins."""
    found = founding.founder(written(state_folder, **FLEET))
    assert found is not None
    assert (found.handle, found.name, len(found.password) >= 24) == ("alice", "Alice Okafor", True)
    assert founding.founder(written(state_folder, **FLEET)) == found
    assert founding.founder(written(state_folder, name="Our hubs")) is None


def test_the_founders_password_is_in_a_file_for_the_owner_alone(state_folder: Path) -> None:
    """It is printed by `commonhub up` and nowhere else."""
    of = written(state_folder, **FLEET)
    founding.founder(of)
    assert (of.secrets / "first_password").stat().st_mode & 0o777 == 0o600


def test_a_link_lets_one_person_take_their_account_and_is_audited(fleet: installation.Installation) -> None:
    """The code is shown once: the records keep a digest."""
    done = accounts.do(fleet, "link", "root", handle="carol", name="Carol Mendes")
    assert (done["handle"], done["name"], done["again"]) == ("carol", "Carol Mendes", False)
    kept = rows(fleet, "select digest from communities_invitation order by id desc limit 1")
    assert kept == [(invitations.digest(done["code"]),)]
    noted = rows(fleet, "select actor, verb, subject from audit_auditentry order by number desc limit 1")
    assert noted == [("machine:root", "account.invite", "carol")]
    assert done["code"] not in str(rows(fleet, "select * from audit_auditentry"))


def test_somebody_who_holds_their_account_gets_a_link_back_into_it(fleet: installation.Installation) -> None:
    """The same words, for a lost password."""
    done = accounts.do(fleet, "link", "root", handle="alice")
    assert (done["name"], done["again"]) == ("Alice Okafor", True)


@pytest.mark.parametrize("handle", ["nobody-there", "Carol", "root", "../x", "a\n"])
def test_a_name_that_is_none_is_refused_in_words(fleet: installation.Installation, handle: str) -> None:
    """Nothing is made."""
    before = rows(fleet, "select handle from communities_person")
    with pytest.raises(errors.CommonhubError) as refusal:
        accounts.do(fleet, "link", "root", handle=handle)
    assert refusal.value.mend
    assert rows(fleet, "select handle from communities_person") == before


def test_everybody_is_listed_with_how_their_account_stands(fleet: installation.Installation) -> None:
    """Expected people too: they are the ones who need a link."""
    accounts.do(fleet, "link", "root", handle="dan", name="Dan Rahman")
    people = {each["handle"]: (each["holds"], each["last_sign_in"]) for each in accounts.do(fleet, "list", "root")}
    assert (people["alice"], people["dan"]) == ((True, None), (False, None))


def test_a_fleet_without_records_says_how_to_make_them(state_folder: Path) -> None:
    """Nothing is made by asking."""
    with pytest.raises(errors.NotFoundError, match="no accounts"):
        accounts.do(written(state_folder, **FLEET), "list", "root")
