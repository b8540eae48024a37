"""People's servers and the menu, as KubeSpawner has them."""

from typing import Final

from commonhub.fleet.chart import rules, turns

USER: Final = "jupyterhub.singleuser"
_MACHINE: Final = "node|kubernetes|io/instance-type"
_PULL: Final = turns.table({name: name for name in ("Always", "IfNotPresent", "Never")})

TOLERATION: Final = rules.record([rules.same(name, name) for name in ("key", "operator", "value", "effect")])
TOLERATIONS: Final = turns.each(TOLERATION)
MOUNT: Final = rules.record(
    [
        rules.same("name", "volume"),
        rules.same("mountPath", "path"),
        rules.same("subPath", "inside"),
        rules.same("readOnly", "read_only", turns.flag),
        rules.same("mountPropagation", "shared_mounts"),
    ],
    needs=("path",),
)
CONTAINER: Final = rules.record(
    [
        rules.same("name", "name"),
        rules.same("image", "image"),
        rules.same("env", "environment", turns.listed_variables),
        rules.same(
            "ports",
            "ports",
            turns.each(rules.record([rules.same("name", "name"), rules.same("containerPort", "number", turns.number)])),
        ),
        rules.same("volumeMounts", "folders", turns.each(MOUNT)),
        rules.same("securityContext.privileged", "privileged", turns.flag),
        rules.same("securityContext.runAsUser", "user", turns.number),
        rules.same("securityContext.runAsGroup", "group", turns.number),
        *rules.parts("resources", ""),
    ],
    needs=("name", "image"),
)
TLS: Final = turns.each(rules.record([rules.same("hosts", "hosts", turns.words), rules.same("secretName", "secret")]))

VOLUME: Final = rules.record(
    [
        rules.same("name", "name"),
        rules.same("emptyDir", "scratch", turns.only({}, said=True)),
        rules.same("emptyDir.sizeLimit", "size", turns.kubernetes_size),
        rules.same("emptyDir.medium", "in_memory", turns.only("Memory", said=True)),
        rules.same("persistentVolumeClaim.claimName", "claim"),
        rules.same("persistentVolumeClaim.readOnly", "read_only", turns.flag),
        rules.same("secret.secretName", "secret"),
        rules.same("configMap.name", "config"),
    ]
)
_OPENING: Final = rules.record(
    [
        rules.same("ipBlock.cidr", "addresses"),
        rules.same("ipBlock.except", "besides", turns.words),
        rules.each("podSelector.matchLabels", "pods", turns.optional),
        rules.each("namespaceSelector.matchLabels", "namespaces", turns.optional),
    ]
)
_OPEN_PORT: Final = rules.record(
    [
        rules.same("port", "port", turns.number),
        rules.same("port", "port", turns.word),
        rules.same("protocol", "protocol"),
    ]
)
REACHES: Final = turns.each(
    rules.record(
        [
            rules.same("from", "by", turns.each(_OPENING)),
            rules.same("to", "to", turns.each(_OPENING)),
            rules.same("ports", "ports", turns.each(_OPEN_PORT)),
        ]
    )
)

_OVERRIDE: Final = "kubespawner_override"
_WISH: Final = (
    rules.same(f"{_OVERRIDE}.image", "image"),
    rules.same(f"{_OVERRIDE}.image_pull_policy", "pull", _PULL),
    rules.same(f"{_OVERRIDE}.mem_guarantee", "memory.guarantee", turns.jupyterhub_size),
    rules.same(f"{_OVERRIDE}.mem_limit", "memory.limit", turns.jupyterhub_size),
    rules.same(f"{_OVERRIDE}.cpu_guarantee", "cpu.guarantee", turns.jupyterhub_cores),
    rules.same(f"{_OVERRIDE}.cpu_limit", "cpu.limit", turns.jupyterhub_cores),
    rules.each(f"{_OVERRIDE}.environment", "environment", turns.variable),
    rules.same(f"{_OVERRIDE}.extra_resource_limits.nvidia|com/gpu", "gpus", turns.count),
    rules.same(f"{_OVERRIDE}.node_selector.{_MACHINE}", "machine"),
    rules.each(f"{_OVERRIDE}.node_selector", "nodes", turns.optional),
    rules.same(f"{_OVERRIDE}.tolerations", "tolerations", TOLERATIONS),
    rules.same(f"{_OVERRIDE}.working_dir", "folder"),
    rules.same(f"{_OVERRIDE}.default_url", "interface", turns.path),
    rules.same(f"{_OVERRIDE}.cmd", "command", turns.command),
    rules.same(f"{_OVERRIDE}.start_timeout", "start_timeout", turns.time),
    rules.same(f"{_OVERRIDE}.http_timeout", "answer_timeout", turns.time),
    rules.same(f"{_OVERRIDE}.service_account", "account"),
    rules.same(f"{_OVERRIDE}.uid", "user", turns.number),
    rules.same(f"{_OVERRIDE}.fs_gid", "group", turns.number),
    rules.same(f"{_OVERRIDE}.allow_privilege_escalation", "privileges", turns.flag),
    rules.each(f"{_OVERRIDE}.extra_labels", "labels", turns.optional),
    rules.each(f"{_OVERRIDE}.extra_annotations", "notes", turns.optional),
    rules.same(f"{_OVERRIDE}.extra_containers", "beside", turns.each(CONTAINER)),
    rules.same(f"{_OVERRIDE}.init_containers", "before", turns.each(CONTAINER)),
    rules.same(f"{_OVERRIDE}.volume_mounts", "folders", turns.each(MOUNT)),
    rules.same(f"{_OVERRIDE}.volumes", "volumes", turns.each(VOLUME)),
)
_CHOICE: Final = (
    rules.same("display_name", "title", turns.title),
    rules.same("slug", "id"),
    rules.same("description", "description", turns.text),
    rules.same("default", "first", turns.flag),
    rules.same("allowed_groups", "groups", turns.words),
    *_WISH,
)
_OWN: Final = rules.record(
    [
        rules.same("enabled", "allowed", turns.flag),
        rules.same("display_name", "title", turns.title),
        rules.same("display_name_in_choices", "title_in_menu", turns.title),
        rules.same("description", "description", turns.text),
        rules.same("description_in_choices", "description_in_menu", turns.text),
        rules.same("validation_regex", "pattern"),
        rules.same("validation_message", "refusal", turns.text),
        rules.same(_OVERRIDE, "image", turns.only({"image": "{value}"}, said=True)),
    ],
    needs=("allowed",),
)
_QUESTION: Final = rules.record(
    [
        rules.same("display_name", "title", turns.title),
        rules.same("choices", "choices", turns.named(rules.record(_CHOICE, needs=("title",), rest="extra"))),
        rules.same("unlisted_choice", "own", _OWN),
        rules.same("dynamic_image_building.enabled", "build", turns.flag),
    ]
)
_ENTRY: Final = rules.record(
    [*_CHOICE, rules.same("profile_options", "ask", turns.named(_QUESTION))], needs=("title",), rest="extra"
)
FILE: Final = rules.record(
    [
        rules.same("mountPath", "path"),
        rules.same("stringData", "text", turns.terms),
        rules.same("data", "data", turns.anything),
        rules.same("mode", "mode", turns.number),
    ],
    needs=("path",),
)

RULES: Final[tuple[rules.Rule, ...]] = (
    rules.same(f"{USER}.image", "server.image", turns.image),
    rules.same(f"{USER}.image", "server.usual_image", turns.absent),
    rules.same("jupyterhub.hub.config.KubeSpawner.image_pull_policy", "server.pull", _PULL),
    rules.same(f"{USER}.memory.guarantee", "server.memory.guarantee", turns.jupyterhub_size),
    rules.same(f"{USER}.memory.limit", "server.memory.limit", turns.jupyterhub_size),
    rules.same(f"{USER}.cpu.guarantee", "server.cpu.guarantee", turns.jupyterhub_cores),
    rules.same(f"{USER}.cpu.limit", "server.cpu.limit", turns.jupyterhub_cores),
    rules.same(f"{USER}.extraResource.limits.nvidia|com/gpu", "server.gpus", turns.count),
    rules.same(f"{USER}.nodeSelector.{_MACHINE}", "server.machine"),
    rules.each(f"{USER}.nodeSelector", "server.nodes", turns.optional),
    rules.same(f"{USER}.extraTolerations", "server.tolerations", TOLERATIONS),
    rules.same("jupyterhub.hub.config.KubeSpawner.working_dir", "server.folder"),
    rules.same("jupyterhub.hub.config.KubeSpawner.http_timeout", "server.answer_timeout", turns.time),
    rules.same(f"{USER}.initContainers", "server.usual_before", turns.none_of_them),
    rules.same(f"{USER}.initContainers", "server.before", turns.each(CONTAINER)),
    rules.same(f"{USER}.extraContainers", "server.beside", turns.each(CONTAINER)),
    rules.same(f"{USER}.cmd", "server.usual_command", turns.absent),
    rules.same(f"{USER}.cmd", "server.command", turns.command),
    rules.same(f"{USER}.startTimeout", "server.start_timeout", turns.time),
    rules.same(f"{USER}.serviceAccountName", "server.account"),
    rules.same(f"{USER}.uid", "server.user", turns.number),
    rules.same(f"{USER}.fsGid", "server.group", turns.number),
    rules.same(f"{USER}.allowPrivilegeEscalation", "server.privileges", turns.flag),
    rules.each(f"{USER}.extraLabels", "server.labels", turns.optional),
    rules.each(f"{USER}.extraAnnotations", "server.notes", turns.optional),
    rules.each("jupyterhub.custom.singleuserAdmin.extraEnv", "server.admin_environment", turns.variable),
    rules.same("jupyterhub.scheduling.userPods.tolerations", "server.usual_tolerations", TOLERATIONS),
    rules.same("jupyterhub.scheduling.userPods.nodeAffinity.matchNodePurpose", "server.purpose"),
    rules.same("userServiceAccount.enabled", "server.account_enabled", turns.flag),
    rules.each("userServiceAccount.annotations", "server.account_notes", turns.optional),
    rules.same(f"{USER}.defaultUrl", "interface", turns.path),
    rules.same(f"{USER}.profileList", "menu", turns.each(_ENTRY)),
    rules.each(f"{USER}.extraFiles", "files", FILE),
)
"""Buckets and private git are taken out of the variables first; what is left of these is `VARIABLES`."""

VARIABLES: Final[tuple[rules.Rule, ...]] = (rules.each(f"{USER}.extraEnv", "server.environment", turns.variable),)
