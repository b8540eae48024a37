"""A fleet folder under git in which the cast works: the communities and hubs of `charter_stage`, as files."""

from pathlib import Path

from commonhub.changes import change_words
from commonhub.communities import charter_acts, charter_checks
from commonhub.fleet import history, rows

FILES = {
    "fleet.yaml": """\
name: Open Shore Computing
roles:
  site-reliability-engineer:
    - {login: alice, name: Alice Okafor}
  community-guide:
    - {login: bob, name: Bob Lindqvist}
prices: {currency: EUR, memory_gib_hour: 0.01, core_hour: 0.03, storage_gib_month: 0.1}
defaults:
  engine: rehearsal
  server:
    memory: {guarantee: 512M, limit: 1G}
    cpu: {limit: 2}
  storage: {home_quota: 2G}
""",
    "communities/reef/community.yaml": """\
title: Coral Reef Observatory
kind: research
time_zone: Africa/Dar_es_Salaam
roles:
  community-representative:
    - {login: carol, name: Carol Mendes}
  hub-administrator:
    - {login: dan, name: Dan Rahman, hub: main}   # this hub only
""",
    "communities/reef/hubs/main.yaml": """\
# The analysis of all twelve groups.
title: Reef analysis
server:
  image: quay.io/reef/analysis:2026-01   # built on the first Monday
  memory: {guarantee: 1G, limit: 4G}
  cpu: {limit: 2}
storage: {home_quota: 20G}
access: {domains: [reef.example.org]}
cull: {idle: 1h}
egress: packages
""",
    "communities/reef/hubs/lab.yaml": """\
title: Reef lab
login: {kind: github, organizations: [reef-lab], people: [eve]}
admins: [dan]
""",
    "communities/mtengo/community.yaml": """\
title: Mtengo Teachers' College
kind: education
time_zone: Africa/Blantyre
roles:
  community-representative:
    - {login: zuri, name: Zuri Phiri}
""",
    "communities/mtengo/hubs/main.yaml": """\
title: Mtengo classes
server: {memory: {guarantee: 128M, limit: 512M}}
""",
}
ENGINEER = history.Person(name="Alice Okafor", email="alice@example.org")


def begin(root: Path) -> charter_acts.Folder:
    """The folder with its first commit."""
    for path, text in FILES.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    history.FleetRepository.create(root, who=ENGINEER, why="Begin the fleet")
    return opened(root)


def opened(root: Path) -> charter_acts.Folder:
    """The folder as a keeper has it."""
    return charter_acts.Folder(repository=history.FleetRepository(root), reader=charter_checks.reader())


def text(folder: charter_acts.Folder, file: str) -> str:
    """A file as the newest commit has it."""
    head = folder.repository.head().id
    return next(each.load().decode() for each in folder.repository.tree(head).entries if each.path == file)


def put(folder: charter_acts.Folder, file: str, path: list[str | int], value: object) -> dict[str, str | None]:
    """The edit that puts a value at a place of a file."""
    return {file: rows.put(text(folder, file), tuple(path), value)}


def do(asker, folder, verb, now, **values):
    """A verb as the keeper does it."""
    return change_words.do(asker, folder, f"change.{verb}", values, now)


def by_hand(folder: charter_acts.Folder, files: dict[str, str | None], *, who=ENGINEER, why="By hand") -> str:
    """A commit of somebody's own editor; its id."""
    return folder.repository.change(files, who=who, why=why).id
