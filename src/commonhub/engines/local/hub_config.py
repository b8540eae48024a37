"""From what a hub should be to the plain `jupyterhub_config.py` that it runs with. Pure.

The text uses public settings of JupyterHub only and reads its secrets from a file beside it, so that it
can be read by a person and, with another spawner and proxy, run by plain JupyterHub.
"""

import html
import json
import keyword
import re
from dataclasses import dataclass
from pathlib import Path

from commonhub.engines.local import hub_roles, hub_sign_in
from commonhub.fleet import desired
from commonhub.frontdoor import proxy

# A class and its trait. ASCII alone: Python reads wide letters in a name as plain ones, and so another setting.
SETTING = re.compile(r"([A-Z][A-Za-z0-9_]*)\.([a-z][A-Za-z0-9_]*)")
# Settings through which a hub would leave its own territory; `extra` may not touch them.
FIXED_CLASSES = ("ConfigurableHTTPProxy", "CryptKeeper", "KeeperSpawner", "PortalOAuthenticator")
FIXED_SETTINGS = (
    "JupyterHub.proxy_class",
    "JupyterHub.spawner_class",
    "JupyterHub.hub_bind_url",
    "JupyterHub.hub_connect_url",
    "JupyterHub.db_url",
    "JupyterHub.bind_url",
    "JupyterHub.base_url",
    "JupyterHub.load_roles",
    "JupyterHub.services",
)


@dataclass(frozen=True, kw_only=True)
class HubPaths:
    """Where this hub listens, asks, and finds JupyterHub's pages."""

    socket: Path
    gate: Path
    data_files: Path  # share/jupyterhub of the installed package
    portal_url: str = ""  # where people sign in; "" where there is no portal


def cull_every(hub: desired.DesiredHub) -> int:
    """Seconds between two looks at idle servers: as the hub says, but at least once in its shortest limit."""
    limits = [seconds for seconds in (hub.cull_idle, hub.cull_max_age) if seconds]
    return max(1, min([hub.cull_every, *limits]))


def culler_settings(hub: desired.DesiredHub) -> str:
    """What the hub's culler reads; times in seconds."""
    settings = {
        "base_path": hub.base_path,
        "idle": hub.cull_idle,
        "max_age": hub.cull_max_age,
        "every": cull_every(hub),
    }
    return json.dumps(settings, indent=1) + "\n"


def _extra(hub: desired.DesiredHub) -> list[str]:
    settings = hub.extra.get("settings", {})
    if not isinstance(settings, dict):
        return []
    lines = []
    for name, value in sorted(settings.items()):
        found = SETTING.fullmatch(str(name))
        if found and not any(map(keyword.iskeyword, found.groups())):
            owner, trait = found.groups()
            if owner not in FIXED_CLASSES and name not in FIXED_SETTINGS:
                lines.append(f"c.{owner}.{trait} = {value!r}")
    return ["", "# From `extra.settings` of the hub's file.", *lines] if lines else []


def _page_words(hub: desired.DesiredHub, portal_url: str) -> list[str]:
    """What the hub's pages are told, in one setting: a second one would take the place of the first."""
    words = {**_announced(hub), **hub_sign_in.page_words(hub, portal_url=portal_url)}
    return [f"c.JupyterHub.template_vars = {words!r}"] if words else []


def _announced(hub: desired.DesiredHub) -> dict[str, str]:
    """JupyterHub shows its announcement as it is, so what is said in files of communities is made plain text."""
    said = hub.homepage.get("announcements")
    if not isinstance(said, list | tuple) or not said:
        return {}
    return {"announcement": "<br>".join(html.escape(str(each)) for each in said)}


def hub_config(hub: desired.DesiredHub, paths: HubPaths) -> str:
    """The text of the hub's `jupyterhub_config.py`."""
    lines = [
        f"# {hub.id!r}: written by Commonhub. Change the hub's file in the fleet folder, not this one.",
        "import json",
        "from pathlib import Path",
        "",
        "from commonhub.hubside import pages",
        "",
        "here = Path(__file__).resolve().parent",
        'secrets = json.loads((here / "secrets.json").read_text())',
        "c = get_config()  # noqa: F821",
        "",
        f"c.JupyterHub.bind_url = {f'http://127.0.0.1{hub.base_path}'!r}  # only the path counts: the one proxy listens",
        f"c.JupyterHub.hub_bind_url = {proxy.unix_target(paths.socket)!r}",
        f"c.JupyterHub.hub_connect_url = {proxy.unix_target(paths.socket)!r}",
        "c.JupyterHub.hub_socket_mode = 0o666",
        f"c.JupyterHub.data_files_path = {str(paths.data_files)!r}",
        'c.JupyterHub.db_url = "sqlite:///" + str(here / "data" / "jupyterhub.sqlite")',
        'c.JupyterHub.cookie_secret_file = str(here / "data" / "jupyterhub_cookie_secret")',
        "c.JupyterHub.template_paths = [str(pages.OWN)]",
        *_page_words(hub, paths.portal_url),
        'c.JupyterHub.jinja_environment_options = {"bytecode_cache": pages.compiled}',
        "c.JupyterHub.cleanup_servers = False  # people's servers outlive the hub",
        "c.JupyterHub.cleanup_proxy = False",
        "c.PeriodicMetricsCollector.event_loop_interval_enabled = False  # 0.4 % of a core for each idle hub",
        "",
        "# The gate plays the proxy's API for this hub's own routes; the kernel tells it who asks.",
        "c.ConfigurableHTTPProxy.should_start = False",
        f"c.ConfigurableHTTPProxy.api_url = {proxy.unix_target(paths.gate)!r}",
        'c.ConfigurableHTTPProxy.auth_token = "not a secret"',
        'c.JupyterHub.spawner_class = "commonhub.hubside.spawner.KeeperSpawner"',
        f"c.KeeperSpawner.gate = {str(paths.gate)!r}",
        f"c.Spawner.default_url = {hub.interface!r}",
        "c.Spawner.start_timeout = 120",
        "c.Spawner.http_timeout = 60",
        "",
        *hub_sign_in.lines(hub, gate=paths.gate, portal_url=paths.portal_url),
        "",
        "c.JupyterHub.services = [",
        '    {"name": "culler", "api_token": secrets["culler_token"]},',
        f'    {{"name": {hub_roles.KEEPER!r}, "api_token": secrets["keeper_token"]}},',
        "]",
        "c.JupyterHub.load_roles = [",
        *(f"    {dict(role)!r}," for role in hub_roles.roles(hub)),
        "]",
        *_extra(hub),
    ]
    return "\n".join(lines) + "\n"
