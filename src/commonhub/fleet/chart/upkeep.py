"""How a hub is kept going, as zero-to-jupyterhub has it."""

from typing import Final

from commonhub.fleet.chart import rules, servers, turns

_HUB: Final = "jupyterhub.hub"
_CONFIG: Final = "jupyterhub.hub.config.JupyterHub"
_PULLER: Final = "jupyterhub.prePuller"
_ROOM: Final = "jupyterhub.scheduling.userPlaceholder"
_REACH: Final = "jupyterhub.singleuser.networkPolicy"
_ROLE: Final = rules.record(
    [
        rules.same("scopes", "scopes", turns.words),
        rules.same("services", "services", turns.words),
        rules.same("users", "people", turns.words),
        rules.same("groups", "groups", turns.words),
        rules.same("description", "description", turns.text),
    ]
)
_SERVICE: Final = rules.record(
    [
        rules.same("url", "url"),
        rules.same("admin", "admin", turns.flag),
        rules.same("display", "shown", turns.flag),
        rules.same("oauth_no_confirm", "no_confirm", turns.flag),
        rules.same("oauth_client_id", "client"),
        rules.same("oauth_client_allowed_scopes", "scopes", turns.words),
        rules.same("oauth_redirect_uri", "back_to"),
    ]
)
_PORT: Final = rules.record(
    [
        rules.same("name", "name"),
        rules.same("port", "number", turns.number),
        rules.same("targetPort", "target", turns.number),
        rules.same("targetPort", "target", turns.word),
    ]
)

RULES: Final[tuple[rules.Rule, ...]] = (
    rules.same("jupyterhub.cull.timeout", "cull.idle", turns.time),
    rules.same("jupyterhub.cull.maxAge", "cull.max_age", turns.age),
    rules.same("jupyterhub.cull.every", "cull.every", turns.time),
    rules.same("jupyterhub.cull.enabled", "cull.enabled", turns.flag),
    rules.same("jupyterhub.cull.users", "cull.people", turns.flag),
    rules.same("jupyterhub.cull.adminUsers", "cull.admins", turns.flag),
    rules.same("jupyterhub.cull.removeNamedServers", "cull.named", turns.flag),
    rules.same("jupyterhub.cull.concurrency", "cull.at_once", turns.number),
    rules.same(f"{_HUB}.allowNamedServers", "named_servers.allowed", turns.flag),
    rules.same(f"{_HUB}.namedServerLimitPerUser", "named_servers.most", turns.number),
    rules.same("jupyterhub.scheduling.userScheduler.enabled", "packing", turns.flag),
    rules.same(f"{_ROOM}.enabled", "spare_room.enabled", turns.flag),
    rules.same(f"{_ROOM}.replicas", "spare_room.servers", turns.number),
    *rules.parts(f"{_ROOM}.resources", "spare_room"),
    rules.same("nodePlaceholder.enabled", "spare_room.machines.enabled", turns.flag),
    rules.same("nodePlaceholder.replicas", "spare_room.machines.count", turns.number),
    rules.each("nodePlaceholder.nodeSelector", "spare_room.machines.nodes", turns.optional),
    rules.same("nodePlaceholder.tolerations", "spare_room.machines.tolerations", servers.TOLERATIONS),
    rules.same("nodePlaceholder.extraTolerations", "spare_room.machines.more_tolerations", servers.TOLERATIONS),
    *rules.parts("nodePlaceholder.resources", "spare_room.machines"),
    rules.same(f"{_PULLER}.hook.enabled", "pre_pull.on_change", turns.flag),
    rules.same(f"{_PULLER}.continuous.enabled", "pre_pull.always", turns.flag),
    rules.same(f"{_PULLER}.pullProfileListImages", "pre_pull.menu", turns.flag),
    rules.each(f"{_PULLER}.extraImages", "pre_pull.images", turns.image),
    rules.same(f"{_PULLER}.extraTolerations", "pre_pull.tolerations", servers.TOLERATIONS),
    rules.same(f"{_REACH}.enabled", "network.guarded", turns.flag),
    rules.same(f"{_REACH}.egress", "network.open_to", servers.REACHES),
    rules.same(f"{_HUB}.networkPolicy.enabled", "core.guarded", turns.flag),
    rules.same(f"{_HUB}.networkPolicy.ingress", "core.reached_by", servers.REACHES),
    rules.same("jupyterhub.proxy.chp.networkPolicy.ingress", "core.proxy_reached_by", servers.REACHES),
    *rules.parts("jupyterhub.proxy.traefik.resources", "core.https"),
    rules.same("jupyterhub.scheduling.corePods.tolerations", "core.usual_tolerations", servers.TOLERATIONS),
    rules.same("jupyterhub.proxy.chp.tolerations", "core.proxy_tolerations", servers.TOLERATIONS),
    rules.same(f"{_HUB}.extraVolumes", "core.volumes", turns.each(servers.VOLUME)),
    rules.same(f"{_HUB}.extraVolumeMounts", "core.folders", turns.each(servers.MOUNT)),
    rules.same(f"{_HUB}.networkPolicy.egress", "core.open_to", servers.REACHES),
    rules.same("jupyterhub.proxy.chp.networkPolicy.egress", "core.proxy_open_to", servers.REACHES),
    rules.same(f"{_REACH}.egressAllowRules.nonPrivateIPs", "network.public", turns.flag),
    rules.same(f"{_REACH}.egressAllowRules.privateIPs", "network.private", turns.flag),
    rules.same(f"{_REACH}.egressAllowRules.dnsPortsPrivateIPs", "network.names", turns.flag),
    rules.Together(
        chart=(("jupyterhub", "singleuser", "cloudMetadata", "blockWithIptables"),),
        hub=("network", "metadata"),
        meant=(((False,), True), ((True,), False)),
    ),
    rules.same(f"{_HUB}.image", "core.image", turns.image),
    *rules.parts(f"{_HUB}.resources", "core.hub"),
    *rules.parts("jupyterhub.proxy.chp.resources", "core.proxy"),
    *rules.parts("jupyterhub.scheduling.userScheduler.resources", "core.scheduler"),
    rules.same(f"{_HUB}.db.pvc.storage", "core.database.size", turns.size_as_text),
    rules.same(f"{_HUB}.db.pvc.storageClassName", "core.database.disk_class"),
    rules.each(f"{_HUB}.nodeSelector", "core.nodes", turns.optional),
    rules.each("jupyterhub.proxy.chp.nodeSelector", "core.proxy_nodes", turns.optional),
    rules.each("jupyterhub.proxy.traefik.nodeSelector", "core.https_nodes", turns.optional),
    rules.each("jupyterhub.scheduling.userScheduler.nodeSelector", "core.scheduler_nodes", turns.optional),
    rules.same("jupyterhub.scheduling.userScheduler.replicas", "core.schedulers", turns.number),
    rules.same("jupyterhub.scheduling.corePods.nodeAffinity.matchNodePurpose", "core.purpose"),
    rules.same("jupyterhub.scheduling.podPriority.enabled", "core.priority", turns.flag),
    rules.each(f"{_HUB}.extraFiles", "core.files", servers.FILE),
    rules.same("jupyterhub.custom.auth.anonymizeUsername", "core.anonymous_names", turns.flag),
    rules.same("jupyterhub-groups-exporter.enabled", "core.groups_counted", turns.flag),
    rules.same("jupyterhub-groups-exporter.config.group_filter", "core.only_groups", turns.words),
    rules.same("jupyterhub.debug.enabled", "core.debug", turns.flag),
    rules.same(f"{_HUB}.tolerations", "core.tolerations", servers.TOLERATIONS),
    rules.each(f"{_HUB}.annotations", "core.notes", turns.optional),
    rules.each(f"{_HUB}.extraEnv", "core.environment", turns.variable),
    rules.same(f"{_HUB}.service.extraPorts", "core.ports", turns.each(_PORT)),
    rules.same(f"{_HUB}.redirectToServer", "core.straight_to_server", turns.flag),
    rules.same(f"{_HUB}.shutdownOnLogout", "core.stop_on_sign_out", turns.flag),
    rules.same(f"{_CONFIG}.admin_access", "core.admins_may_enter", turns.flag),
    rules.same(f"{_HUB}.concurrentSpawnLimit", "core.starts_at_once", turns.number),
    rules.same(f"{_HUB}.activeServerLimit", "core.most_servers", turns.number),
    rules.same(f"{_HUB}.consecutiveFailureLimit", "core.failures_in_a_row", turns.number),
    rules.same(f"{_CONFIG}.cookie_max_age_days", "core.signed_in_days", turns.some_number),
    rules.same(f"{_CONFIG}.cookie_max_age_days", "core.signed_in_days", turns.number),
    rules.same(f"{_CONFIG}.extra_log_file", "core.log_file"),
    rules.same("jupyterhub.hub.config.Spawner.oauth_client_allowed_scopes", "core.server_scopes", turns.words),
    rules.same("jupyterhub.ingress.enabled", "web.answers", turns.flag),
    rules.same("jupyterhub.ingress.hosts", "web.hosts", turns.words),
    rules.same("jupyterhub.ingress.tls", "web.tls", servers.TLS),
    rules.same("jupyterhub.ingress.ingressClassName", "web.kind"),
    rules.each("jupyterhub.ingress.annotations", "web.notes", turns.optional),
    rules.same("jupyterhub.proxy.service.type", "web.service"),
    rules.each("jupyterhub.proxy.service.annotations", "web.service_notes", turns.optional),
    rules.same("jupyterhub.proxy.https.enabled", "web.https.enabled", turns.flag),
    rules.same("jupyterhub.proxy.https.type", "web.https.kind"),
    rules.same("jupyterhub.proxy.https.letsencrypt.contactEmail", "web.https.contact"),
    rules.same("jupyterhub.proxy.https.hosts", "web.https.hosts", turns.words),
    rules.same("jupyterhub.imagePullSecret.create", "image_registry.make", turns.flag),
    rules.same("jupyterhub.imagePullSecret.registry", "image_registry.address"),
    rules.same("jupyterhub.imagePullSecret.username", "image_registry.account"),
    rules.same("jupyterhub.imagePullSecret.email", "image_registry.email"),
    rules.same("jupyterhub.imagePullSecret.password", "image_registry.password", turns.elsewhere),
    rules.each(f"{_HUB}.loadRoles", "hub_roles", _ROLE),
    rules.each(f"{_HUB}.services", "hub_services", _SERVICE),
)
