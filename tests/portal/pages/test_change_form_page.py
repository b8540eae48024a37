"""Changing something by a form: by intention, seen before it is proposed, and refused with the names of who can."""

import json
import re

import pytest

from changes import folder_stage
from commonhub.changes import models
from commonhub.ground import errors
from portal.pages import changing, reading

MAIN = changing.MAIN
FILE = "communities/reef/hubs/main.yaml"
NEXT = "quay.io/reef/analysis:2026-02"


def test_the_form_shows_what_holds_now_and_what_each_change_needs(enter, folder):
    answer = enter("dan").get(MAIN)
    page = reading.main(answer)
    assert reading.faults(answer) == []
    assert "now: quay.io/reef/analysis:2026-01" in page
    assert "now: 4 GB" in page
    assert "now: 20 GB" in page
    assert "Another tag of the image in use : flows at once" in page
    assert re.search(r"An image from elsewhere : waits for [^;]*Alice Okafor", page)
    assert re.search(r"Larger sizes : flows at once *; where it costs much more, also for Carol", page)


def test_another_tag_is_previewed_and_flows(enter, folder):
    dan = enter("dan")
    answer = dan.post(MAIN, {"form": "settings", "image": NEXT, "title": "Reef analysis"})
    page = reading.main(answer)
    assert reading.faults(answer) == []
    assert f"Image of each server: quay.io/reef/analysis:2026-01 → {NEXT}" in page
    assert "Change reef/main: it restarts, one server goes on. With a server there now: eve" in page
    assert "It changes nothing that has a price. It flows at once: your own consent is enough." in page
    assert "# built on the first Monday" in page
    assert models.Change.objects.count() == 0
    answer = dan.post(
        MAIN, reading.carried(answer) | {"step": "propose", "title_of_change": "February", "why": "New R."}
    )
    change = models.Change.objects.get()
    assert answer.headers["Location"] == f"/changes/{change.pk}"
    assert (change.author, change.title, change.why, change.state) == ("dan", "February", "New R.", "committed")
    assert folder_stage.text(folder, FILE).count(NEXT) == 1


def test_more_memory_is_shown_with_its_price_and_waits_for_the_representative(enter, folder):
    dan = enter("dan")
    answer = dan.post(MAIN, {"form": "settings", "memory": "16G", "memory_guarantee": "8G", "cpu": "4"})
    page = reading.main(answer)
    assert re.search(r"About [\d.]+ EUR a month more", page)
    assert re.search(r"\+6.52 GiB . 20 server hours . 0.01 EUR = \+1.30", page)
    assert reading.carried(answer)["carried"].count('"base"') == 1


def test_a_guarantee_alone_keeps_the_limit_that_holds(enter, folder, keeper):
    page = reading.main(enter("dan").post(MAIN, {"form": "settings", "memory_guarantee": "2G"}))
    assert keeper.told[-1]["memory"] == "4G"
    assert "Memory of each server, surely: 1G → 2G" in page


def test_changing_it_again_brings_back_what_was_written(enter, folder):
    dan = enter("dan")
    form = {"form": "settings", "image": NEXT, "title": "Corals", "cpu": "4"}
    answer = dan.post(MAIN, reading.carried(dan.post(MAIN, form)) | {"step": "again"})
    page = answer.content.decode()
    for name, value in (("image", NEXT), ("title", "Corals"), ("cpu", "4")):
        assert re.search(rf'name="{name}" value="{value}(\.0)?"', page), name


def test_nothing_different_is_said_where_the_form_was(enter, folder, keeper):
    answer = enter("dan").post(MAIN, {"form": "settings", "title": "Reef analysis", "image": " "})
    assert answer.status_code == 400
    assert "Nothing is different from what holds now." in reading.main(answer)
    assert not [verb for verb, _, _ in keeper.asked if verb == "change.preview"]


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"memory": "lots"}, "lots"),
        ({"cpu": "many"}, "many is no number of cores."),
        ({"choice": "x", "cpu": "1"}, "x"),
    ],
)
def test_what_makes_no_sense_is_said_and_what_was_written_stays(enter, folder, form, said):
    answer = enter("dan").post(MAIN, {"form": "settings", "home_quota": "30G"} | form)
    assert answer.status_code == 400
    (trouble,) = re.findall(r'role="alert">([^<]*)<', answer.content.decode())
    assert said in trouble
    assert 'name="home_quota" value="30G"' in answer.content.decode()


def test_the_file_itself_can_be_written_and_a_fault_names_its_line(enter, folder):
    alice = enter("alice")
    text = folder_stage.text(folder, FILE)
    form = {"form": "file", "file": FILE, "text": text.replace("4G", "3G").replace("\n", "\r\n")}
    answer = alice.post(MAIN, form)
    assert "Memory of each server, at most: 4G → 3G" in reading.main(answer)
    assert json.loads(reading.carried(answer)["carried"])["files"][FILE] == text.replace("4G", "3G")
    answer = alice.post(MAIN, form | {"text": text.replace("title", "titel")})
    assert answer.status_code == 400
    assert "titel" in reading.main(answer)


def test_taking_a_hub_away_lists_what_goes_and_asks_for_its_name(enter, folder):
    carol = enter("carol")
    lab = "/hubs/reef/lab/change"
    answer = carol.post(lab, {"form": "remove"})
    page = reading.main(answer)
    assert reading.faults(answer) == []
    assert "Take away reef/lab?" in page
    assert "reef/lab: the address answers no more." in page
    assert "0 people lose their access" in page
    wrong = carol.post(lab, reading.carried(answer) | {"step": "propose", "title_of_change": "End", "confirm": "lab"})
    assert "type reef/lab to confirm it" in reading.main(wrong)
    assert models.Change.objects.count() == 0
    carol.post(lab, reading.carried(answer) | {"step": "propose", "title_of_change": "End", "confirm": "reef/lab"})
    assert models.Change.objects.get().edits == {"communities/reef/hubs/lab.yaml": None}


def test_a_list_gains_and_loses_people_where_login_is_not_the_portals(enter, folder):
    carol = enter("carol")
    page = reading.main(carol.get("/hubs/reef/lab/change"))
    assert "Administrators in JupyterHub" in page
    assert "Organisations whose people may sign in" in page
    form = {"form": "settings", "add_admins": "amara, ben", "remove_admins": ["dan"]}
    page = reading.main(carol.post("/hubs/reef/lab/change", form))
    assert "amara" in page
    assert "ben" in page
    assert "Administrators in JupyterHub: dan" in page


def test_an_event_is_announced_on_the_communitys_form(enter, folder):
    carol = enter("carol")
    answer = carol.get("/communities/reef/change")
    assert reading.faults(answer) == []
    assert "An event : flows at once" in reading.main(answer)
    form = {"form": "event", "name": "Field school", "begins": "2026-03-02", "ends": "2026-03-06", "people": "60"}
    page = reading.main(carol.post("/communities/reef/change", form))
    assert "Field school" in page
    assert "It flows at once" in page
    answer = carol.post("/communities/reef/change", form | {"people": "many"})
    assert "It is not said how many people come." in reading.main(answer)
    assert 'value="Field school"' in answer.content.decode()


@pytest.mark.parametrize("who", ["eve", "mallory", "zuri"])
@pytest.mark.parametrize("path", [MAIN, "/communities/reef/change"])
def test_who_may_propose_nothing_here_is_told_who_can(enter, folder, keeper, who, path):
    for answer in (enter(who).get(path), enter(who).post(path, {"form": "remove"})):
        assert answer.status_code == 403
        assert "Carol Mendes" in reading.words(answer)
    assert keeper.asked == []


def test_a_carried_form_reaches_no_other_place(enter, folder, keeper):
    forged = {"hub": "mtengo/main", "image": NEXT}
    enter("dan").post(MAIN, {"step": "propose", "carried": json.dumps(forged), "title_of_change": "x"})
    assert (keeper.asked[0][0], keeper.told[0]["hub"]) == ("change.propose", "reef/main")
    files = {"communities/mtengo/hubs/main.yaml": "title: Mine\n"}
    answer = enter("dan").post(
        MAIN, {"step": "propose", "carried": json.dumps({"files": files}), "title_of_change": "x"}
    )
    assert answer.status_code == 403
    assert not models.Change.objects.exclude(author="dan", edits__has_key=FILE).exists()


@pytest.mark.parametrize("raw", ["", "[1]", "{", "null", "9" * 20])
def test_a_broken_preview_is_no_error_of_ours(enter, folder, raw):
    answer = enter("dan").post(MAIN, {"step": "propose", "carried": raw})
    assert answer.status_code == 400
    assert "The form was not whole." in reading.main(answer)


def test_the_file_stands_in_the_form_as_it_is_and_is_written_for_the_commit_that_was_seen(enter, folder):
    page = enter("alice").get(MAIN).content.decode()
    assert "# The analysis of all twelve groups.\ntitle: Reef analysis\n" in page
    assert f'name="base" value="{folder.repository.head().id}"' in page


def test_what_was_written_is_there_again_after_a_refusal(enter, folder):
    carol, lab = enter("carol"), "/hubs/reef/lab/change"
    answer = carol.post(lab, {"form": "remove"})
    said = {"title_of_change": "The lab is over", "why": "Its people moved to <main>.", "confirm": "lab"}
    again = carol.post(lab, reading.carried(answer) | {"step": "propose"} | said).content.decode()
    assert 'name="title_of_change" maxlength="200" value="The lab is over"' in again
    assert "Its people moved to &lt;main&gt;.</textarea>" in again
    assert models.Change.objects.count() == 0


def test_what_was_written_is_there_again_when_the_keeper_was_away(enter, folder, keeper):
    dan = enter("dan")
    preview = {"form": "settings", "image": NEXT}
    answer = dan.post(MAIN, preview)
    rooms, keeper.rooms = keeper.rooms, {"changes": away}
    said = {"title_of_change": "February", "why": "New R."}
    assert dan.post(MAIN, reading.carried(answer) | {"step": "propose"} | said).status_code == 503
    keeper.rooms = rooms
    again = dan.post(MAIN, preview).content.decode()
    assert 'value="February"' in again
    assert "New R.</textarea>" in again
    assert "New R.</textarea>" not in dan.post(MAIN, preview).content.decode()


def away(*_args):
    raise errors.UnavailableError("The keeper is starting.", "Try again in a moment.")
