"""The processes that one fleet runs as: web, keeper, proxy, nursery; each with the least it needs.

As root, the proxy and the portal have users of their own; the nursery stays root because it gives each hub
its user, and holds nothing else. The list is written for `ground.supervise`, which keeps them running.
"""

import json
import sys
from pathlib import Path

from commonhub.assembly import installation
from commonhub.engines.local import machine
from commonhub.frontdoor import pages, proxy
from commonhub.ground import files


def prepare_state(of: installation.Installation) -> None:
    """Every folder with its owner and mode; may be run again and again."""
    where, on = of.where, of.on
    web, proxies = on.account(machine.WEB_ACCOUNT), on.account(machine.PROXY_ACCOUNT)
    files.ensure_folder(of.state, mode=0o711)
    for name in ("hubs", "gates", "homes", "shared", "servers"):
        files.ensure_folder(of.state / name, mode=0o711)
    files.ensure_folder(of.secrets, mode=0o700)
    files.ensure_folder(where.logs, mode=0o700)
    files.ensure_folder(where.proxy_folder, mode=0o700, owner=proxies)
    files.ensure_folder(where.door_folder, mode=0o711)
    files.ensure_folder(of.portal_state, mode=0o700, owner=web)
    files.ensure_folder(of.web_socket.parent, mode=0o710, owner=web, group=proxies)


def proxy_settings(of: installation.Installation, public: installation.Public) -> proxy.ProxySettings:
    """How the one proxy is run."""
    return proxy.ProxySettings(
        node=of.on.node,
        script=of.on.proxy,
        ip=public.listen_ip,
        port=public.listen_port,
        api_socket=of.where.proxy_api_socket,
        door_socket=of.where.door_socket,
        error_pages=of.where.door_folder / "errors",
        token=of.secret("proxy_token"),
        host_routing=public.by_host,
        scheme=public.parts.scheme,
    )


def _part(
    of: installation.Installation,
    name: str,
    argv: list[str],
    environment: dict[str, str],
    user: int | None = None,
    leavings: tuple[Path, ...] = (),
) -> dict[str, object]:
    return {
        "name": name,
        "argv": argv,
        "environment": environment,
        "user": user,
        "log": str(of.where.logs / f"{name}.log"),
        "leavings": [str(path) for path in leavings],
    }


def parts(of: installation.Installation, public: installation.Public) -> list[dict[str, object]]:
    """What `ground.supervise` is to keep running."""
    command = proxy.command(proxy_settings(of, public))
    surroundings = of.environment(public)
    python = [str(of.on.python), "-m"]
    system = {name: value for name, value in surroundings.items() if not name.startswith(("COMMONHUB_", "DJANGO_"))}
    # argon2 and large answers leave holes in the heap; given back, the portal weighs a third less.
    thrifty = {"MALLOC_ARENA_MAX": "1", "MALLOC_MMAP_THRESHOLD_": "262144"}
    return [
        _part(
            of,
            "nursery",
            [*python, "commonhub.hubside.nursery", str(of.where.nursery_socket)],
            system,
        ),
        _part(
            of,
            "proxy",
            list(command.arguments),
            {**system, **command.environment},
            of.on.account(machine.PROXY_ACCOUNT),
            (of.where.proxy_api_socket,),  # configurable-http-proxy does not start where this is left over
        ),
        _part(
            of,
            "keeper",
            [*python, "django", "keep", str(of.fleet), str(of.state)],
            {**surroundings, **thrifty},
        ),
        _part(
            of,
            "web",
            [*python, "commonhub.portal.web", str(of.web_socket)],
            {**surroundings, **thrifty, "HOME": str(of.portal_state)},
            of.on.account(machine.WEB_ACCOUNT),
        ),
    ]


def write(of: installation.Installation, public: installation.Public) -> Path:
    """Write parts.json; it holds the proxy's token and is for the owner alone."""
    pages.write_error_pages(of.where.door_folder / "errors")
    down = [sys.executable, "-m", "commonhub.cli.main", "down", str(of.fleet), "--state", str(of.state), "--parts-stay"]
    wanted = {"parts": parts(of, public), "on_interrupt": down}
    path = of.state / "parts.json"
    files.write(path, json.dumps(wanted, indent=1) + "\n", mode=0o600)
    return path
