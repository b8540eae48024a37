"""From files to a fleet, or to every fault at once."""

import os

import folders
import pytest

from commonhub.fleet import desired, reading, resolving, trees
from commonhub.ground import errors


def faults_of(files):
    return [str(fault) for fault in reading.read(folders.tree(files)).mistakes]


def with_hub(text, **more):
    return {**folders.REEF, "communities/reef/hubs/main.yaml": text, **more}


def test_a_sound_folder_is_a_fleet_without_faults():
    found = reading.read(folders.tree(folders.REEF))
    assert found.faults == ()
    assert [hub.id for hub in found.fleet.hubs] == ["reef/main"]


def test_all_faults_are_told_at_once_with_file_and_line():
    text = """title: Reef hub
memory: 2G
sever:
  memory: {limit: 1G}
server:
  memory:
    limit: lots
login:
  kind: githb
admins: [3, dan]
title: Again
egress: pakages
storage: 5
domains: [Reef.example.org]
package_sources: [pipy]
"""
    place = "communities/reef/hubs/main.yaml"
    assert faults_of(with_hub(text, **{"fleet.yaml": "nam: x\n"})) == [
        f"{place}:2: The key memory is not known here. It belongs below server.",
        f"{place}:3: The key sever is not known here. Did you mean 'server'?",
        f"{place}:7: server > memory > limit: 'lots' is no size. Write a size such as 512M, 1.5G or 2Gi, or none.",
        (
            f"{place}:9: login > kind cannot be 'githb'. Did you mean 'github'? It may be commonhub, shared-password, "
            "cilogon, github, google, oidc, temporary, none."
        ),
        f"{place}:10: admins entry 1 (3) is no text. Put it in quotes.",
        f"{place}:11: The key 'title' stands twice (first in line 1). Keep one of them.",
        f"{place}:12: egress cannot be 'pakages'. Did you mean 'packages'? It may be none, packages, internet.",
        f"{place}:13: storage (5) has no keys below it. Write its keys on the next lines, further in.",
        (
            f"{place}:14: domains entry 1: 'Reef.example.org' is no host name. Write it like hub.example.org: small "
            "letters, no port, no path."
        ),
        f"{place}:15: package_sources entry 1: 'pipy' is no package source. Write pypi, conda-forge, cran, or a host name.",
        "fleet.yaml:1: The key nam is not known here. Did you mean 'name'?",
        "fleet.yaml:1: name is missing. Add a line that begins with name: and its value.",
    ]


def test_a_folder_with_one_fault_gives_no_fleet():
    assert reading.read(folders.tree(with_hub("title: 5\n"))).fleet is None


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        ("auth", "login"),
        ("titel", "title"),
        ("sleep-after", "sleep_after"),
        ("domain", "domains"),
        ("Egress", "egress"),
    ],
)
def test_an_unknown_key_names_the_nearest_one(key, meant):
    (fault,) = faults_of(with_hub(f"title: x\n{key}: none\n"))
    assert f"Did you mean {meant!r}?" in fault


def test_an_unknown_key_like_nothing_is_answered_with_all_that_are_known():
    (fault,) = faults_of(with_hub("title: x\ncull:\n  zzz: 1\n"))
    wanted = "admins, at_once, enabled, every, idle, max_age, named, people."
    assert fault.endswith(f"main.yaml:3: The key cull > zzz is not known here. Known here: {wanted}")


def test_a_folder_without_fleet_yaml_says_what_to_do():
    files = {path: text for path, text in folders.REEF.items() if path != "fleet.yaml"}
    assert faults_of(files) == [
        "fleet.yaml: There is no fleet.yaml. Make one with a line such as name: Our hubs, or run commonhub init."
    ]


def test_a_hub_whose_community_has_no_file_is_a_fault():
    files = {path: text for path, text in folders.REEF.items() if "community.yaml" not in path}
    (fault,) = faults_of(files)
    assert "The community 'reef' has no community.yaml" in fault


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("communities/reef/hubs/Main Hub.yaml", "'Main Hub' cannot be a name"),
        ("communities/reef/hubs/other.yml", "Rename it so that it ends in .yaml"),
        ("communities/reef/hub.yaml", "No part of a fleet stands at this place"),
        ("communities/reef/hubs/deep/main.yaml", "No part of a fleet stands at this place"),
        ("communities/-reef/community.yaml", "For example: reef"),
    ],
)
def test_a_file_at_the_wrong_place_is_a_fault(path, words):
    assert words in " ".join(faults_of({**folders.REEF, path: "title: x\n"}))


def test_two_hubs_with_one_address_are_a_fault():
    files = {**folders.REEF, "communities/reef/hubs/reef.yaml": "title: Second\n"}
    (fault,) = faults_of(files)
    assert "reef.yaml:1: The address reef.localhost is also that of the hub reef/main." in fault


def test_two_communities_whose_words_meet_are_a_fault():
    files = {
        **folders.REEF,
        "communities/reef/hubs/a-b.yaml": "title: x\n",
        "communities/b-reef/community.yaml": "title: x\n",
        "communities/b-reef/hubs/a.yaml": "title: x\n",
    }
    (fault,) = faults_of(files)
    assert "The address a-b-reef.localhost is also that of the hub b-reef/a" in fault


def test_a_domain_that_two_hubs_claim_is_a_fault_at_its_line():
    text = "title: x\ndomains: [hub.example.org]\n"
    files = with_hub(text, **{"communities/reef/hubs/two.yaml": text})
    (fault,) = faults_of(files)
    assert "two.yaml:2: The address hub.example.org is also that of the hub reef/main." in fault


def test_a_domain_that_stands_twice_or_is_the_portals_own_is_a_fault():
    found = faults_of(with_hub("title: x\ndomains: [a.example.org, a.example.org, localhost]\n"))
    assert len(found) == 3
    assert any("stands twice" in fault for fault in found)
    assert any("the portal's own" in fault for fault in found)


def test_a_bare_address_needs_routing_by_paths():
    files = {**folders.REEF, "fleet.yaml": "name: x\nurl: http://10.0.0.7:8000\n"}
    (fault,) = faults_of(files)
    assert "fleet.yaml:2: No hub can have a name of its own below the bare address 10.0.0.7." in fault
    files["fleet.yaml"] += "routing: paths\n"
    assert faults_of(files) == []


def test_with_paths_a_hub_cannot_take_a_path_of_the_portal():
    files = {
        "fleet.yaml": "name: x\nrouting: paths\n",
        "communities/static/community.yaml": "title: x\n",
        "communities/static/hubs/main.yaml": "title: x\n",
    }
    (fault,) = faults_of(files)
    assert "The path /static/ belongs to Commonhub itself" in fault


def test_an_address_that_is_too_long_is_a_fault():
    name = "a" * 40
    files = {
        **folders.REEF,
        f"communities/{name}/community.yaml": "title: x\n",
        f"communities/{name}/hubs/{'b' * 40}.yaml": "title: x\n",
    }
    assert "longer than 63 letters" in " ".join(faults_of(files))


def test_a_guarantee_above_the_limit_is_a_fault_even_when_the_limit_is_a_default():
    files = with_hub("title: x\nserver: {memory: {guarantee: 2G}}\n")
    files["fleet.yaml"] = "name: x\ndefaults: {server: {memory: {limit: 1G}}}\n"
    (fault,) = faults_of(files)
    assert "main.yaml:2: The memory that is guaranteed is more than its limit" in fault


def test_a_list_of_staff_that_is_not_there_names_the_nearest_one():
    files = with_hub("title: x\nstaff_admins: gogle\n")
    files["fleet.yaml"] = "name: x\nstaff: {google: [alice@example.org]}\n"
    (fault,) = faults_of(files)
    assert "main.yaml:2" in fault
    assert "Did you mean 'google'?" in fault


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("url: ftp://x", "no public address"),
        ("url: http://localhost/hub", "no public address"),
        ("url: http://LOCALHOST", "no public address"),
        ("url: http://localhost:x", "no public address"),
        ("listen: here", "no place to listen"),
        ("listen: 127.0.0.1:99999", "no place to listen"),
        ("routing: path", "Did you mean 'paths'?"),
        ("defaults: {title: x}", "not known here"),
    ],
)
def test_what_does_not_fit_in_fleet_yaml_is_said(line, words):
    (fault,) = faults_of({**folders.REEF, "fleet.yaml": f"name: x\n{line}\n"})
    assert words in fault
    assert fault.startswith("fleet.yaml:2: ")


def test_a_time_zone_that_is_none_is_a_fault():
    files = {**folders.REEF, "communities/reef/community.yaml": "title: x\ntime_zone: Mars/Olympus\n"}
    (fault,) = faults_of(files)
    assert "community.yaml:2: time_zone: 'Mars/Olympus' is no time zone." in fault


def test_login_kinds_of_later_and_extra_are_warnings_and_the_fleet_goes_on():
    found = reading.read(folders.tree(with_hub("title: x\nlogin: {kind: github}\nextra: {a: 1}\n")))
    assert found.mistakes == ()
    assert [fault.line for fault in found.warnings] == [2, 3]
    assert "shared password" in found.warnings[0].mend
    assert "engineer" in found.warnings[1].mend
    assert resolving.resolve(found.fleet)[0].login is desired.LoginKind.GITHUB


def test_a_second_reading_parses_only_what_changed():
    loaded = []

    def counted(files):
        entries = folders.tree(files).entries
        return trees.Tree(
            entries=tuple(
                trees.Entry(path=one.path, blob=one.blob, load=lambda one=one: loaded.append(one.path) or one.load())
                for one in entries
            )
        )

    reader = reading.Reader()
    first = reader.read(counted(folders.REEF))
    assert len(loaded) == 3
    loaded.clear()
    assert reader.read(counted(folders.REEF)).fleet == first.fleet
    assert loaded == []
    changed = reader.read(counted(with_hub("title: Changed\n")))
    assert loaded == ["communities/reef/hubs/main.yaml"]
    assert changed.fleet.hubs[0].file.title == "Changed"


def test_one_file_can_be_checked_by_itself():
    (fault,) = reading.read_text("communities/reef/hubs/main.yaml", "titel: x\ntitle: y\n")
    assert "Did you mean 'title'?" in str(fault)


def test_a_working_folder_is_read_as_it_stands(tmp_path):
    folders.put(tmp_path, {**folders.REEF, "README.md": "words", "communities/.hidden.yaml": "x"})
    assert reading.read(trees.folder(tmp_path)).faults == ()


def test_a_folder_that_is_not_there_is_an_error_in_words(tmp_path):
    with pytest.raises(errors.NotFoundError, match="There is no folder"):
        trees.folder(tmp_path / "nowhere")


def test_links_out_of_the_folder_are_refused_and_links_inside_are_followed(tmp_path):
    root = folders.put(tmp_path / "fleet", folders.REEF)
    secret = tmp_path / "secret.yaml"
    secret.write_text("title: Secret\n")
    (root / "communities/reef/hubs/out.yaml").symlink_to(secret)
    (root / "communities/reef/hubs/in.yaml").symlink_to("main.yaml")
    (root / "communities/reef/hubs/gone.yaml").symlink_to("nothing.yaml")
    (root / "communities/reef/hubs/loop.yaml").symlink_to("loop.yaml")
    (root / "communities/other").symlink_to(tmp_path)
    found = {fault.file: fault.problem for fault in reading.read(trees.folder(root)).mistakes}
    assert found.pop("communities/reef/hubs/loop.yaml")
    assert found == {
        "communities/other": "This link points out of the fleet folder.",
        "communities/reef/hubs/out.yaml": "This link points out of the fleet folder.",
        "communities/reef/hubs/gone.yaml": "This link points to a folder, or to nothing.",
    }


def test_a_file_that_cannot_be_read_is_a_fault(tmp_path):
    root = folders.put(tmp_path, folders.REEF)
    os.mkfifo(root / "communities/reef/hubs/pipe.yaml")
    (fault,) = reading.read(trees.folder(root)).mistakes
    assert fault.file == "communities/reef/hubs/pipe.yaml"


def test_a_folder_of_more_than_50_mb_is_refused_with_words(tmp_path):
    root = folders.put(tmp_path, folders.REEF)
    for number in range(52):
        (root / f"communities/reef/hubs/h{number}.yaml").write_bytes(b"#" * 990_000)
    assert "larger than 50 MB together" in str(reading.read(trees.folder(root)).mistakes)


def test_a_file_of_more_than_1_mb_is_refused_before_it_is_read(tmp_path):
    root = folders.put(tmp_path, folders.REEF)
    with (root / "communities/reef/hubs/big.yaml").open("wb") as file:
        file.truncate(60_000_000)
    (fault,) = reading.read(trees.folder(root)).mistakes
    assert str(fault).startswith("communities/reef/hubs/big.yaml: The file is larger than 1 MB.")
