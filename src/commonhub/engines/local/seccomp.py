"""Which doors of the kernel are closed inside every box, as a program for its system call filter. Pure.

Namespaces do not cover all of the kernel: keyrings are inherited, and sockets to a virtual machine's host (vsock) reach
around the box's network. Container engines close the same doors. What is closed answers with an error, and programs
that can do without go on without.
Sources: seccomp(2), linux/filter.h, linux/audit.h, and the tables of system call numbers of the kernel.
"""

import errno
import struct
from dataclasses import dataclass

# Instructions of the filter's little machine.
LOAD, JUMP_EQUAL, JUMP_AT_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06
ALLOW, FAIL = 0x7FFF0000, 0x00050000  # what a filter answers; FAIL carries an error number
NUMBER, ARCHITECTURE, ARGUMENT_0, ARGUMENT_1 = 0, 4, 16, 24  # places in what the filter sees
FAMILIES = (1, 2, 10, 16)  # sockets that may be made: unix, IPv4, IPv6, netlink
TERMINAL_INPUT = (0x5412, 0x541C)  # TIOCSTI and TIOCLINUX: typing into a terminal outside
FOREIGN = 0x40000000  # x32: a second set of numbers for the same calls on x86_64

# Both architectures call these by the same numbers: io_uring (3), mounting by handles (6), mount_setattr.
SAME = (425, 426, 427, 428, 429, 430, 431, 432, 433, 442)


@dataclass(frozen=True)
class Numbers:
    """One architecture's mark, and its numbers of what is closed and what is looked at."""

    mark: int
    socket: int
    ioctl: int
    closed: tuple[int, ...]


MACHINES = {
    # add_key, request_key, keyctl, perf_event_open, name_to_handle_at, open_by_handle_at, kexec_load, kexec_file_load,
    # bpf, userfaultfd, init_module, finit_module, delete_module, mount, umount2, pivot_root, unshare, setns, swapon,
    # reboot, acct, settimeofday, quotactl, syslog
    "x86_64": Numbers(
        mark=0xC000003E,
        socket=41,
        ioctl=16,
        closed=(
            *(248, 249, 250, 298, 303, 304, 246, 320, 321, 323, 175, 313, 176, 165, 166, 155, 272, 308, 167),
            *(169, 163, 164, 179, 103),
        ),
    ),
    "aarch64": Numbers(
        mark=0xC00000B7,
        socket=198,
        ioctl=29,
        closed=(
            *(217, 218, 219, 241, 264, 265, 104, 294, 280, 282, 105, 273, 106, 40, 39, 41, 97, 268, 224),
            *(142, 89, 170, 60, 116),
        ),
    ),
}


def program(machine: str) -> bytes | None:
    """The filter for one architecture, as `bwrap --seccomp` takes it; None where its numbers are not known here."""
    numbers = MACHINES.get(machine)
    if numbers is None:
        return None
    parts = [
        _word(LOAD, ARCHITECTURE),
        *_unless_equal(numbers.mark, FAIL | errno.ENOSYS),
        _word(LOAD, NUMBER),
        _word(JUMP_AT_LEAST, FOREIGN, 0, 1),
        _word(RETURN, FAIL | errno.ENOSYS),
    ]
    for number in (*numbers.closed, *SAME):
        parts += _if_equal(number, [_word(RETURN, FAIL | errno.EPERM)])
    parts += _if_equal(numbers.ioctl, _look(ARGUMENT_1, TERMINAL_INPUT, found=FAIL | errno.EPERM, other=ALLOW))
    parts += _if_equal(numbers.socket, _look(ARGUMENT_0, FAMILIES, found=ALLOW, other=FAIL | errno.EAFNOSUPPORT))
    return b"".join([*parts, _word(RETURN, ALLOW)])


def _look(place: int, values: tuple[int, ...], *, found: int, other: int) -> list[bytes]:
    """Answer by one argument."""
    parts = [_word(LOAD, place)]
    for value in values:
        parts += _if_equal(value, [_word(RETURN, found)])
    return [*parts, _word(RETURN, other)]


def _if_equal(value: int, then: list[bytes]) -> list[bytes]:
    return [_word(JUMP_EQUAL, value, 0, len(then)), *then]


def _unless_equal(value: int, answer: int) -> list[bytes]:
    return [_word(JUMP_EQUAL, value, 1, 0), _word(RETURN, answer)]


def _word(code: int, value: int, true: int = 0, false: int = 0) -> bytes:
    return struct.pack("<HBBI", code, true, false, value)
