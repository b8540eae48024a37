"""What this machine can give: every program, account and protection that hubs and servers rely on, and how to get what is missing."""

import asyncio
import os
import platform
import shutil
import stat
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from commonhub.engines.local import ledger, machine, places, probes, servers, tools
from commonhub.engines.local.limits import detect
from commonhub.fleet import desired
from commonhub.ground import errors

ATTACK_MENDS = {
    "memory": "Run Commonhub as root, or as a systemd service with Delegate=yes: commonhub service install",
    "processor": "Run Commonhub as root, or as a systemd service with Delegate=yes: commonhub service install",
}
ATTACK_MEND = (
    "Put no hub of strangers on this machine before this holds; docs/explanation/security.md says what each row means."
)
USER_NAMESPACES = Path("/proc/sys/user/max_user_namespaces")
APPARMOR = Path("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that was looked at. `needed` without `holds`: Commonhub can't run here; else it runs with less protection."""

    subject: str
    holds: bool
    detail: str
    mend: str = ""
    needed: bool = False


def examine_machine(on: machine.Machine) -> tuple[Finding, ...]:
    """Programs, accounts and kernel features, without starting anything."""
    return (*_programs(on), *_accounts(on), *_kernel(on))


def _programs(on: machine.Machine) -> Iterator[Finding]:
    yield Finding(
        subject="system",
        holds=True,
        detail=f"{platform.system()} {platform.release()}, Python {platform.python_version()}",
    )
    for what, path in (
        ("node", on.node),
        ("configurable-http-proxy", on.proxy),
        ("servers' environment", on.environment),
    ):
        yield Finding(
            subject=what, holds=path.exists(), detail=str(path), mend="Run `make setup` in the checkout.", needed=True
        )
    for program, package in tools.PACKAGES.items():
        found = shutil.which(program, path=tools.PATH)
        yield Finding(
            subject=program,
            holds=found is not None,
            detail=found or "not found",
            mend=f"apt-get install {package}",
            needed=program != "slirp4netns",
        )


def _accounts(on: machine.Machine) -> Iterator[Finding]:
    yield Finding(
        subject="users of their own",
        holds=on.as_root,
        detail="each hub, server, the proxy and the portal have one" if on.as_root else "all run as this one user",
        mend="Run Commonhub as root: only then the kernel keeps hubs and people's files apart by user.",
    )
    if on.as_root:
        closed = [str(path) for path in (on.python, on.environment, on.proxy) if not open_to_all(path)]
        yield Finding(
            subject="programs readable by hubs",
            holds=not closed,
            detail=", ".join(closed) + " is closed" if closed else "yes",
            mend="Move the checkout out of a closed folder, or run `make setup` again: it then uses /opt.",
            needed=True,
        )


def open_to_all(path: Path) -> bool:
    """Whether every user may reach this file: each folder on its way may be passed."""
    real = path.resolve()
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in real.parents) and bool(
        real.stat().st_mode & stat.S_IROTH
    )


def _kernel(on: machine.Machine) -> Iterator[Finding]:
    allowed = not USER_NAMESPACES.exists() or int(USER_NAMESPACES.read_text()) > 0
    yield Finding(
        subject="user namespaces",
        holds=allowed,
        detail="allowed" if allowed else "switched off",
        mend="sysctl -w user.max_user_namespaces=10000",
        needed=True,
    )
    restricted = APPARMOR.exists() and APPARMOR.read_text().strip() == "1" and not on.as_root
    yield Finding(
        subject="AppArmor",
        holds=not restricted,
        detail="refuses user namespaces to plain users" if restricted else "does not stand in the way",
        mend="Install AppArmor's profile for bwrap (extra-profiles/bwrap-userns-restrict), or run Commonhub as root.",
        needed=restricted,
    )


async def attack(on: machine.Machine, folder: Path) -> tuple[Finding, ...]:
    """Run the attack table inside a real server's box on this machine, and say what held."""
    where = places.Places(folder)
    book = ledger.Ledger(where.ledger)
    limits = detect.detect(folder.name, as_root=on.as_root)
    boxes = servers.Servers(places=where, ledger=book, limits=limits, environment=on.environment, as_root=on.as_root)
    try:
        found = [Finding(subject="limits", holds=not limits.missing, detail=limits.kind, mend=ATTACK_MENDS["memory"])]
        found += [Finding(subject="missing", holds=False, detail=words) for words in boxes.missing]
        await boxes.adopt()
        rows = await probes.run_probes(boxes, place=where, environment=on.environment, egress=desired.Egress.NONE)
        found += [
            Finding(
                subject=row.name,
                holds=row.protected,
                detail=f"{row.tried}: {row.detail}",
                mend="" if row.protected else ATTACK_MENDS.get(row.name, ATTACK_MEND),
            )
            for row in rows
        ]
        return tuple(found)
    finally:
        await boxes.stop_all()
        await boxes.close()
        book.close()


def examine(*, attacks: bool) -> tuple[Finding, ...]:
    """Everything; with `attacks`, also what only a real box can show (some seconds)."""
    on = machine.this_machine()
    found = examine_machine(on)
    blocked = [each for each in found if each.needed and not each.holds]
    if not attacks or blocked:
        return found
    folder = Path(tempfile.mkdtemp(prefix="commonhub-doctor-", dir="/tmp"))
    folder.chmod(0o711)  # the users of servers pass through
    try:
        return (*found, *asyncio.run(attack(on, folder)))
    except errors.CommonhubError as error:
        return (*found, Finding(subject="a box", holds=False, detail=error.message, mend=error.mend, needed=True))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def owner() -> str:
    """Who examines, for the report's first line."""
    return "root" if os.geteuid() == 0 else f"user {os.geteuid()}"
