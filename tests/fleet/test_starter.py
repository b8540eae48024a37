"""The first files of a fleet."""

import folders
import pytest

from commonhub.fleet import charter, models, reading, resolving, starter
from commonhub.ground import errors


def test_the_first_answer_alone_gives_a_fleet_without_faults():
    files = starter.files(starter.Answers(organisation="Open Shore"))
    found = reading.read(folders.tree({path: text for path, text in files.items() if path.endswith(".yaml")}))
    assert found.faults == ()
    assert [hub.id for hub in resolving.resolve(found.fleet)] == ["first-community/main"]


def test_answers_become_settings():
    answers = starter.Answers(
        organisation="Collège d'été: Été 1",
        community="Météo & Climat",
        kind=models.CommunityKind.RESEARCH,
        hub="123",
        admin="dan",
        url="http://192.168.1.5:8000",
        time_zone="Africa/Blantyre",
    )
    files = starter.files(answers)
    found = reading.read(folders.tree({path: text for path, text in files.items() if path.endswith(".yaml")}))
    (hub,) = resolving.resolve(found.fleet)
    assert found.fleet.file.name == "Collège d'été: Été 1"
    assert (hub.id, hub.title, hub.admins, hub.base_path) == ("m-t-o-climat/main", "123", (), "/m-t-o-climat/")
    (community,) = charter.of(found.fleet).communities
    assert community.roles == (charter.RoleEntry(role="community-representative", login="dan"),)


def test_an_empty_answer_is_refused_in_words():
    with pytest.raises(errors.CommonhubError, match="The community has no name"):
        starter.files(starter.Answers(organisation="x", community="  "))


def test_an_administrator_whom_no_account_can_be_called_is_refused_in_words():
    with pytest.raises(errors.CommonhubError, match="'Dan Rahman' cannot be the name of an account"):
        starter.files(starter.Answers(organisation="x", admin="Dan Rahman"))
