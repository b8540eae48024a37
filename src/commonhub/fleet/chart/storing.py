"""Homes, folders and buckets, as the charts have them."""

from typing import Any, Final

from commonhub.fleet.chart import rules, servers, turns

_HOMES: Final = "jupyterhub-home-nfs"
_SERVER: Final = "storage.file_server"
_MOUNTS: Final = "jupyterhub.singleuser.storage"
_ADMIN: Final = "jupyterhub.custom.singleuserAdmin.extraVolumeMounts"
_BUCKET: Final = turns.Turn(ours=lambda value: {"address": turns.address(value)}, theirs=lambda said: said["address"])


def _disk(prefix: str) -> turns.Turn:
    """Google's, Amazon's and others' disks are told apart by their names, so one word of ours serves all."""

    def turn(value: Any) -> str:
        turns.refuse_unless(isinstance(value, str) and value.startswith(prefix))
        return str(turns.word.proven(value))

    return turns.Turn(ours=turn, theirs=turn)


def _other_disk(value: Any) -> str:
    turns.refuse_unless(isinstance(value, str) and not value.startswith(("projects/", "vol-", "/subscriptions/")))
    return str(turns.word.proven(value))


_EXTRA_DISK: Final = rules.record(
    [
        rules.same("name", "name"),
        rules.same("class", "disk_class"),
        rules.same("capacity", "size", turns.size_as_text),
    ]
)

RULES: Final[tuple[rules.Rule, ...]] = (
    rules.same(f"{_HOMES}.quotaEnforcer.config.QuotaManager.hard_quota", "storage.home_quota", turns.gibibytes),
    rules.same(f"{_MOUNTS}.type", "storage.homes", turns.table({"static": "kept", "none": "temporary"})),
    rules.same(f"{_MOUNTS}.type", "storage.own_disks", turns.only("dynamic", said=True)),
    rules.same(f"{_MOUNTS}.capacity", "storage.disk_size", turns.size_as_text),
    rules.same(f"{_MOUNTS}.dynamic.storageClass", "storage.disk_class"),
    rules.same(f"{_MOUNTS}.static.pvcName", "storage.claim"),
    rules.same(f"{_MOUNTS}.static.subPath", "storage.inside"),
    rules.same("nfs.volumeReporter.enabled", f"{_SERVER}.counts_all", turns.flag),
    rules.same("nfs.shareCreator.tolerations", f"{_SERVER}.tolerations", servers.TOLERATIONS),
    rules.same(f"{_HOMES}.autoResizer.enabled", f"{_SERVER}.grows", turns.flag),
    rules.same(f"{_HOMES}.nodeExporter.enabled", f"{_SERVER}.measures", turns.flag),
    rules.same(f"{_HOMES}.prometheusExporter.enabled", f"{_SERVER}.tells", turns.flag),
    rules.same(f"{_MOUNTS}.homeMountPath", "storage.home_path"),
    rules.Together(
        chart=(("nfs", "enabled"), ("nfs", "pv", "enabled")),
        hub=("storage", "file_server", "mounted"),
        meant=(((True, True), True), ((False, False), False)),
    ),
    rules.same(f"{_HOMES}.enabled", f"{_SERVER}.runs", turns.flag),
    rules.same(f"{_HOMES}.gke.volumeId", f"{_SERVER}.disk", _disk("projects/")),
    rules.same(f"{_HOMES}.eks.volumeId", f"{_SERVER}.disk", _disk("vol-")),
    rules.same(f"{_HOMES}.azure.volumeId", f"{_SERVER}.disk", _disk("/subscriptions/")),
    rules.same(f"{_HOMES}.openstack.volumeId", f"{_SERVER}.disk", turns.Turn(ours=_other_disk, theirs=_other_disk)),
    rules.same("nfs.pv.serverIP", f"{_SERVER}.address"),
    rules.same("nfs.pv.baseShareName", f"{_SERVER}.base"),
    rules.same("nfs.pv.shareNameOverride", f"{_SERVER}.share"),
    rules.same("nfs.pv.mountOptions", f"{_SERVER}.options", turns.words),
    rules.same("nfs.shareCreator.enabled", f"{_SERVER}.makes_share", turns.flag),
    rules.same("nfs.dirsizeReporter.enabled", f"{_SERVER}.counts_homes", turns.flag),
    rules.same(f"{_HOMES}.nfsServer.qos.enabled", f"{_SERVER}.speed_limit.enabled", turns.flag),
    rules.same(f"{_HOMES}.nfsServer.qos.bandwidth.enabled", f"{_SERVER}.speed_limit.bandwidth_enabled", turns.flag),
    rules.same(f"{_HOMES}.nfsServer.qos.bandwidth.combined", f"{_SERVER}.speed_limit.bandwidth", turns.number),
    *rules.parts(f"{_HOMES}.resources", f"{_SERVER}.resources"),
    *rules.parts(f"{_HOMES}.quotaEnforcer.resources", f"{_SERVER}.quota_enforcer"),
    *rules.parts(f"{_HOMES}.nfsServer.resources", f"{_SERVER}.nfs_server"),
    *rules.parts(f"{_HOMES}.nodeExporter.resources", f"{_SERVER}.node_exporter"),
    *rules.parts(f"{_HOMES}.autoResizer.resources", f"{_SERVER}.auto_resizer"),
    rules.same("inClusterNFS.enabled", f"{_SERVER}.in_cluster", turns.flag),
    rules.same("inClusterNFS.size", f"{_SERVER}.in_cluster_size", turns.size_as_text),
    rules.same("jupyterhub.custom.singleuser.extraPVCs", "storage.extra_disks", turns.each(_EXTRA_DISK)),
    rules.same(f"{_MOUNTS}.extraVolumes", "storage.all_volumes", turns.each(servers.VOLUME)),
    rules.same(f"{_MOUNTS}.extraVolumeMounts", "storage.all_folders", turns.each(servers.MOUNT)),
    rules.same(_ADMIN, "storage.all_admin_folders", turns.each(servers.MOUNT)),
    rules.same(f"{_MOUNTS}.extraVolumes", "storage.usual_volumes", turns.absent),
    rules.each(f"{_MOUNTS}.extraVolumes", "storage.volumes", servers.VOLUME),
    rules.same(f"{_MOUNTS}.extraVolumeMounts", "storage.usual_folders", turns.absent),
    rules.each(f"{_MOUNTS}.extraVolumeMounts", "storage.folders", servers.MOUNT),
    rules.without(f"{_MOUNTS}.extraVolumeMounts", "storage.without"),
    rules.same(_ADMIN, "storage.usual_admin_folders", turns.absent),
    rules.each(_ADMIN, "storage.admin_folders", servers.MOUNT),
    rules.without(_ADMIN, "storage.admin_without"),
    rules.same("jupyterhub.singleuser.extraEnv.SCRATCH_BUCKET", "buckets.scratch", _BUCKET),
    rules.same("jupyterhub.singleuser.extraEnv.PERSISTENT_BUCKET", "buckets.persistent", _BUCKET),
    rules.each("jupyterhub.singleuser.extraEnv", "buckets.more", _BUCKET),
)
