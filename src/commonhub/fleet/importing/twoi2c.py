"""The fleet of 2i2c: `config/clusters/<cluster>/cluster.yaml` names hubs and their files of chart values.

How upstream puts a hub together, lowest first: the base chart's own defaults (`basehub.values.yaml` here), values
computed by `values.jsonnet` from the hub's name and cloud, then the hub's files in the order of cluster.yaml.
Here the hub's files are merged as Helm merges them. The chart's defaults become the fleet's `defaults` as far as
there are words for them. A key that only repeats the chart's default is left out, unless values.jsonnet sets the
same place in between: there the repetition undoes the computed value.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from commonhub.fleet import models, names, writing
from commonhub.fleet.chart import plainly, understood, values
from commonhub.fleet.importing import leftover, report
from commonhub.ground import errors, marked

_DEFAULTS_FILES: Final = ("basehub.values.yaml", "helm-charts/basehub/values.yaml")
_STAGES: Final = ("staging", "test", "dev")  # hubs on which changes are tried; their titles say so
_UNSAYING: Final = frozenset({*_STAGES, "prod", "main", "hub"})  # names that do not tell whom a hub serves
_PREFIX_OF_CHART: Final = {"daskhub": ("basehub",)}  # this chart holds basehub as a part, so values stand one deeper

# Where values.jsonnet sets something (upstream's helm-charts/basehub/values.jsonnet, read in August 2026).
_COMPUTED: Final = (
    ("binderhub-service",),
    ("dask-gateway",),
    ("jupyterhub", "hub", "config"),
    ("jupyterhub", "hub", "extraConfig"),
    ("jupyterhub", "hub", "loadRoles"),
    ("jupyterhub", "hub", "services"),
    ("jupyterhub", "ingress"),
    ("jupyterhub", "singleuser", "nodeSelector"),
    ("jupyterhub-groups-exporter",),
    ("jupyterhub-home-nfs",),
    ("nfs", "dirsizeReporter"),
    ("nfs", "pv"),
    ("nfs", "volumeReporter"),
    ("nodePlaceholder",),
    ("userServiceAccount",),
)


@dataclass(frozen=True, kw_only=True)
class SourceHub:
    """One hub as the source says it: its files merged, nothing else done."""

    cluster: str
    name: str
    title: str
    domain: str | None
    chart: str
    files: tuple[str, ...]
    unread: tuple[str, ...]  # secret, a program, or absent
    merged: values.Values

    @property
    def prefix(self) -> values.Path:
        """Below which keys the base chart's values stand."""
        return _PREFIX_OF_CHART.get(self.chart, ())

    @property
    def base(self) -> values.Values:
        """The values that the base chart sees."""
        found = values.look(self.merged, self.prefix)[1]
        return found if isinstance(found, dict) else {}

    @property
    def organisation(self) -> Mapping[str, Any]:
        """The organisation on the hub's login page."""
        found = values.look(self.base, ("jupyterhub", "custom", "homepage", "templateVars", "org"))[1]
        return found if isinstance(found, dict) else {}


@dataclass(frozen=True, kw_only=True)
class ImportedHub:
    """One hub in our words."""

    source: SourceHub
    community: str
    name: str
    settings: values.Values  # what its file says
    repeated: tuple[values.Path, ...]  # below the prefix: left out because the chart says the same
    changed: tuple[str, ...] = ()  # said at another place, or left out because it has no effect

    @property
    def id(self) -> str:
        return f"{self.community}/{self.name}"

    @property
    def left(self) -> tuple[leftover.Left, ...]:
        """What has no words of ours, at the hub and at its choices."""
        return tuple(leftover.found(self.settings))


@dataclass(frozen=True, kw_only=True)
class Import:
    """A whole fleet in our words, not yet written anywhere."""

    fleet: values.Values
    communities: Mapping[str, values.Values]
    hubs: tuple[ImportedHub, ...]
    report: report.Report

    def files(self) -> dict[str, str]:
        """The files of the fleet folder, by path; without the schemas."""
        made = {"fleet.yaml": writing.fleet_text(self.fleet, comment=_FLEET_WORDS)}
        for name, community in self.communities.items():
            made[writing.community_path(name)] = writing.community_text(community)
        for hub in self.hubs:
            made[writing.hub_path(hub.community, hub.name)] = writing.hub_text(
                hub.settings, comment=_origin(hub.source)
            )
        return made

    def write(self, root: Path) -> None:
        """Write the fleet folder. Raises RefusedError when a fleet stands there already."""
        if (root / "fleet.yaml").exists():
            raise errors.RefusedError(f"There is a fleet in {root} already.", "Name an empty folder.")
        writing.write_schemas(root)
        for path, text in self.files().items():
            writing.write(root / path, text)


_FLEET_WORDS: Final = """
Imported from 2i2c's public configuration.
The defaults are those of its base chart; `staff` are the people whom it makes administrators of hubs."""


def import_2i2c(source: Path, *, name: str = "Imported from 2i2c", url: str = "http://localhost:8000") -> Import:
    """Read the folder that holds `clusters/` (or `config/clusters/`) and turn it into a fleet. Writes nothing.

    Files that upstream treats as secret (`secret` in their names, or encrypted with sops) are not read at all: what
    stands in them does not belong into a fleet's history.

    `name` and `url` are the new fleet's. Raises NotFoundError when there is no such folder, CommonhubError when one
    of its files cannot be read.
    """
    folder = _clusters_folder(source)
    base = next((_read(source / name) for name in _DEFAULTS_FILES if (source / name).is_file()), {})
    notes: list[str] = []
    if not base:
        notes.append(f"{_DEFAULTS_FILES[0]} is absent: the base chart's defaults are not among the fleet's.")
    clusters = [path for path in sorted(folder.iterdir()) if (path / "cluster.yaml").is_file()]
    sources = [hub for path in clusters for hub in _cluster(path, notes)]
    communities: dict[str, values.Values] = {}
    hubs: list[ImportedHub] = []
    for community, members in _communities(sources).items():
        communities[community] = _community(members)
        hubs.extend(_hub(community, hub, base, notes) for hub in members)
    return Import(
        fleet=_fleet(name, url, base, hubs),
        communities=communities,
        hubs=tuple(hubs),
        report=_report(len(clusters), hubs, notes),
    )


def rebuild(settings: Mapping[str, Any], chart: str = "basehub") -> values.Values:
    """The chart values that a hub's file stands for: what is understood, said in the chart's words, and `extra`.

    `chart` is the one that the hub was imported from. What stands below its name in `extra` is said around the base
    chart's values, where that chart holds the base chart as a part.
    """
    extra = dict(settings.get("extra", {}))
    prefix = _PREFIX_OF_CHART.get(chart, ())
    around = extra.pop(chart, {}) if prefix else {}
    inner: values.Values = values.merged(understood.give(settings), extra)
    for key in reversed(prefix):
        inner = {key: inner} if inner else {}
    return values.merged(around, inner)


# ---- reading ----


def _clusters_folder(source: Path) -> Path:
    for folder in (source / "clusters", source / "config" / "clusters"):
        if folder.is_dir():
            return folder
    raise errors.NotFoundError(f"There is no folder clusters in {source}.", "Name the folder that holds it.")


def _read(path: Path) -> values.Values:
    try:
        found = marked.read(path.read_bytes(), path.name)
    except OSError as error:
        raise errors.CommonhubError(f"{path} cannot be read: {error.strerror}.", "Look at its permissions.") from error
    for fault in found.faults:
        raise errors.CommonhubError(f"{path}, line {fault.line}: {fault.problem}", fault.mend)
    if not isinstance(found.value, dict):
        raise errors.CommonhubError(f"{path} holds no keys and values.", "Look whether it is the right file.")
    return found.value


def _cluster(path: Path, notes: list[str]) -> Iterator[SourceHub]:
    cluster = _read(path / "cluster.yaml")
    name = str(cluster.get("name", path.name))
    support = cluster.get("support", {})
    if support:
        notes.append(f"Cluster {name}: its support chart (monitoring, ingress) belongs to no hub and is not imported.")
    hubs = cluster.get("hubs")
    if not isinstance(hubs, list) or not all(isinstance(hub, dict) and "name" in hub for hub in hubs):
        raise errors.CommonhubError(f"{path / 'cluster.yaml'} names no hubs.", "Look whether it is the right file.")
    for hub in hubs:
        yield _source_hub(path, name, hub, notes)


def _source_hub(path: Path, cluster: str, hub: Mapping[str, Any], notes: list[str]) -> SourceHub:
    name = str(hub["name"])
    files = tuple(str(file) for file in hub.get("helm_chart_values_files") or ())
    chart = str(hub.get("helm_chart", "basehub"))
    who = f"Hub {name} of cluster {cluster}"
    found: values.Values = {}
    unread: list[str] = []
    for file in files:
        part = _part(path / file, who, notes)
        if part is None:
            unread.append(file)
        else:
            found = values.merged(found, part)
    if "chart_override" in hub:
        notes.append(f"{who}: it has its own chart version ({hub['chart_override']}), which is not imported.")
    if "domain_override_file" in hub:
        notes.append(f"{who}: its domain stands in a secret file ({hub['domain_override_file']}).")
    prefix = _PREFIX_OF_CHART.get(chart, ())
    if prefix and set(found) - set(prefix):
        outside = ", ".join(sorted(set(found) - set(prefix)))
        notes.append(f"{who}: {outside} stands outside {prefix[0]}, where its chart {chart} does not look.")
    return SourceHub(
        cluster=cluster,
        name=name,
        title=str(hub.get("display_name", name)),
        domain=str(hub["domain"]) if "domain" in hub else None,
        chart=chart,
        files=files,
        unread=tuple(f"{path.name}/{file}" for file in unread),
        merged=found,
    )


def _part(path: Path, who: str, notes: list[str]) -> values.Values | None:
    """The values of one of a hub's files; None when it is not to be read."""
    if "secret" in path.name or not path.is_file():
        return None
    if path.suffix == ".jsonnet":
        notes.append(f"{who}: {path.name} is a program and is not imported.")
        return None
    found = _read(path)
    return None if "sops" in found else found


# ---- communities ----


def _communities(sources: Sequence[SourceHub]) -> dict[str, list[SourceHub]]:
    """Whom each hub serves: hubs of one cluster whose login pages name one organisation are one community.

    An organisation is known by the host of its address, else by its name. The first community of a cluster has the
    cluster's name, each other one the name of its first hub: so names stay as they are when a cluster grows.
    """
    clusters: dict[str, list[SourceHub]] = {}
    for hub in sources:
        clusters.setdefault(hub.cluster, []).append(hub)
    taken = {names.nearest_name(cluster) for cluster in clusters}
    result: dict[str, list[SourceHub]] = {}
    for cluster, hubs in clusters.items():
        for number, members in enumerate(_groups(hubs)):
            wanted = names.nearest_name(cluster if number == 0 else members[0].name)
            if number and wanted in taken:
                wanted = names.nearest_name(f"{members[0].name}-{cluster}")
            result[_free(wanted, result)] = members
            taken.add(wanted)
    return result


def _groups(hubs: Sequence[SourceHub]) -> list[list[SourceHub]]:
    """The hubs of one cluster by organisation.

    A hub that names no organisation, or is called by a stage alone (prod beside staging), is one with the first.
    """
    groups: list[list[SourceHub]] = [[]]
    at: dict[str, int] = {}
    for number, hub in enumerate(hubs):
        known = _organisation(hub)
        if number == 0 or not known or hub.name in _UNSAYING:
            at.setdefault(known, 0)
            groups[0].append(hub)
            continue
        if known not in at:
            at[known] = len(groups)
            groups.append([])
        groups[at[known]].append(hub)
    return groups


def _organisation(hub: SourceHub) -> str:
    url, name = hub.organisation.get("url"), hub.organisation.get("name")
    host = urlsplit(url).hostname if isinstance(url, str) else None
    return (host or str(name or "")).lower().removeprefix("www.")


def _free(wanted: str, taken: Mapping[str, object]) -> str:
    name, number = wanted, 1
    while name in taken:
        number += 1
        name = f"{wanted[:36].rstrip('-')}-{number}"
    return name


def _community(members: Sequence[SourceHub]) -> values.Values:
    settled = [hub for hub in members if not any(stage in hub.name for stage in _STAGES)] or list(members)
    speaker = next((hub for hub in settled if hub.organisation.get("name")), settled[0])
    community: values.Values = {"title": str(speaker.organisation.get("name") or speaker.title)[:200]}
    url = speaker.organisation.get("url")
    if isinstance(url, str) and url:
        community["url"] = url
    return community


# ---- hubs ----


def _hub(community: str, source: SourceHub, base: values.Values, notes: list[str]) -> ImportedHub:
    plain = plainly.plainly(source.base, base)
    rest = plain.values
    said = understood.take(rest)
    repeated = tuple(_repeated(rest, base))
    for path in repeated:
        values.drop(rest, path)
    around = {key: value for key, value in source.merged.items() if source.prefix and key != source.prefix[0]}
    if around:
        rest[source.chart] = around
    settings: values.Values = {"title": source.title[:200]}
    if source.domain is not None and names.is_host(source.domain):
        settings["domains"] = [source.domain]
    elif source.domain is not None:
        notes.append(f"Hub {source.name} of cluster {source.cluster}: its domain {source.domain!r} is no host name.")
    settings |= {key: said[key] for key in _ORDER if key in said}
    if rest:
        settings["extra"] = rest
    name = names.nearest_name(source.name)
    if name != source.name:
        notes.append(f"Hub {source.name} of cluster {source.cluster} is called {name} here.")
    return ImportedHub(
        source=source,
        community=community,
        name=name,
        settings=settings,
        repeated=repeated,
        changed=tuple(dict.fromkeys(plain.changed)),
    )


_ORDER: Final = (*models.Settings.model_fields, "homepage")


def _repeated(inner: Mapping[str, Any], base: Mapping[str, Any]) -> Iterator[values.Path]:
    for path, value in list(values.leaves(inner)):
        there, default = values.look(base, path)
        computed = any(path[: len(place)] == place for place in _COMPUTED)
        if (
            there
            and not computed
            and value is not None
            and not isinstance(value, dict)
            and repr(default) == repr(value)
        ):
            yield path


def _fleet(name: str, url: str, base: values.Values, hubs: Sequence[ImportedHub]) -> values.Values:
    defaults = understood.take(values.copied(base))
    staff: dict[str, list[str]] = {}
    there, own = values.look(base, ("jupyterhub", "custom", "2i2c"))
    for key, people in own.items() if there else ():
        if key.startswith("staff_") and key.endswith("_ids") and isinstance(people, list):
            staff[key.removeprefix("staff_").removesuffix("_ids")] = [str(person) for person in people]
    for hub in hubs:
        if "staff_admins" in hub.settings:
            staff.setdefault(hub.settings["staff_admins"], [])
    fleet: values.Values = {"name": name, "url": url}
    kept = {key: defaults[key] for key in models.Settings.model_fields if key in defaults}
    return fleet | ({"defaults": kept} if kept else {}) | ({"staff": staff} if staff else {})


def _origin(source: SourceHub) -> str:
    unread = {file.split("/", 1)[1] for file in source.unread}
    files = ", ".join(f"{file} (not read)" if file in unread else file for file in source.files)
    return f"Imported from 2i2c: cluster {source.cluster}, hub {source.name}, chart {source.chart}.\nFiles: {files}"


def _report(clusters: int, hubs: Sequence[ImportedHub], notes: Sequence[str]) -> report.Report:
    extra: Counter[str] = Counter()
    repeated: Counter[str] = Counter()
    for hub in hubs:
        extra.update(values.dotted(path) for path, _ in values.leaves(hub.settings.get("extra", {})))
        repeated.update(values.dotted(path) for path in hub.repeated)
    left = {hub.id: hub.left for hub in hubs}
    return report.Report(
        clusters=clusters,
        hubs=len(hubs),
        hubs_without_extra=sum(not each for each in left.values()),
        hubs_without_settings_in_extra=sum(all(one.program for one in each) for each in left.values()),
        left={name: tuple(one.words for one in each) for name, each in left.items() if each},
        changed={hub.id: hub.changed for hub in hubs if hub.changed},
        extra_keys=dict(sorted(extra.items(), key=lambda pair: (-pair[1], pair[0]))),
        repeated_keys=dict(sorted(repeated.items(), key=lambda pair: (-pair[1], pair[0]))),
        unread_files=tuple(dict.fromkeys(file for hub in hubs for file in hub.source.unread)),
        notes=tuple(dict.fromkeys(notes)),
    )
