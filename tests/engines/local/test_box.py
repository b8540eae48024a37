"""The box as words: what is in the command, and what a hub may say of its variables."""

import dataclasses
import errno
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonhub.engines.local import allowlist, box, seccomp, servers
from commonhub.fleet import desired

SOCKETS = Path("/state/hubs/reef--main/sock")
OUTSIDE = "http+unix://%2Fstate%2Fhubs%2Freef--main%2Fsock%2Fhub.sock"
INSIDE = "http+unix://%2Frun%2Fcommonhub%2Fhub.sock"
FURNITURE = box.Furniture(
    bwrap="/usr/bin/bwrap",
    home=Path("/state/homes/reef--main/eve"),
    etc=Path("/state/servers/x/etc"),
    environment=Path("/opt/environment"),
    hub_sockets=SOCKETS,
    shared=Path("/state/shared/reef--main"),
)


def wish(**more: object) -> servers.ServerWish:
    values = {"environment": {}, "hub_socket_folder": SOCKETS, **more}
    return servers.ServerWish(key=servers.ServerKey("reef/main", "eve"), **values)


def bound(words: tuple[str, ...], how: str) -> dict[str, str]:
    return {words[at + 2]: words[at + 1] for at, word in enumerate(words) if word == how}


def test_only_the_home_can_be_written():
    words = box.argv(FURNITURE, ["server"])
    assert bound(words, "--bind") == {box.HOME: "/state/homes/reef--main/eve"}
    assert bound(words, "--ro-bind")[f"{box.HOME}/shared"] == "/state/shared/reef--main"
    assert words[-2:] == ("--", "server")


def test_an_administrator_can_write_the_shared_folder_too():
    words = box.argv(dataclasses.replace(FURNITURE, shared_writable=True), ["server"])
    assert set(bound(words, "--bind")) == {box.HOME, f"{box.HOME}/shared"}


def test_every_wall_is_there_and_servers_outlive_us():
    words = box.argv(FURNITURE, ["server"])
    for wall in (
        "--unshare-user",
        "--unshare-pid",
        "--unshare-ipc",
        "--unshare-uts",
        "--disable-userns",
        "--new-session",
    ):
        assert wall in words
    assert words[words.index("--cap-drop") + 1] == "ALL"
    assert "--die-with-parent" not in words
    assert "--share-net" not in words


@given(st.text(), st.text())
def test_no_text_of_a_hub_or_user_gets_into_the_command(name, value):
    made = wish(environment={f"JUPYTERHUB_{name}": f"xx{value}"})
    assert not any(f"xx{value}" in word for word in box.argv(FURNITURE, box.server_command(Path("/opt/environment"))))
    assert made.kept()["token"]
    assert f"xx{value}" not in str(made.kept())


def test_the_token_is_not_shown_when_a_wish_is_printed():
    assert "s3cret" not in repr(wish(environment={"JUPYTERHUB_API_TOKEN": "s3cret"}))


@given(st.dictionaries(st.text(), st.text()))
def test_a_hub_sets_its_own_variables_and_no_others(said):
    ours = box.environment(wish(), folder=Path("/opt/environment"), listen_fd=7)
    made = box.environment(wish(environment=said), folder=Path("/opt/environment"), listen_fd=7)
    assert {name for name in made if name not in ours} <= {name for name in said if name.startswith("JUPYTERHUB_")}
    assert {name: made[name] for name in ours if name != "JUPYTERHUB_SERVICE_URL"}.items() <= ours.items()
    assert not any("\0" in name + value or "=" in name for name, value in made.items())


def test_what_could_bend_a_program_is_dropped():
    said = {"LD_PRELOAD": "x", "PYTHONPATH": "x", "PATH": "x", "JUPYTERHUB_USER": "eve", "JUPYTERHUB_SERVICE_URL": "x"}
    made = box.environment(wish(environment=said), folder=Path("/opt/environment"), listen_fd=None)
    assert made["JUPYTERHUB_USER"] == "eve"
    assert made["PATH"].startswith("/opt/environment/bin:")
    assert made["JUPYTERHUB_SERVICE_URL"] == "http://127.0.0.1:8888/"
    assert not {"LD_PRELOAD", "PYTHONPATH"} & set(made)


def test_the_hubs_socket_is_named_where_the_box_has_it():
    said = {
        "JUPYTERHUB_API_URL": f"{OUTSIDE}/hub/api",
        "JUPYTERHUB_ACTIVITY_URL": f"{OUTSIDE}/hub/api/users/eve/activity",
    }
    made = box.from_hub(said, SOCKETS)
    assert made["JUPYTERHUB_API_URL"] == f"{INSIDE}/hub/api"
    assert made["JUPYTERHUB_ACTIVITY_URL"] == f"{INSIDE}/hub/api/users/eve/activity"


def test_limits_are_told_to_the_people_inside():
    made = box.environment(wish(memory_limit=2**30, cpu_limit=0.5), folder=Path("/e"), listen_fd=None)
    assert (made["MEM_LIMIT"], made["CPU_LIMIT"]) == ("1073741824", "0.5")
    assert box.tmp_bytes(2**30) == 2**29
    assert box.tmp_bytes(None) == box.TMP_MAX


def test_only_package_sources_need_a_proxy():
    made = {
        egress: box.environment(wish(egress=egress), folder=Path("/e"), listen_fd=None).get("https_proxy")
        for egress in desired.Egress
    }
    assert made == {"none": None, "internet": None, "packages": "http://127.0.0.1:3128"}


def test_no_sources_named_means_the_whole_table():
    assert "pypi.org" in allowlist.hosts([])
    assert "cran.r-project.org" in allowlist.hosts([])
    assert allowlist.hosts(["pypi", "Mirror.Example.org."]) == {
        "pypi.org",
        "files.pythonhosted.org",
        "mirror.example.org",
    }


@given(st.binary())
def test_no_request_opens_a_host_that_is_not_listed(head):
    assert allowlist.target(head, frozenset({"pypi.org"})) in {None, "pypi.org"}


def test_only_the_whole_name_and_the_secure_port_count():
    allowed = frozenset({"pypi.org"})
    for line in (
        "CONNECT pypi.org.evil.example:443",
        "CONNECT evilpypi.org:443",
        "CONNECT pypi.org:22",
        "GET pypi.org:443",
    ):
        assert allowlist.target(f"{line} HTTP/1.1\r\n\r\n".encode(), allowed) is None
    assert allowlist.target(b"CONNECT PyPI.org:443 HTTP/1.1\r\n\r\n", allowed) == "pypi.org"


def run_filter(program: bytes, mark: int, number: int, *arguments: int) -> int:
    """Runs a filter as the kernel does: what it answers."""
    seen = struct.pack("<iIQ6Q", number, mark, 0, *arguments, *[0] * (6 - len(arguments)))
    at = held = 0
    while True:
        code, true, false, value = struct.unpack_from("<HBBI", program, at * 8)
        at += 1
        if code == seccomp.RETURN:
            return value
        if code == seccomp.LOAD:
            held = struct.unpack_from("<I", seen, value)[0]
        elif code == seccomp.JUMP_EQUAL:
            at += true if held == value else false
        elif code == seccomp.JUMP_AT_LEAST:
            at += true if held >= value else false


@pytest.mark.parametrize("machine", seccomp.MACHINES)
@given(number=st.integers(0, 600), argument=st.integers(0, 50))
def test_the_filter_closes_what_is_listed_and_nothing_else(machine, number, argument):
    numbers = seccomp.MACHINES[machine]
    answer = run_filter(seccomp.program(machine), numbers.mark, number, argument)
    if number in (*numbers.closed, *seccomp.SAME):
        assert answer == seccomp.FAIL | errno.EPERM
    elif number == numbers.socket and argument not in seccomp.FAMILIES:
        assert answer == seccomp.FAIL | errno.EAFNOSUPPORT
    else:
        assert answer == seccomp.ALLOW


@pytest.mark.parametrize("machine", seccomp.MACHINES)
def test_other_sets_of_numbers_are_closed_whole(machine):
    numbers, program = seccomp.MACHINES[machine], seccomp.program(machine)
    assert run_filter(program, 0x40000003, 1) == seccomp.FAIL | errno.ENOSYS
    assert run_filter(program, numbers.mark, seccomp.FOREIGN | 1) == seccomp.FAIL | errno.ENOSYS
    assert run_filter(program, numbers.mark, numbers.ioctl, 0, 0x5412) == seccomp.FAIL | errno.EPERM
    assert run_filter(program, numbers.mark, numbers.ioctl, 0, 0x5401) == seccomp.ALLOW
    assert len(set(numbers.closed)) == 24
    assert seccomp.program("a machine nobody knows") is None
