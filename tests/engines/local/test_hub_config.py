"""From a hub's settings to the text of its configuration, and what Python makes of that text."""

import ast
import json
import unicodedata
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from jupyterhub.app import JupyterHub
from jupyterhub.auth import Authenticator
from jupyterhub.authenticators.shared import SharedPasswordAuthenticator
from jupyterhub.crypto import CryptKeeper
from jupyterhub.metrics import PeriodicMetricsCollector
from jupyterhub.proxy import ConfigurableHTTPProxy
from jupyterhub.spawner import Spawner
from traitlets.config import Config

from commonhub.engines.local import hub_config, hub_roles
from commonhub.fleet import desired
from commonhub.ground import errors
from commonhub.hubside import signing_in, spawner
from engines.contract import hub

PATHS = hub_config.HubPaths(
    socket=Path("/s/hubs/Reef main/sock/hub.sock"),
    gate=Path("/s/gates/x/gate.sock"),
    data_files=Path("/share"),
    portal_url="https://hubs.example.org/below",
)
CLASSES = (
    JupyterHub,
    Authenticator,
    SharedPasswordAuthenticator,
    Spawner,
    spawner.KeeperSpawner,
    signing_in.PortalOAuthenticator,
    CryptKeeper,
    ConfigurableHTTPProxy,
    PeriodicMetricsCollector,
)
SECRETS = {
    "user_password": "1234-abcd",
    "admin_password": "a" * 32,
    "culler_token": "t" * 64,
    "keeper_token": "k" * 64,
    "portal_secret": "p" * 43,
    "crypt_key": "c0" * 32,
}
AT_PORTAL = {"login": desired.LoginKind.COMMONHUB}
OWN_SOCKET = "http+unix://%2Fs%2Fhubs%2F%52eef%20main%2Fsock%2Fhub.sock"

MEANT = {  # settings of a hub: what JupyterHub is to be told
    "nothing said": (
        {},
        {
            "JupyterHub.bind_url": "http://127.0.0.1/",
            "JupyterHub.hub_bind_url": OWN_SOCKET,
            "JupyterHub.hub_connect_url": OWN_SOCKET,
            "JupyterHub.cleanup_servers": False,
            "JupyterHub.cleanup_proxy": False,
            "JupyterHub.data_files_path": "/share",
            "ConfigurableHTTPProxy.should_start": False,
            "ConfigurableHTTPProxy.api_url": "http+unix://%2Fs%2Fgates%2Fx%2Fgate.sock",
            "JupyterHub.spawner_class": "commonhub.hubside.spawner.KeeperSpawner",
            "KeeperSpawner.gate": "/s/gates/x/gate.sock",
            "Spawner.default_url": "/lab",
            "SharedPasswordAuthenticator.user_password": "1234-abcd",
            "SharedPasswordAuthenticator.admin_password": "a" * 32,
            "Authenticator.admin_users": {"dan"},
            "JupyterHub.services": [
                {"name": "culler", "api_token": "t" * 64},
                {"name": "commonhub", "api_token": "k" * 64},
            ],
        },
    ),
    "people sign in at the portal": (
        AT_PORTAL,
        {
            "JupyterHub.authenticator_class": "commonhub.hubside.signing_in.PortalOAuthenticator",
            "PortalOAuthenticator.gate": "/s/gates/x/gate.sock",
            "PortalOAuthenticator.authorize_url": "https://hubs.example.org/below/identity/o/authorize",
            "PortalOAuthenticator.token_url": "http://gate/portal/identity/o/api/token",
            "PortalOAuthenticator.userdata_url": "http://gate/portal/identity/o/api/userinfo",
            "PortalOAuthenticator.logout_redirect_url": "https://hubs.example.org/below/identity/o/logout",
            "PortalOAuthenticator.client_id": "hub.reef.main",
            "PortalOAuthenticator.client_secret": "p" * 43,
            "PortalOAuthenticator.scope": ["openid", "profile", "email", "roles"],
            "PortalOAuthenticator.username_claim": "preferred_username",
            "PortalOAuthenticator.enable_pkce": True,
            "PortalOAuthenticator.allowed_groups": {"people"},
            "PortalOAuthenticator.manage_groups": True,
            "PortalOAuthenticator.auth_refresh_age": 60,
            "PortalOAuthenticator.auth_refresh_strict": True,
            "PortalOAuthenticator.refresh_pre_spawn": True,
            "CryptKeeper.keys": [bytes.fromhex("c0" * 32)],
            "KeeperSpawner.administrators": "hub-administrators",
            "JupyterHub.template_vars": {"commonhub_access": "https://hubs.example.org/below/hubs/reef/main/access"},
            "Authenticator.allow_all": "not set",
            "Authenticator.admin_users": "not set",  # administrators are a group's members
        },
    ),
    "a path of its own": ({"base_path": "/reef/"}, {"JupyterHub.bind_url": "http://127.0.0.1/reef/"}),
    "another page": ({"interface": "/tree"}, {"Spawner.default_url": "/tree"}),
    "administrators": ({"admins": ("zoë", "o'neil", "李")}, {"Authenticator.admin_users": {"zoë", "o'neil", "李"}}),
    "nobody": ({"admins": ()}, {"Authenticator.admin_users": set()}),
    "more": (
        {"extra": {"settings": {"JupyterHub.active_user_window": 60, "Spawner.args": ["--x='1'"]}}},
        {"JupyterHub.active_user_window": 60, "Spawner.args": ["--x='1'"]},
    ),
    "more that is none": ({"extra": {"settings": ["Spawner.args"]}}, {"Spawner.default_url": "/lab"}),
}


def wide_at_its_end(name: str) -> str:
    """The name with a wide last letter, which Python reads as a plain one."""
    return name[:-1] + chr(ord(name[-1]) + 0xFEE0)


def wide_before_its_dot(name: str) -> str:
    """The same in the name of the class."""
    owner, _, trait = name.partition(".")
    return f"{wide_at_its_end(owner)}.{trait}"


FIXED = (
    *hub_config.FIXED_SETTINGS,
    *("ConfigurableHTTPProxy.auth_token", "CryptKeeper.keys", "KeeperSpawner.gate", "PortalOAuthenticator.gate"),
)
TEXT = st.text(max_size=30) | st.sampled_from(
    [
        "'''",
        '"""',
        "\\",
        "\n",
        "\r",
        "\u2028",
        "\x0c",
        "\n__import__('os')",
        "#",
        "{0}",
        "%s",
        "\0",
        "\ud800",
        "\uff50roxy_class",
    ]
)
NAMES = st.builds("{}.{}".format, TEXT, TEXT) | TEXT | st.sampled_from(FIXED)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)
HOSTILE = st.builds(
    hub,
    login=st.sampled_from([desired.LoginKind.COMMONHUB, desired.LoginKind.SHARED_PASSWORD]),
    title=TEXT,
    description=TEXT,
    admins=st.lists(TEXT, max_size=3).map(tuple),
    interface=TEXT,
    base_path=TEXT,
    extra=st.fixed_dictionaries({"settings": st.dictionaries(NAMES, VALUES, max_size=4)}),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "secrets.json").write_text(json.dumps(SECRETS))
    return tmp_path


def executed(text: str, folder: Path) -> Config:
    """What the text sets, when JupyterHub reads it in this folder."""
    made = Config()
    place = folder / "jupyterhub_config.py"
    exec(compile(text, str(place), "exec"), {"get_config": lambda: made, "__file__": str(place)})
    return made


def told(config: Config) -> dict[str, object]:
    return {f"{owner}.{name}": value for owner, section in config.items() for name, value in section.items()}


def shape(text: str) -> tuple[Counter[str], list[str]]:
    """The kinds of all that the text does beside setting values, and the names that it sets."""
    tree = ast.parse(text)
    sets = [ast.unparse(target) for node in tree.body if isinstance(node, ast.Assign) for target in node.targets]
    does = Counter(ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call))
    does.update(type(node).__name__ for node in tree.body)
    del does["Assign"]
    return does, sets


@pytest.mark.parametrize("name", MEANT)
def test_the_text_says_what_is_meant(name, folder):
    settings, meant = MEANT[name]
    config = told(executed(hub_config.hub_config(hub(**settings), PATHS), folder))
    assert {key: config.get(key, "not set") for key in meant} == meant
    assert config["JupyterHub.db_url"] == f"sqlite:///{folder}/data/jupyterhub.sqlite"


ACCESS = {"commonhub_access": "https://hubs.example.org/below/hubs/reef/main/access"}


@pytest.mark.parametrize(("settings", "also"), [({}, {}), (AT_PORTAL, ACCESS)], ids=["password", "portal"])
def test_announcements_are_plain_text_in_everybodys_browser(settings, also, folder):
    said = {"announcements": ["Down on <b>Monday</b>", "{{ config }} & 'x'"]}
    config = told(executed(hub_config.hub_config(hub(**settings, homepage=said), PATHS), folder))
    assert config["JupyterHub.template_vars"] == {
        "announcement": "Down on &lt;b&gt;Monday&lt;/b&gt;<br>{{ config }} &amp; &#x27;x&#x27;",
        **also,
    }
    quiet = told(executed(hub_config.hub_config(hub(**settings), PATHS), folder))
    assert quiet.get("JupyterHub.template_vars", {}) == also


@pytest.mark.parametrize("settings", [{}, AT_PORTAL], ids=["password", "portal"])
def test_jupyterhub_knows_every_setting(settings, folder):
    config = executed(hub_config.hub_config(hub(**settings), PATHS), folder)
    known = {f"{cls.__name__}.{trait}" for cls in CLASSES for trait in cls.class_traits(config=True)}
    assert set(told(config)) - known == set()


@pytest.mark.parametrize("settings", [{}, AT_PORTAL], ids=["password", "portal"])
def test_secrets_are_not_in_the_text(settings, folder):
    text = hub_config.hub_config(hub(**settings), PATHS)
    assert not [secret for secret in SECRETS.values() if secret in text]


def test_services_may_do_what_they_are_for_and_groups_have_roles_where_the_portal_fills_them(folder):
    plain = executed(hub_config.hub_config(hub(), PATHS), folder).JupyterHub.load_roles
    culler, keeper = plain
    assert (culler["services"], keeper["services"]) == (["culler"], ["commonhub"])
    assert set(culler["scopes"]) == {"list:users", "read:users:activity", "read:servers", "delete:servers"}
    at_portal = executed(hub_config.hub_config(hub(**AT_PORTAL), PATHS), folder).JupyterHub.load_roles
    assert at_portal[:2] == plain
    assert {role["groups"][0]: set(role["scopes"]) for role in at_portal[2:]} == {
        "hub-administrators": set(hub_roles.ADMINISTRATOR_SCOPES),
        "community-representatives": set(hub_roles.REPRESENTATIVE_SCOPES),
    }


def test_people_get_no_scope_that_leads_to_more():
    """Each of these led to everything on a running hub, or opens somebody's files."""
    given = {*hub_roles.ADMINISTRATOR_SCOPES, *hub_roles.REPRESENTATIVE_SCOPES}
    more = {"admin:", "delete:users", "delete:groups", "access:", "shares", "tokens", "users:", "proxy", "shutdown"}
    assert not [scope for scope in given if scope.startswith(tuple(more)) or scope in {"groups", "users"}]
    assert [scope for scope in given if scope.startswith("groups!")] == ["groups!group=hub-administrators"]


def test_without_a_portal_nobody_could_sign_in_there():
    nowhere = hub_config.HubPaths(socket=PATHS.socket, gate=PATHS.gate, data_files=PATHS.data_files)
    with pytest.raises(errors.CommonhubError, match="at the portal, and there is none"):
        hub_config.hub_config(hub(**AT_PORTAL), nowhere)


@pytest.mark.parametrize("name", FIXED)
@pytest.mark.parametrize("disguise", [str, wide_at_its_end, wide_before_its_dot])
def test_what_keeps_a_hub_in_its_territory_is_not_for_extra(name, disguise, folder):
    plain = told(executed(hub_config.hub_config(hub(**AT_PORTAL), PATHS), folder))
    other = hub(**AT_PORTAL, extra={"settings": {disguise(name): "http://elsewhere"}})
    assert told(executed(hub_config.hub_config(other, PATHS), folder)) == plain


def test_a_setting_of_a_parent_class_does_not_reach_the_fixed_ones(folder):
    extra = {
        "Proxy.should_start": True,
        "Proxy.api_url": "http://elsewhere",
        "Proxy.auth_token": "x",
        "Spawner.gate": "/elsewhere",
        "LoggingConfigurable.gate": "/elsewhere",
        "Authenticator.gate": "/elsewhere",
        "GenericOAuthenticator.token_url": "http://elsewhere",
        "OAuthenticator.token_url": "http://elsewhere",
    }
    config = executed(hub_config.hub_config(hub(**AT_PORTAL, extra={"settings": extra}), PATHS), folder)
    assert signing_in.PortalOAuthenticator(config=config).gate == str(PATHS.gate)
    assert signing_in.PortalOAuthenticator(config=config).token_url.startswith("http://gate/portal/")
    talks = ConfigurableHTTPProxy(config=config)
    assert (talks.should_start, "elsewhere" in talks.api_url) == (False, False)
    assert spawner.KeeperSpawner(config=config).gate == str(PATHS.gate)


@pytest.mark.parametrize(
    "name",
    ["JupyterHub", "JupyterHub.", ".x", "a.b", "JupyterHub.a.b", "JupyterHub.class", "None.x", "J.__class__", "J.Up"],
)
def test_a_name_that_is_no_setting_is_left_out(name, folder):
    text = hub_config.hub_config(hub(extra={"settings": {name: 1, "Spawner.args": ["kept"]}}), PATHS)
    assert executed(text, folder).Spawner.args == ["kept"]
    assert shape(text)[1][-1] == "c.Spawner.args"


@example(
    hub(title='"\nimport os', admins=("'}); import os",), interface="'\nimport os\n'", base_path='"; import os; "')
)
@example(hub(extra={"settings": {"Spawner.args = 1; import os #": 1, "Spawner.x\nimport os": 2}}))
@given(HOSTILE)
def test_no_text_becomes_code(hostile):
    """Whatever stands in the fleet: the text does what it does for a plain hub, and sets values."""
    plain = hub_config.hub_config(hub(login=hostile.login), PATHS)
    hostile_text = hub_config.hub_config(hostile, PATHS)
    does, sets = shape(hostile_text)
    before, fixed = shape(plain)
    assert does == before
    assert sets[: len(fixed)] == fixed
    more = sets[len(fixed) :]
    names = {f"c.{name}" for name in hostile.extra.get("settings", {}) if unicodedata.is_normalized("NFKC", name)}
    assert set(more) <= names - {f"c.{name}" for name in FIXED}
    values = {
        ast.unparse(node.targets[0]): node.value
        for node in ast.parse(hostile_text).body
        if isinstance(node, ast.Assign)
    }
    assert ast.literal_eval(values["c.Spawner.default_url"]) == hostile.interface
    if hostile.login is desired.LoginKind.SHARED_PASSWORD:
        assert set(ast.literal_eval(values["c.Authenticator.admin_users"].args[0])) == set(hostile.admins)
    assert {name: ast.literal_eval(values[name]) for name in more} == {
        name: hostile.extra["settings"][name.removeprefix("c.")] for name in more
    }


@example(hub(base_path='/"x"/'))
@given(st.builds(hub, base_path=TEXT, cull_idle=st.integers(0, 10**6), cull_max_age=st.integers(0, 10**6)))
def test_the_culler_reads_its_settings_back(one):
    settings = json.loads(hub_config.culler_settings(one))
    assert (settings["base_path"], settings["idle"], settings["max_age"]) == (
        one.base_path,
        one.cull_idle,
        one.cull_max_age,
    )
    limits = [limit for limit in (one.cull_every, one.cull_idle, one.cull_max_age) if limit]
    assert 1 <= settings["every"] <= max(1, min(limits))
