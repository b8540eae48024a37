"""The programs of the operating system that boxes are made with, by full path: never by a PATH that a hub could bend."""

import shutil

from commonhub.ground import errors

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
PACKAGES = {  # program -> Debian's package
    "bwrap": "bubblewrap",
    "ip": "iproute2",
    "nsenter": "util-linux",
    "prlimit": "util-linux",
    "setpriv": "util-linux",
    "sh": "dash",
    "slirp4netns": "slirp4netns",
    "unshare": "util-linux",
}


def find(program: str) -> str:
    """The full path of a program, or an error that names the package to install."""
    found = shutil.which(program, path=PATH)
    if found is None:
        raise errors.CommonhubError(
            f"The program {program} is not installed.",
            f"Install it, on Debian and Ubuntu with `apt-get install {PACKAGES.get(program, program)}`.",
        )
    return found


def missing() -> tuple[str, ...]:
    """The programs that are not there."""
    return tuple(program for program in PACKAGES if shutil.which(program, path=PATH) is None)
