"""What works beside a hub, as the charts have it."""

from typing import Final

from commonhub.fleet.chart import rules, servers, turns

_BINDER: Final = "binderhub-service"
_CONFIG: Final = f"{_BINDER}.config.BinderHub"
_BUILD: Final = "image_building"
_DASK: Final = "dask-gateway.gateway"
_QUOTAS: Final = "jupyterhub.hub.config.UsageQuotaManager"
_USE_RULE: Final = rules.record(
    [
        rules.same("resource", "resource"),
        rules.same("limit.value", "limit.value", turns.some_number),
        rules.same("limit.value", "limit.value", turns.number),
        rules.same("limit.unit", "limit.unit"),
        rules.same("window", "window", turns.number),
        rules.same("scope.group", "group"),
    ]
)

DASK: Final[tuple[rules.Rule, ...]] = (
    rules.same("dask-gateway.enabled", "dask.enabled", turns.flag),
    rules.same("jupyterhub.custom.daskhubSetup.enabled", "dask.prepared", turns.flag),
    rules.same(f"{_DASK}.auth.type", "dask.sign_in"),
    rules.same(f"{_DASK}.auth.jupyterhub.jupyterhubServiceName", "dask.service"),
    rules.each(f"{_DASK}.nodeSelector", "dask.nodes", turns.optional),
    rules.each(f"{_DASK}.backend.scheduler.extraPodConfig.nodeSelector", "dask.scheduler_nodes", turns.optional),
    rules.each(f"{_DASK}.backend.worker.extraPodConfig.nodeSelector", "dask.worker_nodes", turns.optional),
    rules.each("dask-gateway.controller.nodeSelector", "dask.controller_nodes", turns.optional),
    rules.each("dask-gateway.traefik.nodeSelector", "dask.entrance_nodes", turns.optional),
    *(
        rules.same(
            f"{_DASK}.backend.{part}.extraPodConfig.tolerations", f"dask.{part}_tolerations", servers.TOLERATIONS
        )
        for part in ("scheduler", "worker")
    ),
    rules.same(f"{_DASK}.backend.imagePullSecrets", "dask.secrets", turns.listed_secrets),
    *(
        rules.same(f"{_DASK}.backend.{part}.{theirs}.{side}", f"dask.{part}.{ours}.{word}", turn)
        for part in ("scheduler", "worker")
        for theirs, ours, turn in (("cores", "cpu", turns.cores), ("memory", "memory", turns.kubernetes_size))
        for side, word in (("request", "guarantee"), ("limit", "limit"))
    ),
)
BUILDING: Final[tuple[rules.Rule, ...]] = (
    rules.same(f"{_BINDER}.enabled", f"{_BUILD}.enabled", turns.flag),
    rules.same(f"{_CONFIG}.auth_enabled", f"{_BUILD}.sign_in", turns.flag),
    rules.same("jupyterhub.hub.config.BinderSpawnerMixin.auth_enabled", f"{_BUILD}.launch_sign_in", turns.flag),
    rules.same("jupyterhub.hub.config.BinderSpawnerMixin.cors_allow_origin", f"{_BUILD}.origins"),
    rules.same(f"{_BINDER}.networkPolicy.enabled", f"{_BUILD}.guarded", turns.flag),
    rules.same(f"{_BINDER}.buildPodsRegistryCredentials.server", f"{_BUILD}.registry.address"),
    rules.same(f"{_BINDER}.buildPodsRegistryCredentials.username", f"{_BUILD}.registry.account"),
    rules.same(f"{_BINDER}.buildPodsRegistryCredentials.password", f"{_BUILD}.registry.password", turns.elsewhere),
    rules.same(f"{_BINDER}.config.DockerRegistry.url", f"{_BUILD}.reads_from.address"),
    rules.same(f"{_BINDER}.config.DockerRegistry.username", f"{_BUILD}.reads_from.account"),
    rules.same(f"{_BINDER}.config.DockerRegistry.password", f"{_BUILD}.reads_from.password", turns.elsewhere),
    rules.same(f"{_CONFIG}.image_prefix", f"{_BUILD}.prefix"),
    rules.same(f"{_BINDER}.config.GitHubRepoProvider.allowed_specs", f"{_BUILD}.repositories", turns.words),
    rules.same("jupyterhub.custom.binderhubUI.enabled", f"{_BUILD}.page.enabled", turns.flag),
    rules.same(f"{_BINDER}.ingress.enabled", f"{_BUILD}.page.answers", turns.flag),
    rules.same(f"{_BINDER}.ingress.hosts", f"{_BUILD}.page.hosts", turns.words),
    rules.same(f"{_BINDER}.ingress.tls", f"{_BUILD}.page.tls", servers.TLS),
    rules.each(f"{_BINDER}.ingress.annotations", f"{_BUILD}.page.notes", turns.optional),
    rules.same(f"{_BINDER}.dockerApi.tolerations", f"{_BUILD}.docker_tolerations", servers.TOLERATIONS),
    rules.same(f"{_CONFIG}.base_url", f"{_BUILD}.page.path"),
    rules.same(f"{_CONFIG}.hub_url", f"{_BUILD}.page.hub_url"),
    rules.same(f"{_CONFIG}.badge_base_url", f"{_BUILD}.page.badge_url"),
    rules.same(f"{_CONFIG}.cors_allow_origin", f"{_BUILD}.page.origins"),
    rules.each(f"{_BINDER}.nodeSelector", f"{_BUILD}.service_nodes", turns.optional),
    rules.same(f"{_CONFIG}.enable_api_only_mode", f"{_BUILD}.page.only_api", turns.flag),
    rules.same(f"{_CONFIG}.banner_message", f"{_BUILD}.page.banner", turns.text),
    rules.same(f"{_CONFIG}.about_message", f"{_BUILD}.page.about", turns.text),
    rules.each(f"{_BINDER}.config.KubernetesBuildExecutor.node_selector", f"{_BUILD}.nodes", turns.optional),
    rules.each(f"{_BINDER}.dockerApi.nodeSelector", f"{_BUILD}.docker_nodes", turns.optional),
    rules.same(f"{_BINDER}.extraEnv", f"{_BUILD}.environment", turns.listed_variables),
    rules.same(f"{_BINDER}.custom.sendLogsOfLaunchEventsTo2i2c", f"{_BUILD}.told", turns.flag),
)
OTHERS: Final[tuple[rules.Rule, ...]] = (
    rules.same("jupyterhub.singleuser.extraEnv.GH_SCOPED_CREDS_APP_URL", "private_git.app"),
    rules.same("jupyterhub.singleuser.extraEnv.GH_SCOPED_CREDS_CLIENT_ID", "private_git.client"),
    rules.same(f"{_QUOTAS}.policy", "usage_quotas.rules", turns.each(_USE_RULE)),
    rules.same(f"{_QUOTAS}.scope_fallback_strategy.empty", "usage_quotas.otherwise", _USE_RULE),
    rules.same(f"{_QUOTAS}.scope_fallback_strategy.intersection", "usage_quotas.in_two_groups"),
    rules.same(f"{_QUOTAS}.failover_open", "usage_quotas.open_when_unknown", turns.flag),
    rules.same("jupyterhub.hub.config.UsageViewer.enable_compute", "usage_quotas.show_compute", turns.flag),
    rules.same("jupyterhub.hub.config.UsageViewer.footer_note", "usage_quotas.footer", turns.text),
)
RULES: Final = (*DASK, *BUILDING, *OTHERS)
