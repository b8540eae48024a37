"""The public configuration of a real fleet becomes a fleet folder, and nothing of it is lost.

The data lies beside the checkout, not in it: `../shared/data/fleet-2i2c`.
"""

import json
import os
from collections import Counter
from pathlib import Path

import pytest
import yaml

from commonhub.fleet import reading, resolving, trees
from commonhub.fleet.chart import plainly, values
from commonhub.fleet.importing import twoi2c
from commonhub.ground import errors, marked

DATA = Path(__file__).resolve().parents[4] / "shared/data/fleet-2i2c"
needs_data = pytest.mark.skipif(
    not DATA.is_dir() and not os.environ.get("CI"), reason="the data of the real fleet does not lie beside the checkout"
)


@pytest.fixture(scope="module")
def imported():
    return twoi2c.import_2i2c(DATA)


@pytest.fixture(scope="module")
def folder(imported, tmp_path_factory):
    root = tmp_path_factory.mktemp("imported")
    imported.write(root)
    return root


def deep(below, above):
    """Helm's merging of values files, written a second time and shorter, so that the two can be held together."""
    return {
        key: deep(below[key], above[key])
        if isinstance(below.get(key), dict) and isinstance(above.get(key), dict)
        else above.get(key, below.get(key))
        for key in below | above
    }


def source_values():
    """Each hub's merged values by (cluster, hub), read by another YAML reader than ours."""
    for cluster in sorted((DATA / "clusters").iterdir()):
        for hub in yaml.load((cluster / "cluster.yaml").read_text(), yaml.CSafeLoader)["hubs"]:
            found = {}
            for file in hub["helm_chart_values_files"]:
                if (cluster / file).is_file():
                    found = deep(found, yaml.load((cluster / file).read_text(), yaml.CSafeLoader) or {})
            yield cluster.name, hub, found


def said_plainly(wanted, base, hub):
    """The source's values after the few steps that keep the meaning; `test_chart_export` holds that they do."""
    if not hub.source.prefix:
        return plainly.plainly(wanted, base).values
    return wanted | {"basehub": plainly.plainly(wanted["basehub"], base).values}


@needs_data
def test_every_hub_can_be_rebuilt_from_its_file_exactly_as_the_source_says_it(imported, folder):
    base = yaml.load((DATA / "basehub.values.yaml").read_text(), yaml.CSafeLoader)
    hubs = {(hub.source.cluster, hub.source.name): hub for hub in imported.hubs}
    seen = 0
    for cluster, spec, read in source_values():
        hub = hubs[cluster, spec["name"]]
        wanted = said_plainly(read, base, hub)
        text = (folder / f"communities/{hub.community}/hubs/{hub.name}.yaml").read_bytes()
        settings = marked.read(text, "").value
        built = twoi2c.rebuild(settings, hub.source.chart)
        # What repeats the chart's own default is left out; it is put back from the chart here.
        for path in hub.repeated:
            assert not values.look(built, (*hub.source.prefix, *path))[0]
            values.put(built, (*hub.source.prefix, *path), values.look(base, path)[1])
        assert built == wanted
        assert json.dumps(built, sort_keys=True) == json.dumps(wanted, sort_keys=True)  # tells 1, 1.0 and true apart
        assert (settings["title"], settings["domains"]) == (spec["display_name"], [spec["domain"]])
        seen += 1
    assert seen == len(imported.hubs) == 123


@needs_data
def test_the_imported_fleet_has_no_faults(folder):
    found = reading.read(trees.folder(folder))
    assert found.mistakes == ()
    assert len(resolving.resolve(found.fleet)) == 123


@needs_data
def test_the_report_has_its_shape_and_counts_what_stands_below_extra(imported, folder):
    report = json.loads(json.dumps(imported.report.as_json()))
    keys = ["clusters", "hubs", "hubs_without_extra", "hubs_without_settings_in_extra", "left", "changed", "extra_keys"]
    assert list(report) == keys
    assert (report["clusters"], report["hubs"]) == (11, 123)
    counted, without = Counter(), 0
    for path in folder.glob("communities/*/hubs/*.yaml"):
        extra = yaml.safe_load(path.read_text()).get("extra", {})
        without += not extra
        counted.update(".".join(place) for place, _ in values.leaves(extra))
    assert report["extra_keys"] == dict(counted)
    assert report["hubs_without_extra"] == without >= 110
    assert report["hubs_without_settings_in_extra"] >= 0.95 * report["hubs"]
    assert len(report["left"]) == report["hubs"] - without


@needs_data
def test_a_cluster_that_serves_many_organisations_becomes_many_communities(imported):
    communities = Counter(hub.community for hub in imported.hubs if hub.source.cluster == "cloudbank")
    assert communities["cloudbank"] == 1  # its own staging hub
    assert communities["srjc"] == 1
    assert len(communities) > 80
    assert imported.communities["srjc"] == {"title": "Santa Rosa Junior College", "url": "https://www.santarosa.edu/"}


@needs_data
def test_a_cluster_that_serves_one_organisation_is_one_community(imported):
    assert {hub.name for hub in imported.hubs if hub.community == "temple"} == {
        "staging",
        "prod",
        "advanced",
        "research",
    }


@needs_data
def test_memory_keeps_its_bytes_as_jupyterhub_reads_them(folder):
    hubs = {hub.id: hub for hub in resolving.resolve(reading.read(trees.folder(folder)).fleet)}
    hub = hubs["srjc/srjc"]
    assert (hub.memory_guarantee, hub.memory_limit) == (384 * 2**20, 3 * 2**29)  # 384M and 1.5G for JupyterHub
    assert (hub.cull_max_age, hub.home_quota, hub.cpu_guarantee) == (43_200, 5 * 2**30, 0.05)
    assert hub.interface == "/tree"  # the base chart's default
    assert hub.addresses == ("srjc.localhost", "srjc.cloudbank.2i2c.cloud")
    assert len(hub.admins) == 14  # six of its own, eight of the staff


@needs_data
def test_absent_secrets_and_odd_places_are_told(imported):
    words = "\n".join(imported.report.lines())
    assert all("secret" in name for name in imported.report.unread_files)
    assert "129 files were not read (129 of them secret)" in words
    assert "Hub prod of cluster leap: dask-gateway stands outside basehub" in words
    assert "add_staff_user_ids_to_admin_users" in words
    assert "kubespawner_override.default has no effect: left out." in words


@needs_data
def test_a_second_import_is_the_same_to_the_letter(imported):
    assert twoi2c.import_2i2c(DATA).files() == imported.files()


@needs_data
def test_an_import_does_not_overwrite_a_fleet(imported, folder):
    with pytest.raises(errors.RefusedError, match="There is a fleet"):
        imported.write(folder)


def small(tmp_path, **files):
    for name, text in files.items():
        path = tmp_path / "clusters" / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_name(f"{path.name}.yaml").write_text(text)
    return tmp_path


CLUSTER = """name: sea
hubs:
- {name: Prod_1, display_name: Sea, domain: sea.example.org, helm_chart: basehub, helm_chart_values_files: [a.yaml, b.yaml]}
"""


def test_later_files_win_lists_replace_and_nulls_stay(tmp_path):
    source = small(
        tmp_path,
        sea__cluster=CLUSTER,
        sea__a="jupyterhub: {singleuser: {memory: {limit: 1G, guarantee: 0.5G}, list: [1, 2]}}\nextra: {one: 1}\n",
        sea__b="jupyterhub: {singleuser: {memory: {limit: null}, list: [3]}}\nextra: null\n",
    )
    (hub,) = twoi2c.import_2i2c(source).hubs
    assert hub.settings["server"] == {"memory": {"guarantee": "0.5Gi", "limit": "none"}}
    assert hub.settings["extra"] == {"jupyterhub": {"singleuser": {"list": [3]}}, "extra": None}
    assert (hub.community, hub.name) == ("sea", "prod-1")
    assert twoi2c.rebuild(hub.settings) == hub.source.merged


@pytest.mark.parametrize(
    "text",
    [
        "jupyterhub: {singleuser: {memory: {limit: 1Gi}}}",  # JupyterHub refuses this spelling
        "jupyterhub: {singleuser: {memory: {limit: true}}}",
        "jupyterhub: {singleuser: {image: {tag: x}}}",
        "jupyterhub: {singleuser: {image: {name: x, tag: 1}}}",
        "jupyterhub: {singleuser: {cpu: {limit: '2'}}}",
        "jupyterhub: {cull: {timeout: 0.5}}",
        "jupyterhub: {cull: []}",
        "jupyterhub: {hub: {config: {JupyterHub: {authenticator_class: my.own.Class}}}}",
        "jupyterhub: {hub: {config: {Authenticator: {admin_users: [1]}}}}",
        "nfs: {enabled: true}",
        "nfs: {enabled: 1, pv: {enabled: 1}}",
        "jupyterhub: {}",
        "basehub: {jupyterhub: {cull: {timeout: 60}}}",
    ],
)
def test_what_has_no_exact_word_of_ours_stays_below_extra(tmp_path, text):
    source = small(tmp_path, sea__cluster=CLUSTER, sea__a=text, sea__b="{}")
    (hub,) = twoi2c.import_2i2c(source).hubs
    assert hub.settings["extra"] == yaml.safe_load(text)


def test_secret_files_are_not_read_even_when_they_lie_there(tmp_path):
    cluster = CLUSTER.replace("b.yaml", "b.yaml, enc-c.secret.yaml")
    source = small(
        tmp_path,
        **{
            "sea__cluster": cluster,
            "sea__a": "secret: {a: 'ENC[x]'}\nsops: {x: 1}",
            "sea__enc-c.secret": "password: open",
        },
        sea__b="a: 1",
    )
    (hub,) = twoi2c.import_2i2c(source).hubs
    assert hub.settings["extra"] == {"a": 1}
    assert hub.source.unread == ("sea/a.yaml", "sea/enc-c.secret.yaml")


def test_a_prod_hub_is_of_the_same_community_as_the_staging_hub_before_it(tmp_path):
    def values_of(host):
        return f"jupyterhub: {{custom: {{homepage: {{templateVars: {{org: {{name: x, url: 'https://{host}/'}}}}}}}}}}"

    hubs = "".join(
        f"- {{name: {hub}, domain: {hub}.sea.org, helm_chart_values_files: [{hub}.yaml]}}\n"
        for hub in ("staging", "prod", "workshop")
    )
    source = small(
        tmp_path,
        sea__cluster=f"name: sea\nhubs:\n{hubs}",
        sea__staging=values_of("service.org"),
        sea__prod=values_of("sea.org"),
        sea__workshop=values_of("www.sea.org"),
    )
    assert {hub.community for hub in twoi2c.import_2i2c(source).hubs} == {"sea"}


def test_names_are_unique_when_clusters_share_them(tmp_path):
    def cluster(name):
        hubs = "".join(
            f"- {{name: {hub}, display_name: {hub}, domain: {hub}.{name}.org, helm_chart_values_files: [{hub}.yaml]}}\n"
            for hub in ("staging", "lab")
        )
        return f"name: {name}\nhubs:\n{hubs}"

    def values_of(host):
        return f"jupyterhub: {{custom: {{homepage: {{templateVars: {{org: {{name: x, url: 'https://{host}/'}}}}}}}}}}"

    files = {}
    for name in ("one", "two", "lab"):
        files |= {
            f"{name}__cluster": cluster(name),
            f"{name}__staging": values_of(f"{name}.org"),
            f"{name}__lab": values_of(f"lab.{name}.org"),
        }
    source = small(tmp_path, **files)
    assert sorted(twoi2c.import_2i2c(source).communities) == ["lab", "lab-lab", "lab-one", "lab-two", "one", "two"]


def test_a_folder_without_clusters_and_broken_files_are_told_in_words(tmp_path):
    with pytest.raises(errors.NotFoundError, match="There is no folder clusters"):
        twoi2c.import_2i2c(tmp_path)
    with pytest.raises(errors.CommonhubError, match=r"cluster\.yaml, line 1"):
        twoi2c.import_2i2c(small(tmp_path, sea__cluster="name: [\n"))
    with pytest.raises(errors.CommonhubError, match="names no hubs"):
        twoi2c.import_2i2c(small(tmp_path, sea__cluster="name: sea\nhubs: 3\n"))
