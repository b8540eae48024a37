"""Who sits at this terminal."""

import getpass
import os


def name() -> str:
    """The name of this user of the machine; their number where the machine has no name for it, as in some containers."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"user {os.getuid()}"
