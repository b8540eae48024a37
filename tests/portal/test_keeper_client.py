"""Asking the keeper over its socket."""

import socket
import threading

import pytest

from commonhub.communities import asker
from commonhub.ground import errors
from commonhub.hubs import keeper_client


def test_an_act_names_the_hub_and_who_asks(keeper):
    alice = asker.Asker(handle="alice", name="Alice Okafor", via="portal")
    keeper_client.KeeperClient(keeper.path).act("wake", "reef/main", alice)
    assert keeper.asked == [("wake", "reef/main", "alice")]


def test_the_log_and_the_plan_are_lists_of_sentences(keeper):
    keeper.steps = ["One.", "Two."]
    client = keeper_client.KeeperClient(keeper.path)
    assert client.log("reef/main", 200) == keeper.lines
    assert client.plan("reef/main") == ["One.", "Two."]


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (404, errors.NotFoundError),
        (403, errors.RefusedError),
        (503, errors.UnavailableError),
        (409, errors.CommonhubError),
        (500, errors.CommonhubError),
    ],
)
def test_the_keepers_error_keeps_its_words_and_its_kind(keeper, status, kind):
    keeper.refusal = (status, {"error": {"message": "There is no such hub.", "mend": "Look at the list."}})
    with pytest.raises(kind) as refused:
        keeper_client.KeeperClient(keeper.path).plan("reef/main")
    assert (refused.value.message, refused.value.mend) == ("There is no such hub.", "Look at the list.")


def test_an_answer_that_makes_no_sense_is_said_to_make_none(keeper):
    keeper.refusal = (500, ["nonsense"])
    with pytest.raises(errors.UnavailableError, match="makes no sense"):
        keeper_client.KeeperClient(keeper.path).plan("reef/main")


def test_a_keeper_that_is_away_is_said_to_be_away(tmp_path):
    with pytest.raises(errors.UnavailableError, match="does not answer"):
        keeper_client.KeeperClient(str(tmp_path / "nobody.sock")).log("reef/main", 10)


def test_a_socket_path_that_is_too_long_is_no_traceback(tmp_path):
    with pytest.raises(errors.UnavailableError):
        keeper_client.KeeperClient(str(tmp_path / ("x" * 200))).log("reef/main", 10)


def test_a_keeper_that_hangs_is_given_up_on(state_folder, monkeypatch):
    monkeypatch.setattr(keeper_client, "READ_SECONDS", 0.05)
    path = str(state_folder / "keeper.sock")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()
        with pytest.raises(errors.UnavailableError, match=r"did not answer within 0\.05 seconds"):
            keeper_client.KeeperClient(path).plan("reef/main")


def test_a_keeper_that_hangs_up_is_said_to_be_away(state_folder):
    path = str(state_folder / "keeper.sock")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()

        def hang_up() -> None:
            connection, _ = listener.accept()
            connection.close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        with pytest.raises(errors.UnavailableError):
            keeper_client.KeeperClient(path).plan("reef/main")
        thread.join()
