"""How a box reaches out of its own network: slirp4netns for the internet, a socket inside it for package sources.

The box's network is made empty and with the roads to private networks shut (`reach`); this adds what its hub allows.
Source of the options: slirp4netns(1), nsenter(1).
"""

import array
import asyncio
import os
import socket
import stat
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from commonhub.engines.local import launch, tools
from commonhub.ground import errors, process

TUN = Path("/dev/net/tun")
SLIRP_WITHIN = 10.0  # seconds
INSIDE_WITHIN = 10.0  # seconds
LOG_TAIL = 300  # characters of an error that are worth showing
# A usable /dev/net/tun for one process alone, where the machine's is closed to others. Needs root.
PRIVATE_TUN = (
    "set -e; uid=$1; shift; mount -t tmpfs -o mode=755,nosuid,noexec tmpfs /dev/net;"
    ' mknod -m 666 /dev/net/tun c 10 200; exec "$@"'
)
# Runs with no code of ours or of the box in sight: -I -S, fixed text, two numbers.
LISTEN_INSIDE = """
import array, socket, sys
listening = socket.socket()
listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listening.bind(("127.0.0.1", int(sys.argv[2])))
listening.listen(64)
told = socket.socket(fileno=int(sys.argv[1]))
told.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [listening.fileno()]))])
"""


def tun_open(*, as_root: bool) -> bool:
    """Whether slirp4netns can work on this machine."""
    return as_root or os.access(TUN, os.R_OK | os.W_OK)


async def connect(
    box: process.Process, *, account: launch.Account, subnet: str, ended: int, as_root: bool, log: int
) -> subprocess.Popen[bytes]:
    """Give the box the internet through slirp4netns, which ends when `ended` (the read end of a pipe) does.

    Before: the box waits for its word. After: its network is configured.
    """
    if not tun_open(as_root=as_root):
        raise errors.CommonhubError(
            f"Servers cannot reach the internet: {TUN} is not open to this user.",
            "Ask the machine's administrator for `chmod 666 /dev/net/tun`, or set the hub's egress to packages.",
        )
    ready, told = os.pipe()
    try:
        popen = _start_slirp(box.pid, account, subnet, (told, ended), as_root=as_root, log=log)
        os.close(told)
        told = -1
        if not await _told(ready):
            popen.kill()
            popen.wait()
            raise errors.UnavailableError(
                "The server's way to the internet could not be opened.", "The end of the server's log says why."
            )
    finally:
        os.close(ready)
        if told >= 0:
            os.close(told)
    return popen


async def listen_inside(box: process.Process, port: int, *, as_root: bool) -> socket.socket:
    """A socket that listens on the box's own loopback and is served by us."""
    ours, its = socket.socketpair()
    with ours:
        ours.settimeout(INSIDE_WITHIN)
        with its:
            child = subprocess.Popen(  # noqa: ASYNC220 - it starts in milliseconds and is awaited below
                [
                    *_enter(box, as_root=as_root),
                    sys.executable,
                    "-I",
                    "-S",
                    "-c",
                    LISTEN_INSIDE,
                    str(its.fileno()),
                    str(port),
                ],
                pass_fds=(its.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                env={},
                cwd="/",
            )
        received = await asyncio.to_thread(_receive, ours)
        _, complaint = await asyncio.to_thread(child.communicate)
    if received is None:
        raise errors.UnavailableError(
            "The way to package sources could not be opened inside a server's box.",
            f"Restart that server. The kernel said: {complaint.decode(errors='replace').strip()[-LOG_TAIL:] or 'nothing'}",
        )
    return received


async def shut(box: process.Process, lines: Sequence[Sequence[str]], *, as_root: bool) -> bool:
    """Add routes to a running box: lines for IPv4, then for IPv6. False when the kernel refused any."""
    whole = True
    for version, batch in zip(("-4", "-6"), lines, strict=True):
        if not batch:
            continue
        child = await asyncio.create_subprocess_exec(
            *_enter(box, as_root=as_root),
            *(tools.find("ip"), version, "-batch", "-"),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={},
            cwd="/",
        )
        await child.communicate("\n".join((*batch, "")).encode())
        whole = whole and child.returncode == 0
    return whole


def _enter(box: process.Process, *, as_root: bool) -> list[str]:
    """Words that run a command in the box's network.

    Root stays in its own user namespace, out of the reach of whoever lives in the box's. Others must enter it: there
    they own the network.
    """
    words = [tools.find("nsenter"), f"--net=/proc/{box.pid}/ns/net"]
    if not as_root:
        words += [f"--user=/proc/{box.pid}/ns/user", "--preserve-credentials"]
    return [*words, "--"]


def _start_slirp(
    pid: int, account: launch.Account, subnet: str, fds: tuple[int, int], *, as_root: bool, log: int
) -> subprocess.Popen[bytes]:
    told, ended = fds
    words = [
        *(tools.find("slirp4netns"), "--configure", "--mtu=65520", f"--cidr={subnet}"),
        *("--disable-host-loopback", "--enable-seccomp", f"--ready-fd={told}", f"--exit-fd={ended}"),
        *(str(pid), "tap0"),
    ]
    who = account.popen
    if as_root and not _open_to_others(TUN):
        uid = str(account.uid)
        drop = [tools.find("setpriv"), f"--reuid={uid}", f"--regid={uid}", "--clear-groups", "--inh-caps=-all", "--"]
        private = [
            tools.find("unshare"),
            "--mount",
            "--propagation",
            "private",
            "--",
            tools.find("sh"),
            "-c",
            PRIVATE_TUN,
        ]
        words = [*private, "sh", uid, *drop, *words]
        who = {"umask": account.umask}
    popen: subprocess.Popen[bytes] = subprocess.Popen(
        words,
        pass_fds=fds,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=log,
        env={"PATH": tools.PATH},
        cwd="/",
        start_new_session=True,
        **who,  # type: ignore[call-overload]  # user, group, extra_groups, umask
    )
    return popen


def _open_to_others(device: Path) -> bool:
    try:
        mode = device.stat().st_mode
    except OSError:
        return False
    return stat.S_ISCHR(mode) and mode & 0o006 == 0o006


async def _told(ready: int) -> bool:
    """Whether slirp4netns says that it is ready, before it ends or the time is over."""
    return await process.readable(ready, SLIRP_WITHIN) and os.read(ready, 1) == b"1"


def _receive(ours: socket.socket) -> socket.socket | None:
    room = socket.CMSG_LEN(array.array("i", [0]).itemsize)
    try:
        _, rights, _, _ = ours.recvmsg(1, room, socket.MSG_CMSG_CLOEXEC)
    except OSError:
        return None
    for level, kind, data in rights:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            listening = socket.socket(fileno=array.array("i", data)[0])
            listening.setblocking(False)
            return listening
    return None
