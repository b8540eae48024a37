"""The attacks that run inside a box: a program of its own, with Python's standard library alone.

`probes` copies this file into a throw-away box and runs it with one argument, a JSON object of what to aim at. It
writes one JSON line for each attack: its name, what was tried, whether the box held, and what was seen.
"""

import contextlib
import ctypes
import errno
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

MARK = "probe "  # begins each line: others may write to the same log
BANNER = b"commonhub probe"  # said by listeners outside: reaching anything else does not count
SHUT = frozenset({errno.EACCES, errno.ENETUNREACH, errno.EHOSTUNREACH})  # refused by the box's own roads
AT_ONCE = 1.0  # seconds: a refusal that took longer came from outside, so the attempt had left the box
WAIT = 3.0  # seconds for each connection
CLONE_NEWUSER = 0x10000000
PTRACE_ATTACH = 16
AF_PACKET, AF_VSOCK = 17, 40
CALLS = {  # seccomp(2) answers these with EPERM where the filter is in force
    "x86_64": {"keyrings": 250, "events": 298, "bpf": 321, "faults": 323, "io_uring": 425},
    "aarch64": {"keyrings": 219, "events": 241, "bpf": 280, "faults": 282, "io_uring": 425},
}
FORKS_MAX = 5000
BUSY_SECONDS = 3.0
BUSY_PROCESSES = 2
CPU_SLACK = 1.5  # times the limit, on a busy machine and over a short time
MEMORY_OVER = 1.5  # times the limit that is asked for
PIECE = 4 * 2**20  # bytes taken at once

Answer = tuple[bool, str]


def refused(act: Callable[[], Any]) -> Answer:
    """Held when the act fails."""
    try:
        seen = act()
    except OSError as error:
        return True, error.strerror or type(error).__name__
    return False, f"it worked: {str(seen)[:80]}"


def all_refused(acts: Iterable[tuple[str, Callable[[], Any]]]) -> Answer:
    """Held when every act fails."""
    answers = [(what, *refused(act)) for what, act in acts]
    broken = [f"{what}: {detail}" for what, held, detail in answers if not held]
    return not broken, "; ".join(broken) or ", ".join(sorted({detail for _, _, detail in answers})) or "nothing to try"


def read(path: str) -> Callable[[], Any]:
    """Reads a file's beginning, or a folder's names."""

    def act() -> Any:
        if os.path.isdir(path):  # noqa: PTH112 - the plainest call there is
            return os.listdir(path)  # noqa: PTH208
        with open(path, "rb") as file:  # noqa: PTH123
            return file.read(40)

    return act


def write(folder: str) -> Callable[[], Any]:
    """Makes a file in a folder, and takes it away again."""

    def act() -> Any:
        path = os.path.join(folder, f".commonhub-probe-{os.getpid()}")  # noqa: PTH118
        with open(path, "x", encoding="ascii"):  # noqa: PTH123
            pass
        os.unlink(path)  # noqa: PTH108
        return path

    return act


def unix(path: str) -> Callable[[], Any]:
    """Connects to a socket by path, or by abstract name when it begins with @."""

    def act() -> Any:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(WAIT)
            client.connect("\0" + path[1:] if path.startswith("@") else path)
            return path

    return act


def reached(address: str, port: int) -> str | None:
    """What was heard when our own listener outside answered; None when it did not."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as client:
        client.settimeout(WAIT)
        try:
            client.connect((address, port))
            heard = client.recv(len(BANNER))
        except OSError:
            return None
    return f"{address} port {port}" if heard == BANNER else None


def listeners(targets: Iterable[tuple[str, int]]) -> Answer:
    """Held when none of our own listeners outside can be reached."""
    tried = list(targets)
    found = [heard for address, port in tried if (heard := reached(address, port))]
    return not found, "reached " + ", ".join(found) if found else f"none of {len(tried)} answered"


def roads(targets: Iterable[tuple[str, int]]) -> Answer:
    """Held when the box's own network refuses each, at once: nothing leaves the box."""
    opened = []
    for address, port in targets:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        began = time.monotonic()
        with socket.socket(family) as client:
            client.settimeout(WAIT)
            number = client.connect_ex((address, port))
        if number not in SHUT or time.monotonic() - began > AT_ONCE:
            opened.append(f"{address} port {port}: {os.strerror(number) if number else 'connected'}")
    return not opened, "; ".join(opened) or "every road is shut"


def processes(pid: int) -> Answer:
    """Held when a process outside can be neither seen, signalled nor traced."""
    libc = ctypes.CDLL(None, use_errno=True)

    def trace() -> Any:
        if libc.ptrace(PTRACE_ATTACH, pid, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        return "attached"

    return all_refused(
        [
            ("signal", lambda: os.kill(pid, 0)),
            ("trace", trace),
            ("environment", read(f"/proc/{pid}/environ")),
            ("memory", read(f"/proc/{pid}/maps")),
        ]
    )


def namespaces() -> Answer:
    """Held when no further user namespace can be made: each would open more of the kernel."""
    libc = ctypes.CDLL(None, use_errno=True)
    child = os.fork()
    if child == 0:
        os._exit(0 if libc.unshare(CLONE_NEWUSER) == 0 else min(ctypes.get_errno(), 250))
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return code != 0, os.strerror(code) if code else "a user namespace was made"


def kernel_doors() -> Answer:
    """Held when calls that reach around the box are refused."""
    libc = ctypes.CDLL(None, use_errno=True)

    def call(number: int) -> Callable[[], Any]:
        def act() -> Any:
            if libc.syscall(number, 0, 0, 0, 0, 0) >= 0 or ctypes.get_errno() not in {errno.EPERM, errno.ENOSYS}:
                return f"answered with {os.strerror(ctypes.get_errno())}"
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))

        return act

    numbers = CALLS.get(os.uname().machine, {})
    return all_refused(
        [
            *((name, call(number)) for name, number in numbers.items()),
            ("vsock", lambda: socket.socket(AF_VSOCK, socket.SOCK_STREAM).close()),
            ("packets", lambda: socket.socket(AF_PACKET, socket.SOCK_RAW).close()),
        ]
    )


def memory(limit: int) -> Answer:
    """Held when a process that takes more than the limit is stopped and this one lives."""
    text = (
        f"import sys\nheld=[]\nfor _ in range({int(limit * MEMORY_OVER) // PIECE}):\n"
        f" held.append(b'x' * {PIECE})\nprint('taken')"
    )
    done = subprocess.run([sys.executable, "-I", "-S", "-c", text], capture_output=True, check=False)
    if b"taken" in done.stdout:
        return False, f"{MEMORY_OVER} times the limit was taken"
    return True, "killed by the kernel" if done.returncode == -signal.SIGKILL else "refused by the kernel"


def forks() -> Answer:
    """Held when there is an end to starting processes."""
    held: list[int] = []
    ended = ""
    try:
        for _ in range(FORKS_MAX):
            child = os.fork()
            if child == 0:
                signal.pause()
                os._exit(0)
            held.append(child)
    except OSError as error:
        ended = error.strerror or ""
    for child in held:
        os.kill(child, signal.SIGKILL)
    for child in held:
        os.waitpid(child, 0)
    return bool(ended), f"stopped after {len(held)}: {ended}" if ended else f"{len(held)} were started"


def cpu(cores: float) -> Answer:
    """Held when busy processes together get no more than the limit, with some slack."""
    children = []
    for _ in range(BUSY_PROCESSES):
        child = os.fork()
        if child == 0:
            until = time.monotonic() + BUSY_SECONDS
            while time.monotonic() < until:
                pass
            os._exit(0)
        children.append(child)
    began = time.monotonic()
    before = os.times()
    for child in children:
        os.waitpid(child, 0)
    after = os.times()
    used = after.children_user + after.children_system - before.children_user - before.children_system
    got = used / max(time.monotonic() - began, BUSY_SECONDS)
    return got <= cores * CPU_SLACK, f"{got:.2f} cores of {cores:g} allowed"


def attacks(aim: Mapping[str, Any]) -> Iterable[tuple[str, str, Callable[[], Answer]]]:
    """Name, what is tried, and how."""
    yield "other homes", "read another person's home", lambda: all_refused((p, read(p)) for p in aim["homes"])
    yield (
        "hub's records",
        "read a hub's database and secrets",
        lambda: all_refused((p, read(p)) for p in aim["records"]),
    )
    yield "processes", "signal and trace the control plane", lambda: processes(aim["pid"])
    yield "shared folder", "write what is only to be read", lambda: all_refused((p, write(p)) for p in aim["readable"])
    yield "system", "write the system and the environment", lambda: all_refused((p, write(p)) for p in aim["system"])
    yield "control sockets", "talk to the control plane", lambda: all_refused((p, unix(p)) for p in aim["sockets"])
    yield "loopback", "reach this machine's own ports", lambda: listeners(aim["loopback"])
    yield "own addresses", "reach this machine by its addresses", lambda: listeners(aim["own"])
    yield "neighbours", "reach private networks", lambda: roads(aim["neighbours"])
    yield "metadata", "reach cloud metadata", lambda: roads(aim["metadata"])
    yield (
        "other servers",
        "reach another server's kernel",
        lambda: both(listeners(aim["other_ports"]), all_refused((p, unix(p)) for p in aim["other_sockets"])),
    )
    yield "user namespaces", "make a nested user namespace", namespaces
    yield "kernel doors", "use keyrings, tracing, io_uring and sockets to the machine below", kernel_doors
    yield "memory", "use more memory than allowed", lambda: memory(aim["memory"])
    yield "process count", "start processes without end", forks
    if aim["cpu"]:
        yield "processor", "use more processor time than allowed", lambda: cpu(aim["cpu"])


def both(one: Answer, other: Answer) -> Answer:
    """Held when both held."""
    return one[0] and other[0], f"{one[1]}; {other[1]}"


def main(text: str) -> None:
    """Try everything; an attack that fails in an unforeseen way counts as not held."""
    with contextlib.suppress(OSError):
        os.write(1, b"\n")
    for name, tried, attack in attacks(json.loads(text)):
        try:
            held, detail = attack()
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told
            held, detail = False, f"{type(error).__name__}: {error}"
        print(MARK + json.dumps({"name": name, "tried": tried, "protected": held, "detail": detail}), flush=True)  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1])
