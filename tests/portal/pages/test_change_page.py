"""One change: where it stands, what the reader can do about it, and how it goes out to hubs."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from changes import folder_stage
from commonhub.changes import models, seen
from commonhub.communities.asker import machine_owner
from commonhub.fleet import history
from commonhub.rollouts import models as rollout_models
from commonhub.rollouts import stages
from portal.pages import changing, reading

MAIN = "communities/reef/hubs/main.yaml"
ELSEWHERE = "quay.io/others/analysis:1"
NEXT = "quay.io/reef/analysis:2026-02"


@pytest.fixture
def asked(folder) -> int:
    """Dan would like an image from elsewhere, which waits for a second pair of eyes."""
    return changing.propose(folder, "dan", "Their image", hub="reef/main", image=ELSEWHERE, why="It has the new R.")


def change(number: int) -> models.Change:
    return models.Change.objects.get(pk=number)


def buttons(answer) -> list[str]:
    """The answers that the page offers, in their order."""
    page = answer.content.decode()
    inside = page[page.index("<main") : page.index('class="way"')]
    return re.findall(r'action="/changes/\d+/([\w-]+)"', inside)


def test_whose_consent_it_needs_finds_it_on_her_list_and_agrees_first(enter, folder, asked):
    carol = enter("carol")
    duties = carol.get("/")
    assert f'class="button" href="/changes/{asked}"' in duties.content.decode()
    assert "Dan Rahman proposes: Their image." in reading.main(duties)
    answer = carol.get(f"/changes/{asked}")
    page = reading.main(answer)
    assert reading.faults(answer) == []
    assert buttons(answer)[0] == "agree"
    assert "It waits for consents." in page
    assert "It has the new R." in page
    assert f"Image of each server: quay.io/reef/analysis:2026-01 → {ELSEWHERE}" in page
    carol.post(f"/changes/{asked}/agree", {"words": "We know them."})
    assert change(asked).state == "committed"
    assert ELSEWHERE in folder_stage.text(folder, MAIN)
    page = reading.main(carol.get(f"/changes/{asked}"))
    assert "Carol Mendes agreed to it. “We know them.”" in page
    assert "Dan Rahman proposed it. “It has the new R.”" in page
    assert "Their image" not in reading.main(carol.get("/"))


def test_who_proposed_it_can_withdraw_but_not_answer(enter, asked):
    dan = enter("dan")
    assert buttons(dan.get(f"/changes/{asked}")) == ["withdraw"]
    assert "Ask, or see why" in reading.main(dan.get(f"/changes/{asked}"))
    dan.post(f"/changes/{asked}/agree")
    assert change(asked).state == "waiting"
    dan.post(f"/changes/{asked}/withdraw")
    assert change(asked).state == "withdrawn"
    assert "Dan Rahman withdrew it." in reading.main(dan.get(f"/changes/{asked}"))


def test_declining_takes_a_reason_that_everybody_reads(enter, asked):
    carol = enter("carol")
    answer = carol.post(f"/changes/{asked}/decline", {"because": " "}, follow=True)
    assert "No reason is given." in reading.main(answer)
    carol.post(f"/changes/{asked}/decline", {"because": "Nobody knows who builds it."})
    page = reading.main(enter("dan").get(f"/changes/{asked}"))
    assert "Carol Mendes declined it. “Nobody knows who builds it.”" in page
    assert change(asked).state == "declined"


@pytest.mark.parametrize("who", ["eve", "mallory", "zuri"])
def test_who_has_no_part_in_it_does_not_even_learn_that_it_is_there(enter, keeper, asked, who):
    stranger = enter(who)
    assert stranger.get(f"/changes/{asked}").status_code == 404
    for verb in ("agree", "decline", "bypass", "undo", "withdraw", "review"):
        answer = stranger.post(f"/changes/{asked}/{verb}", {"because": "x", "words": "x"}, follow=True)
        assert "Their image" not in answer.content.decode(), verb
    assert change(asked).state == "waiting"
    assert change(asked).consents.count() == 1


def test_the_refusal_of_an_answer_names_who_can(enter, folder):
    number = changing.propose(
        folder,
        "carol",
        "Raw values",
        hub="reef/main",
        files={MAIN: folder_stage.text(folder, MAIN) + "extra: {a: 1}\n"},
    )
    answer = enter("dan").post(f"/changes/{number}/agree")
    assert answer.status_code == 403
    assert "Alice Okafor" in reading.words(answer)


def test_an_emergency_goes_at_once_and_asks_for_its_review(enter, folder):
    text = folder_stage.text(folder, MAIN) + "extra: {a: 1}\n"
    number = changing.propose(folder, "dan", "Raw values", files={MAIN: text})
    alice = enter("alice")
    assert "bypass" in buttons(alice.get(f"/changes/{number}"))
    alice.post(f"/changes/{number}/bypass", {"because": "Nobody can sign in."})
    assert change(number).state == "committed"
    page = reading.main(alice.get(f"/changes/{number}"))
    assert "made in an emergency" in page
    assert "Its review is due until" in page


def test_undoing_what_made_a_hub_asks_for_its_name_and_takes_it_away(enter, folder):
    file = "communities/reef/hubs/class.yaml"
    owner = machine_owner("root")
    folder_stage.do(owner, folder, "propose", timezone.now(), files={file: "title: Class\n"}, why="A class")
    number = models.Change.objects.latest("id").pk
    alice = enter("alice")
    assert "It takes reef/class away again. Type the name" in reading.main(alice.get(f"/changes/{number}"))
    answer = alice.post(f"/changes/{number}/undo", {"because": "Nobody came.", "confirm": "reef/clas"}, follow=True)
    assert "type reef/class to confirm it" in reading.main(answer)
    assert (folder.repository.path / file).exists()
    alice.post(f"/changes/{number}/undo", {"because": "Nobody came.", "confirm": "reef/class"})
    assert models.Change.objects.latest("id").undoes_id == number


def test_an_image_is_rolled_forward_and_back(enter, folder):
    dan = enter("dan")
    number = changing.propose(folder, "dan", "February", hub="reef/main", image=NEXT)
    answer = dan.get(f"/changes/{number}")
    assert buttons(answer) == ["undo"]
    answer = dan.post(f"/changes/{number}/undo", {"because": "Its R is broken."}, follow=True)
    page = reading.main(answer)
    assert f"it undoes change {number}" in page
    assert NEXT not in folder_stage.text(folder, MAIN)
    page = reading.main(dan.get(f"/changes/{number}"))
    assert "A later change has undone it." in page
    assert re.search(r"Dan Rahman undid it by change \d+. “Its R is broken.”", page)


def test_two_at_once_are_shown_side_by_side_with_a_way_on(enter, folder, asked):
    changing.propose(folder, "dan", "February", hub="reef/main", image=NEXT)
    enter("carol").post(f"/changes/{asked}/agree")
    assert change(asked).state == "conflict"
    answer = enter("dan").get(f"/changes/{asked}")
    page = reading.main(answer)
    assert reading.faults(answer) == []
    sides = re.findall(r"<dt>([^<]*)</dt><dd>([^<]*)</dd>", answer.content.decode())
    assert sides == [
        ("It was", "quay.io/reef/analysis:2026-01"),
        ("This change wants", ELSEWHERE),
        ("It is now", NEXT),
    ]
    assert "Nothing was lost" in page
    anew = f"/hubs/reef/main/change?anew={asked}"
    assert f'class="button" href="{anew}"' in answer.content.decode()
    preview = enter("dan").get(anew)
    assert reading.faults(preview) == []
    assert f"{NEXT} → {ELSEWHERE}" in reading.main(preview)
    title = models.Change.objects.get(pk=asked).title
    assert title == "Their image"
    assert f'value="{title}"' in preview.content.decode()
    form = reading.carried(preview) | {"title_of_change": title, "step": "propose"}
    enter("dan").post("/hubs/reef/main/change", form)
    again = models.Change.objects.latest("pk")
    assert (again.state, again.title, again.pk > asked) == ("waiting", title, True)
    assert ELSEWHERE in again.edits[MAIN]
    wrong = enter("dan").get("/hubs/reef/main/change?anew=999")
    assert wrong.status_code in {400, 404}


def test_a_commit_by_an_editor_shows_what_it_would_have_needed(enter, folder):
    seen.turn(folder, now=timezone.now())
    carols = history.Person(name="Carol M.", email="carol@example.org")
    folder_stage.by_hand(folder, folder_stage.put(folder, MAIN, ["extra"], {"a": 1}), who=carols)
    seen.turn(folder, now=timezone.now())
    page = reading.main(enter("alice").get(f"/changes/{models.Change.objects.latest('pk').pk}"))
    assert "Proposed here, it would have needed:" in page
    assert "It waits for Alice Okafor" in page


def test_a_roll_out_shows_its_cohorts_and_what_probes_saw(enter, folder, keeper):
    number = changing.propose(folder, "dan", "February", hub="reef/main", image=NEXT)
    now = timezone.now()
    failed = changing.seen("start", "Her server did not start within 60 seconds.", "new")
    hubs = [
        {"hub_id": "reef/lab", "reached": now, "because": "staging first", "verdict": failed},
        {"hub_id": "reef/main", "cohort": 1},
    ]
    row = changing.rollout(now, hubs, change=number)
    answer = enter("alice").get(f"/changes/{number}")
    page = reading.main(answer)
    assert reading.faults(answer) == []
    assert "failed: start (new)" in page
    assert "Her server did not start within 60 seconds." in page
    assert "held as before" in page
    assert "undo" not in buttons(answer)
    held = reading.main(enter("dan").get("/hubs/reef/main"))
    assert f"Held by roll-out {row.pk}: Image of January" in held
    assert "February" in held


def test_a_roll_out_is_paused_resumed_and_stopped_by_who_carries_it(enter, folder):
    row = changing.rollout(timezone.now(), [{"hub_id": "reef/main"}])
    alice, address = enter("alice"), f"/rollouts/{row.pk}"

    def state() -> str:
        return rollout_models.Rollout.objects.get().state

    page = reading.main(alice.get(address))
    assert "Stop and take it back" in page
    alice.post(f"{address}/pause", {"why": "We look."})
    assert (state(), rollout_models.Rollout.objects.get().reason) == (stages.State.PAUSED, "We look.")
    assert "Go on" in reading.main(alice.get(address))
    alice.post(f"{address}/resume")
    assert state() == stages.State.RUNNING
    alice.post(f"{address}/stop", {"why": "It is slow."})
    assert state() == stages.State.GOING_BACK
    answer = alice.post(f"{address}/pause", follow=True)
    assert "It is not running" in reading.main(answer)


def test_of_a_roll_out_elsewhere_too_each_sees_their_own_hubs(enter, folder):
    edits = folder_stage.put(folder, MAIN, ["title"], "One") | folder_stage.put(
        folder, "communities/mtengo/hubs/main.yaml", ["title"], "Other"
    )
    owner = machine_owner("root")
    done = folder_stage.do(owner, folder, "propose", timezone.now(), files=edits, why="For both")["change"]
    changing.rollout(
        timezone.now(),
        [{"hub_id": "mtengo/main"}, {"hub_id": "reef/main"}],
        change=done["number"],
        commit=done["commit"],
    )
    page = reading.main(enter("dan").get(f"/changes/{done['number']}"))
    assert "reef/main" in page
    assert "mtengo" not in page
    assert "mtengo/main" in reading.main(enter("alice").get(f"/changes/{done['number']}"))


def test_right_after_the_commit_the_page_says_that_it_is_about_to_go_out(enter, folder):
    number = changing.propose(folder, "dan", "February", hub="reef/main", image=NEXT)
    page = enter("dan").get(f"/changes/{number}").content.decode()
    assert "It begins in a moment" in page
    assert "Keep this page fresh" in page
    models.Change.objects.update(ended=timezone.now() - timedelta(minutes=2))
    assert "It begins in a moment" not in enter("dan").get(f"/changes/{number}").content.decode()


def test_a_page_follows_a_roll_out_by_itself_while_there_is_something_to_follow(enter, folder):
    number = changing.propose(folder, "dan", "February", hub="reef/main", image=NEXT)
    row = changing.rollout(timezone.now(), [{"hub_id": "reef/main"}], change=number)
    dan = enter("dan")
    for page in (f"/changes/{number}", f"/rollouts/{row.pk}"):
        assert "Keep this page fresh" in dan.get(page).content.decode()
        fresh = dan.get(f"{page}?fresh=10").content.decode()
        assert 'http-equiv="refresh" content="10"' in fresh
        assert "Stop keeping this page fresh" in fresh
    rollout_models.Rollout.objects.update(state=stages.State.DONE)
    assert "Keep this page fresh" not in dan.get(f"/changes/{number}").content.decode()


@pytest.mark.parametrize("who", ["eve", "mallory", "zuri"])
def test_a_roll_out_is_not_for_strangers(enter, folder, keeper, who):
    row = changing.rollout(timezone.now(), [{"hub_id": "reef/main"}])
    stranger = enter(who)
    for answer in (stranger.get(f"/rollouts/{row.pk}"), stranger.post(f"/rollouts/{row.pk}/stop")):
        assert answer.status_code == 404
        assert "Image of January" not in answer.content.decode()
    assert keeper.asked == []
    assert stranger.get(f"/rollouts/{row.pk + 1}").status_code == 404
