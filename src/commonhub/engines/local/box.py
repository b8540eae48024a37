"""The box around one server, as words: the command that builds it and the variables inside it. Pure.

Nothing secret is in a command: every user of the machine can read those. Variables travel by inheritance.
Source of the options: bwrap(1).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from commonhub.engines.local import wish as wishes
from commonhub.fleet import desired
from commonhub.frontdoor import proxy

HOME = "/home/jovyan"
SHARED = "shared"
HUB_SOCKETS = "/run/commonhub"  # where the hub's socket folder is inside every box
OURS = "/etc/commonhub"  # where our own extension is
IN_BOX_PORT = 8888  # where the server also listens inside its own network; nobody outside can reach it
PROXY_PORT = 3128  # where package sources are reached inside the box's network
LISTEN_FD = "COMMONHUB_LISTEN_FD"
ANSWER_OF_HUB_HOLDS = 60  # seconds for which a server believes what its hub said of a visitor; 300 by itself
USER_ID = 1000  # jovyan's number inside
FROM_HUB = "JUPYTERHUB_"
TMP_MAX = 2 * 2**30  # bytes of the memory file systems /tmp and /dev/shm each
TMP_SHARE = 2  # at most this part of the memory limit
# Variables of the hub that would move the server away from where the keeper put it.
OURS_ALONE = frozenset({"JUPYTERHUB_SERVICE_URL", "JUPYTERHUB_SSL_KEYFILE", "JUPYTERHUB_SSL_CERTFILE"})


@dataclass(frozen=True, kw_only=True)
class Furniture:
    """The parts of this machine that one box is furnished with; full paths outside."""

    bwrap: str
    home: Path
    etc: Path  # generated: passwd, hosts, Jupyter's settings
    environment: Path  # the folder with bin/jupyterhub-singleuser
    interpreter: Path | None = None  # of the environment, where it is outside /usr and outside the environment
    hub_sockets: Path
    shared: Path | None = None
    shared_writable: bool = False
    tmp_bytes: int = TMP_MAX
    sync_fd: int | None = None  # held open for as long as the box is there
    seccomp_fd: int | None = None  # the system call filter is read from here
    info_fd: int | None = None  # the box writes the id of its first process here


SYSTEM = (
    *("--unshare-user", "--uid", str(USER_ID), "--gid", str(USER_ID)),
    *("--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"),
    *("--disable-userns", "--new-session", "--cap-drop", "ALL", "--hostname", "jupyter"),
    *("--ro-bind", "/usr", "/usr"),
    *("--symlink", "usr/bin", "/bin", "--symlink", "usr/sbin", "/sbin"),
    *("--symlink", "usr/lib", "/lib", "--symlink", "usr/lib64", "/lib64"),
    *("--proc", "/proc", "--dev", "/dev"),
)


def argv(furniture: Furniture, command: Iterable[str]) -> tuple[str, ...]:
    """The command that builds the box in the network it is started in, and runs `command` inside.

    It does not end with its parent: servers outlive the keeper and their hub.
    """
    tmp = str(furniture.tmp_bytes)
    words = [furniture.bwrap, *SYSTEM]
    words += ["--size", tmp, "--tmpfs", "/dev/shm", "--size", tmp, "--perms", "1777", "--tmpfs", "/tmp"]  # noqa: S108
    words += ["--ro-bind", str(furniture.etc), "/etc"]
    for certificates in ("/etc/ssl", "/etc/alternatives", "/etc/fonts"):
        words += ["--ro-bind-try", certificates, certificates]
    words += ["--ro-bind", str(furniture.environment), str(furniture.environment)]
    if furniture.interpreter is not None:
        words += ["--ro-bind", str(furniture.interpreter), str(furniture.interpreter)]
    words += ["--ro-bind", str(furniture.hub_sockets), HUB_SOCKETS]
    words += ["--bind", str(furniture.home), HOME]
    if furniture.shared is not None:
        words += ["--bind" if furniture.shared_writable else "--ro-bind", str(furniture.shared), f"{HOME}/{SHARED}"]
    words += ["--remount-ro", "/dev", "--remount-ro", "/", "--chdir", HOME]
    if furniture.sync_fd is not None:
        words += ["--sync-fd", str(furniture.sync_fd)]
    if furniture.seccomp_fd is not None:
        words += ["--seccomp", str(furniture.seccomp_fd)]
    if furniture.info_fd is not None:
        words += ["--info-fd", str(furniture.info_fd)]
    return (*words, "--", *command)


def environment(wish: wishes.ServerWish, *, folder: Path, listen_fd: int | None) -> dict[str, str]:
    """All variables inside the box: ours, and the hub's JUPYTERHUB_ ones with its socket where the box has it."""
    variables = {
        "HOME": HOME,
        "USER": "jovyan",
        "LOGNAME": "jovyan",
        "SHELL": "/bin/bash",
        "LANG": "C.UTF-8",
        "TMPDIR": "/tmp",  # noqa: S108 - the box's own
        "PATH": f"{folder}/bin:{HOME}/.local/bin:/usr/local/bin:/usr/bin:/bin",
        **_limits(wish),
        **_proxies(wish),
        **from_hub(wish.environment, wish.hub_socket_folder),
    }
    prefix = variables.get("JUPYTERHUB_SERVICE_PREFIX", "/")
    variables["JUPYTERHUB_SERVICE_URL"] = f"http://127.0.0.1:{IN_BOX_PORT}{prefix}"
    if listen_fd is not None:
        variables[LISTEN_FD] = str(listen_fd)
    return variables


def from_hub(variables: Mapping[str, str], hub_sockets: Path) -> dict[str, str]:
    """The variables that a hub may set. A name or value that no process can carry is dropped."""
    outside = proxy.unix_target(hub_sockets)
    inside = proxy.unix_target(Path(HUB_SOCKETS))
    return {
        name: value.replace(outside, inside)
        for name, value in variables.items()
        if name.startswith(FROM_HUB) and name not in OURS_ALONE and not {"=", "\0"} & set(name) and "\0" not in value
    }


def server_command(folder: Path) -> tuple[str, ...]:
    """What runs in every server's box."""
    return (str(folder / "bin" / "jupyterhub-singleuser"), f"--HubOAuth.cache_max_age={ANSWER_OF_HUB_HOLDS}")


def tmp_bytes(memory_limit: int | None) -> int:
    """How large each file system in memory may grow."""
    return TMP_MAX if memory_limit is None else min(TMP_MAX, memory_limit // TMP_SHARE)


def _limits(wish: wishes.ServerWish) -> dict[str, str]:
    """As JupyterHub's spawners tell them; jupyter-resource-usage shows them."""
    told = {
        "MEM_LIMIT": wish.memory_limit,
        "MEM_GUARANTEE": wish.memory_guarantee,
        "CPU_LIMIT": wish.cpu_limit,
        "CPU_GUARANTEE": wish.cpu_guarantee,
    }
    return {name: str(value) for name, value in told.items() if value is not None}


def _proxies(wish: wishes.ServerWish) -> dict[str, str]:
    if wish.egress is not desired.Egress.PACKAGES:
        return {}
    proxy = f"http://127.0.0.1:{PROXY_PORT}"
    local = "localhost,127.0.0.1,::1"
    return {"https_proxy": proxy, "HTTPS_PROXY": proxy, "no_proxy": local, "NO_PROXY": local}
