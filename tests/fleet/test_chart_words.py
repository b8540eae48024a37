"""The keys that real hubs set most, beyond those of the data here, have words of ours; each rule goes both ways."""

import chart_meaning
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from commonhub.fleet import models
from commonhub.fleet.chart import logins, plainly, rules, understood, values

# From a count over all hubs of one service (171), by their dotted paths; values are made up.
OFTEN = """
jupyterhub.hub.config.JupyterHub.authenticator_class: generic-oauth
jupyterhub.hub.config.GenericOAuthenticator.authorize_url: https://id.example.org/authorize
jupyterhub.hub.config.GenericOAuthenticator.token_url: https://id.example.org/token
jupyterhub.hub.config.GenericOAuthenticator.userdata_url: https://id.example.org/userinfo
jupyterhub.hub.config.GenericOAuthenticator.logout_redirect_url: https://id.example.org/logout
jupyterhub.hub.config.GenericOAuthenticator.scope: [openid, profile]
jupyterhub.hub.config.GenericOAuthenticator.allowed_scopes: [geolab]
jupyterhub.hub.config.GenericOAuthenticator.username_claim: sub
jupyterhub.hub.config.GenericOAuthenticator.admin_users: [a@example.org]
jupyterhub.hub.config.GenericOAuthenticator.allow_all: true
jupyterhub.hub.config.GenericOAuthenticator.allow_existing_users: true
jupyterhub.hub.config.GenericOAuthenticator.manage_groups: true
jupyterhub.hub.config.GenericOAuthenticator.auth_state_groups_key: scope
jupyterhub.hub.config.GenericOAuthenticator.allowed_groups: [one]
jupyterhub.hub.config.GenericOAuthenticator.admin_groups: [two]
jupyterhub.hub.config.GenericOAuthenticator.enable_auth_state: true
jupyterhub.hub.config.GenericOAuthenticator.auth_refresh_age: 300
jupyterhub.hub.config.GenericOAuthenticator.userdata_from_id_token: true
jupyterhub.hub.config.GenericOAuthenticator.extra_authorize_params: {audience: x}
jupyterhub.hub.config.Authenticator.allowed_users: [a, b]
jupyterhub.hub.config.JupyterHub.concurrent_spawn_limit: 100
jupyterhub.hub.config.JupyterHub.extra_log_file: /srv/log
jupyterhub.hub.config.JupyterHub.cookie_max_age_days: 0.5
jupyterhub.hub.config.JupyterHub.admin_access: false
jupyterhub.hub.config.KubeSpawner.image_pull_policy: Always
jupyterhub.hub.config.Spawner.oauth_client_allowed_scopes: [self]
jupyterhub.hub.config.UsageQuotaManager.policy:
- {resource: memory, limit: {value: 500, unit: GiB-hours}, window: 30, scope: {group: a}}
jupyterhub.hub.config.UsageQuotaManager.scope_fallback_strategy: {empty: {resource: memory, limit: {value: 0.5, unit: GiB-hours}, window: 7}, intersection: min}
jupyterhub.hub.config.UsageQuotaManager.failover_open: true
jupyterhub.hub.config.UsageViewer.enable_compute: true
jupyterhub.hub.config.UsageViewer.footer_note: Ask us
jupyterhub.hub.db.pvc.storage: 10Gi
jupyterhub.hub.db.pvc.storageClassName: managed-csi
jupyterhub.hub.service.extraPorts: [{name: usage, port: 9000, targetPort: usage}]
jupyterhub.hub.services.usage-quota: {url: 'http://hub:9000', display: true, oauth_no_confirm: true}
jupyterhub.hub.loadRoles.user.scopes: [self]
jupyterhub.hub.nodeSelector.pool: core
jupyterhub.proxy.chp.nodeSelector.pool: core
jupyterhub.proxy.chp.networkPolicy.egress: []
jupyterhub.proxy.traefik.nodeSelector.pool: core
jupyterhub.scheduling.userScheduler.nodeSelector.pool: core
jupyterhub.cull.users: true
jupyterhub.scheduling.userPlaceholder.replicas: 0
jupyterhub.singleuser.storage.type: none
jupyterhub.singleuser.storage.extraVolumeMounts.000-shared: {name: home, mountPath: /home/jovyan/shared, subPath: _shared, readOnly: true}
jupyterhub.singleuser.storage.extraVolumes.000-shm: {name: shm, emptyDir: {medium: Memory, sizeLimit: 2Gi}}
jupyterhub.singleuser.extraEnv.GIT_CONFIG: /etc/gitconfig
jupyterhub.singleuser.extraEnv.OPENAI_API_KEY: {valueFrom: {secretKeyRef: {name: keys, key: openai}}}
jupyterhub.singleuser.extraEnv.PANGEO_SCRATCH: s3://x/$(JUPYTERHUB_USER)
jupyterhub.singleuser.cmd: [jupyterhub-singleuser, --debug]
jupyterhub.singleuser.networkPolicy.egressAllowRules.nonPrivateIPs: false
jupyterhub.singleuser.networkPolicy.egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0}}], ports: [{port: 443, protocol: TCP}]}]
jupyterhub.custom.homepage.templateVars.redirect_to: https://example.org
jupyterhub.custom.homepage.templateVars.announcements: [<b>Hello</b>]
jupyterhub.custom.singleuserAdmin.extraEnv: {ROLE: admin}
jupyterhub.custom.auth.anonymizeUsername: true
jupyterhub.imagePullSecret.create: true
nfs.pv.serverIP: storage.example.org
nfs.pv.mountOptions: [soft, nconnect=4]
nfs.pv.baseShareName: /share/
nfs.pv.shareNameOverride: prod
nfs.volumeReporter.enabled: false
nfs.shareCreator.tolerations: [{key: a, operator: Equal, value: b, effect: NoSchedule}]
dask-gateway.gateway.backend.imagePullSecrets: [{name: x}]
dask-gateway.gateway.backend.worker.extraPodConfig.nodeSelector: {a: b}
binderhub-service.config.BinderHub.cors_allow_origin: '*'
jupyterhub-home-nfs.prometheusExporter.enabled: true
jupyterhub-home-nfs.quotaEnforcer.config.QuotaManager.hard_quota: 0.5
jupyterhub-groups-exporter.enabled: false
jupyterhub-groups-exporter.config.group_filter: [a]
nodePlaceholder.replicas: 2
nodePlaceholder.enabled: true
jupyterhub.custom.singleuser.extraPVCs: [{name: 'db-{username}', class: standard, capacity: 10Gi}]
jupyterhub.hub.networkPolicy.ingress: [{from: [{podSelector: {matchLabels: {app: x}}}], ports: [{port: 8081, protocol: TCP}]}]
jupyterhub.hub.livenessProbe.initialDelaySeconds: 30
jupyterhub.hub.pdb.enabled: true
userServiceAccount.annotations: {eks|amazonaws|com/role-arn: arn}
"""


def chart_of(text):
    found = {}
    for dotted, value in yaml.safe_load(text).items():
        values.put(found, tuple(part.replace("|", ".") for part in dotted.split(".")), value)
    return found


def test_the_keys_that_real_hubs_set_most_have_words():
    plain = plainly.plainly(chart_of(OFTEN), {})
    hub = understood.take(plain.values)
    assert plain.values == {}  # nothing is left
    models.HubFile.model_validate({"title": "x"} | hub)


def test_what_is_understood_is_given_back_to_the_letter():
    plain = plainly.plainly(chart_of(OFTEN), {}).values
    hub = understood.take(values.copied(plain))
    assert values.same(understood.give(hub), plain)


CONFIG = ("jupyterhub", "hub", "config")
USER = ("jupyterhub", "singleuser")


def login(**sections):
    return {"jupyterhub": {"hub": {"config": {"JupyterHub": {"authenticator_class": "github"}, **sections}}}}


@pytest.mark.parametrize(
    ("chart", "base"),
    [
        (login(Authenticator={"allow_all": False}, OAuthenticator={"allow_all": True}), {}),
        (login(OAuthenticator={"allow_all": True}), login(Authenticator={"allow_all": False})),
        (login(OAuthenticator={"allow_all": True}), login(GitHubOAuthenticator={"allow_all": False})),
        (login(GitHubOAuthenticator={"manage_groups": False}), login(GitHubOAuthenticator={"manage_groups": True})),
    ],
)
def test_a_setting_of_the_login_that_is_said_twice_stays_where_it_is(chart, base):
    assert plainly.plainly(chart, base).changed == []


def test_a_setting_of_the_login_that_is_said_once_is_said_at_one_place():
    for section in ("GitHubOAuthenticator", "OAuthenticator"):
        plain = plainly.plainly(login(**{section: {"allow_all": True}}), {})
        assert plain.values == login(Authenticator={"allow_all": True})
        assert len(plain.changed) == 1


@pytest.mark.parametrize("blocked", [True, False])
def test_the_metadata_of_the_cloud_is_blocked_or_open_as_the_source_says(blocked):
    chart = {"jupyterhub": {"singleuser": {"cloudMetadata": {"blockWithIptables": blocked}}}}
    hub = understood.take(values.copied(chart))
    assert hub == {"network": {"metadata": not blocked}}
    assert understood.give(hub) == chart


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ((*USER, "extraFiles", "a"), {"stringData": "x"}),
        ((*USER, "storage", "extraVolumeMounts", "a"), {"name": "home"}),
        ((*USER, "extraContainers"), [{"name": "a"}]),
        ((*USER, "profileList"), [{"slug": "a"}]),
        ((*USER, "profileList"), [{"display_name": "a", "profile_options": {"b": {"choices": {"c": {}}}}}]),
        ((*USER, "extraEnv", "A"), {"valueFrom": {"fieldRef": {"fieldPath": "x"}}}),
        ((*USER, "image"), {"name": "a", "tag": 1}),
        (("jupyterhub", "imagePullSecret", "password"), "hunter2"),
    ],
)
def test_half_of_a_thing_and_open_secrets_have_no_words(path, value):
    chart = {}
    values.put(chart, path, value)
    hub = understood.take(chart)
    models.HubFile.model_validate({"title": "x"} | hub)
    if path[-1] == "profileList" and "profile_options" in value[0]:
        assert hub["menu"][0]["extra"] == {"profile_options": value[0]["profile_options"]}
    else:
        assert (hub, values.look(chart, path)) == ({}, (True, value))


# ---- whatever stands in the values ----

RULES = [rule for kind in (None, *logins.KINDS) for rule in understood.rules_for(kind)]
ELSEWHERE = [
    ("jupyterhub", "hub", "config", section, setting)
    for section in ("OAuthenticator", "Authenticator", "TmpAuthenticator", "CILogonOAuthenticator", "JupyterHub")
    for setting in (
        "allow_all",
        "manage_groups",
        "allow_existing_users",
        "scope",
        "auto_login",
        "concurrent_spawn_limit",
    )
]
TOGETHER = [path for rule in RULES if isinstance(rule, rules.Together) for path in rule.chart]
ALONE = [rule.chart for rule in RULES if isinstance(rule, rules.Same | rules.Each | rules.Without)]
PATHS = ELSEWHERE + 5 * TOGETHER + sorted({*ALONE})
NAMES = st.sampled_from(
    ["a", "shared", "01-x", "", "node.kubernetes.io/instance-type", "extra", "kubespawner_override"]
)
PLAUSIBLE = st.sampled_from(
    [
        None, True, False, 0, 1, 2.5, -1, 3600, 10**20, "", "x", "none", "1G", "0.5Gi", "512M", "100m", "/lab", "static", "dynamic",
        "name:tag", "Always", "Memory", "vol-1", "projects/a", "s3://b/$(JUPYTERHUB_USER)", "<in the vault>", "a password",
        "one\ntwo", [], {}, ["a", "b"], [1], [None], {"a": "b"}, {"a": None}, {"name": "x", "tag": "y"}, {"name": "x", "tag": 1},
        [{"name": "x"}], [{"name": "A", "value": "b"}], {"A": {"valueFrom": {"secretKeyRef": {"name": "x", "key": "y"}}}},
        [{"key": "a", "operator": "Exists"}], [{"hosts": ["a"], "secretName": "b"}], {"u": {"scopes": ["self"]}},
        [{"display_name": "CPU", "default": True, "kubespawner_override": {"mem_limit": None, "cpu_limit": 2, "x": 1}}],
        [{"display_name": "x", "profile_options": {"image": {"choices": {"a": {"display_name": "A"}}, "odd": 1}}}],
        [{"display_name": "x", "profile_options": {"image": {"unlisted_choice": {"enabled": True, "more": 1}}}}],
        {"m": {"name": "home", "mountPath": "/x", "readOnly": True}, "n": None}, {"f": {"mountPath": "/x", "stringData": "y"}},
        {"idp": {"username_derivation": {"username_claim": "email", "action": "other"}}},
    ]
)  # fmt: skip
ANY = st.recursive(
    PLAUSIBLE, lambda one: st.lists(one, max_size=2) | st.dictionaries(NAMES, one, max_size=2), max_leaves=4
)


@st.composite
def chart_values(draw):
    found = {}
    for path in draw(st.lists(st.sampled_from(PATHS), max_size=8)):
        values.put(found, path, values.copied(draw(ANY)))
    kind = draw(st.sampled_from([*logins.KINDS, "my.own.Class", None]))
    if kind is not None:
        values.put(found, ("jupyterhub", "hub", "config", "JupyterHub", "authenticator_class"), kind)
    return found


@settings(max_examples=300, deadline=None)
@given(chart_values())
def test_nothing_is_lost_whatever_the_values_are(chart):
    rest = values.copied(chart)
    hub = understood.take(rest)
    assert values.same(values.merged(understood.give(hub), rest), chart)


@settings(max_examples=300, deadline=None)
@given(chart_values())
def test_what_is_taken_is_always_a_hub_without_faults(chart):
    hub = understood.take(values.copied(chart))
    models.HubFile.model_validate({"title": "x"} | hub)


@settings(deadline=None)
@given(chart_values())
def test_what_was_taken_and_given_is_taken_again_alike(chart):
    hub = understood.take(values.copied(chart))
    assert values.same(understood.take(understood.give(hub)), hub)


@settings(deadline=None)
@given(chart_values(), chart_values())
def test_saying_values_plainly_is_done_once(chart, base):
    plain = plainly.plainly(chart, base)
    again = plainly.plainly(plain.values, base)
    assert (again.changed, values.same(again.values, plain.values)) == ([], True)


@settings(deadline=None)
@given(chart_values(), chart_values())
def test_a_value_that_is_said_plainly_means_the_same(chart, base):
    one = chart_meaning.meaning(chart_meaning.over(base, chart))
    other = chart_meaning.meaning(chart_meaning.over(base, plainly.plainly(chart, base).values))
    assert list(chart_meaning.differences(one, other)) == []
