"""Unix sockets appear whole, and the kernel says who connects."""

import os
import socket
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from commonhub.ground import errors, local_socket


def connect(path: Path) -> socket.socket:
    client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    client.connect(str(path))
    return client


def accept(listener: socket.socket) -> socket.socket:
    listener.setblocking(True)
    connection, _ = listener.accept()
    return connection


def test_a_socket_has_its_mode_from_the_first_moment_and_is_found_under_its_name(state_folder: Path) -> None:
    path = state_folder / "a.sock"
    with local_socket.listen(path, mode=0o660) as listener, connect(path), accept(listener) as connection:
        assert stat.S_IMODE(path.stat().st_mode) == 0o660
        assert local_socket.peer_user(connection) == os.geteuid()
    assert [entry.name for entry in state_folder.iterdir()] == ["a.sock"]


def test_a_newer_socket_takes_the_place_of_an_older_one_without_a_gap(state_folder: Path) -> None:
    path = state_folder / "a.sock"
    missed: list[OSError] = []
    ended = threading.Event()

    def knock() -> None:
        while not ended.is_set():
            try:
                connect(path).close()
            except OSError as error:
                missed.append(error)

    with local_socket.listen(path, backlog=4096) as first:
        visitor = threading.Thread(target=knock)
        visitor.start()
        listeners = [first, *(local_socket.listen(path, backlog=4096) for _ in range(50))]
        ended.set()
        visitor.join()
        for each in listeners:
            each.close()
    assert missed == []


def test_the_path_goes_with_the_block_unless_a_newer_socket_has_taken_it(state_folder: Path) -> None:
    path = state_folder / "a.sock"
    with local_socket.listening(path):
        assert path.exists()
    assert not path.exists()
    with local_socket.listening(path):
        newer = local_socket.listen(path)
    with newer, connect(path):
        assert path.exists()


def test_a_path_that_the_kernel_cannot_hold_is_refused_in_words(state_folder: Path) -> None:
    with pytest.raises(errors.CommonhubError, match="too long"):
        local_socket.listen(state_folder / ("x" * 120))


@pytest.mark.root
def test_another_user_is_seen_as_the_kernel_sees_them(state_folder: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can become another user")
    path = state_folder / "a.sock"
    knock = f"import socket; s = socket.socket(socket.AF_UNIX); s.connect({str(path)!r}); s.recv(1)"
    with local_socket.listen(path, owner=4242, group=4242) as listener:
        child = subprocess.Popen([sys.executable, "-c", knock], user=4242, group=4242, extra_groups=[])
        with accept(listener) as connection:
            assert local_socket.peer_user(connection) == 4242
        child.wait()
    assert path.stat().st_uid == 4242
