"""Rare settings of a hub in a cluster that are harmless and need no word of their own: named as the charts name them.

Nothing here runs a program, opens a network, or gives rights; each has one value of a known kind.
"""

import difflib
from enum import StrEnum
from typing import Annotated, Any, Final

import pydantic

from commonhub.fleet import fields


class Kind(StrEnum):
    """What kind of value a setting has."""

    FLAG = "true or false"
    NUMBER = "a number"
    TEXT = "a text"
    TEXTS = "a list of texts"


_FLAGS: Final = """
binderhub-service.config.BinderHub.use_registry
jupyterhub-home-nfs.persistentVolume.addStandardLabels
jupyterhub-home-nfs.quotaEnforcer.enabled
jupyterhub.hub.authenticatePrometheus
jupyterhub.hub.config.JupyterHub.authenticate_prometheus
jupyterhub.hub.db.upgrade
jupyterhub.hub.livenessProbe.enabled
jupyterhub.hub.pdb.enabled
jupyterhub.hub.readinessProbe.enabled
jupyterhub.imagePullSecret.automaticReferenceInjection
jupyterhub.prePuller.hook.pullOnlyOnChanges
jupyterhub.proxy.chp.livenessProbe.enabled
jupyterhub.proxy.chp.pdb.enabled
jupyterhub.proxy.chp.readinessProbe.enabled
jupyterhub.proxy.traefik.hsts.includeSubdomains
jupyterhub.proxy.traefik.hsts.preload
jupyterhub.proxy.traefik.pdb.enabled
jupyterhub.scheduling.podPriority.globalDefault
jupyterhub.scheduling.userScheduler.pdb.enabled
jupyterhub.singleuser.events
nfs.dirsizeReporter.reportTotalSize
nodePlaceholder.wait
"""
_NUMBERS: Final = """
binderhub-service.config.BinderHub.per_repo_quota
binderhub-service.replicas
binderhub-service.service.port
jupyterhub.hub.config.JupyterHub.activity_resolution
jupyterhub.hub.config.JupyterHub.last_activity_interval
jupyterhub.hub.config.JupyterHub.spawn_throttle_retry_range
jupyterhub.hub.config.KubeSpawner.k8s_api_request_retry_timeout
jupyterhub.hub.config.KubeSpawner.k8s_api_request_timeout
jupyterhub.hub.config.Spawner.poll_interval
jupyterhub.hub.fsGid
jupyterhub.hub.livenessProbe.failureThreshold
jupyterhub.hub.livenessProbe.initialDelaySeconds
jupyterhub.hub.livenessProbe.periodSeconds
jupyterhub.hub.livenessProbe.timeoutSeconds
jupyterhub.hub.pdb.maxUnavailable
jupyterhub.hub.pdb.minAvailable
jupyterhub.hub.readinessProbe.failureThreshold
jupyterhub.hub.readinessProbe.initialDelaySeconds
jupyterhub.hub.readinessProbe.periodSeconds
jupyterhub.hub.readinessProbe.timeoutSeconds
jupyterhub.hub.revisionHistoryLimit
jupyterhub.prePuller.hook.podSchedulingWaitDuration
jupyterhub.prePuller.revisionHistoryLimit
jupyterhub.proxy.chp.pdb.minAvailable
jupyterhub.proxy.chp.revisionHistoryLimit
jupyterhub.proxy.traefik.hsts.maxAge
jupyterhub.proxy.traefik.revisionHistoryLimit
jupyterhub.scheduling.podPriority.defaultPriority
jupyterhub.scheduling.podPriority.imagePullerPriority
jupyterhub.scheduling.podPriority.userPlaceholderPriority
jupyterhub.scheduling.userScheduler.logLevel
jupyterhub.scheduling.userScheduler.revisionHistoryLimit
nfs.dirsizeReporter.updateInterval
"""
_TEXTS: Final = """
binderhub-service.config.KubernetesBuildExecutor.build_image
binderhub-service.config.KubernetesBuildExecutor.memory_limit
binderhub-service.config.KubernetesBuildExecutor.memory_request
binderhub-service.ingress.ingressClassName
dask-gateway.gateway.backend.scheduler.extraPodConfig.serviceAccountName
dask-gateway.gateway.backend.worker.extraPodConfig.serviceAccountName
dask-gateway.gateway.prefix
dask-gateway.traefik.service.type
jupyterhub-home-nfs.fullnameOverride
jupyterhub.fullnameOverride
jupyterhub.hub.baseUrl
jupyterhub.hub.db.pvc.subPath
jupyterhub.hub.db.type
jupyterhub.hub.deploymentStrategy.type
jupyterhub.hub.networkPolicy.interNamespaceAccessLabels
jupyterhub.hub.service.type
jupyterhub.ingress.pathSuffix
jupyterhub.ingress.pathType
jupyterhub.nameOverride
jupyterhub.proxy.chp.defaultTarget
jupyterhub.proxy.chp.errorTarget
jupyterhub.proxy.deploymentStrategy.type
jupyterhub.proxy.https.letsencrypt.acmeServer
jupyterhub.proxy.https.secret.crt
jupyterhub.proxy.https.secret.key
jupyterhub.proxy.https.secret.name
jupyterhub.proxy.service.loadBalancerIP
jupyterhub.singleuser.cloudMetadata.ip
jupyterhub.singleuser.podNameTemplate
jupyterhub.singleuser.storage.dynamic.pvcNameTemplate
jupyterhub.singleuser.storage.dynamic.subPath
jupyterhub.singleuser.storage.dynamic.volumeNameTemplate
nodePlaceholder.pauseContainer.image
"""
_LISTS: Final = """
binderhub-service.config.GitHubRepoProvider.banned_specs
binderhub-service.config.GitHubRepoProvider.high_quota_specs
jupyterhub.hub.db.pvc.accessModes
jupyterhub.hub.image.pullSecrets
jupyterhub.hub.templatePaths
jupyterhub.singleuser.image.pullSecrets
jupyterhub.singleuser.storage.dynamic.storageAccessModes
"""

KNOWN: Final[dict[str, Kind]] = {
    key: kind
    for kind, keys in (
        (Kind.FLAG, _FLAGS),
        (Kind.NUMBER, _NUMBERS),
        (Kind.TEXT, _TEXTS),
        (Kind.TEXTS, _LISTS),
    )
    for key in keys.split()
}
"""The settings, by their dotted names in 2i2c's basehub chart (`jupyterhub.` is zero-to-jupyterhub)."""


def fits(kind: Kind, value: object) -> bool:
    """Whether a value is of the kind."""
    match kind:
        case Kind.FLAG:
            return isinstance(value, bool)
        case Kind.NUMBER:
            return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e12
        case Kind.TEXT:
            return isinstance(value, str) and len(value) <= 300
        case Kind.TEXTS:
            return isinstance(value, list) and all(isinstance(one, str) and 0 < len(one) <= 300 for one in value)


def checked(value: object) -> dict[str, Any]:
    """The value of the word `advanced`. Refuses in words what is not known, or of another kind."""
    if not isinstance(value, dict):
        fields.refuse(
            "advanced holds no settings.", "Write each on a line of its own, such as jupyterhub.hub.pdb.enabled: true."
        )
    for key, one in value.items():
        kind = KNOWN.get(key)
        if kind is None:
            near = difflib.get_close_matches(str(key), KNOWN, n=1)
            mend = f"Did you mean {near[0]}?" if near else "The reference of the fleet folder lists what is."
            fields.refuse(f"{key} is no setting that may stand here.", mend)
        if not fits(kind, one):
            fields.refuse(f"{key} is not {kind}.", f"Write {kind}.")
    return dict(value)


Settings = Annotated[
    dict[str, Any],
    pydantic.PlainValidator(checked),
    pydantic.WithJsonSchema({"type": "object", "propertyNames": {"enum": sorted(KNOWN)}}),
]
