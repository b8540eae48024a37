"""Six people's day on one running fleet, each in their own browser: what is theirs works, the rest names its holder.

The tests are the stations of one story, in their order; one fleet and one browser a person serve all of them.
"""

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright import async_api
from ruamel.yaml import YAML

from cast import ALICE, BOB, CAROL, DAN, EVE, MALLORY
from commonhub.fleet import history
from journeys import village
from journeys.company import RESULTS, Company, launch, until
from journeys.visitor import Visitor

pytestmark = [pytest.mark.hubs, pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

CLASS = """handle,name,email
faith,Faith Mwale,faith@example.org
grace,Grace Phiri,grace@example.org
hope,Hope Tembo,hope@example.org
ivan,Ivan Zulu,ivan@example.org
joy,Joy Moyo,joy@example.org
"""
REFUSED_TO_STRANGERS = {  # pages of reef, each with somebody who can do what they are for
    "/communities/reef": BOB.name,
    "/communities/reef/groups": CAROL.name,
    "/hubs/reef/main": ALICE.name,
    "/hubs/reef/main/access": CAROL.name,
    "/hubs/reef/main/access/import": CAROL.name,
    "/fleet": ALICE.name,
}
LEAVE_WITHIN = 75.0  # seconds: a person's server asks the hub once a minute who may come (`box.ANSWER_OF_HUB_HOLDS`)
WITHIN = 30.0  # seconds; what is promised within ten may take three times as long on a machine that also tests


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def company() -> AsyncIterator[Company]:
    stage = village.stage()
    try:
        await asyncio.to_thread(stage.up)
        place = village.Village(stage=stage)
        await place.settle(BOB, MALLORY)
        async with async_api.async_playwright() as playwright:
            browser = await launch(playwright)
            yield Company(village=place, browser=browser)
            await browser.close()
    finally:
        await asyncio.to_thread(stage.close)


async def link_on(page: async_api.Page) -> str:
    """The link that a page shows this once."""
    return await page.get_by_label("The link", exact=True).input_value()


async def evaluate(page: async_api.Page, method: str, path: str, body: object = None) -> tuple[int, Any]:
    """Call a hub's API as its own pages do, with the browser's cookies."""
    script = """async ([method, path, body]) => {
        const token = document.cookie.split("; ").find(c => c.startsWith("_xsrf="))?.slice(6);
        const answer = await fetch(path, {method, redirect: "manual", headers: {"X-XSRFToken": token, "Content-Type": "application/json"},
            body: body === null ? undefined : JSON.stringify(body)});
        return [answer.status, await answer.text()];
    }"""
    status, text = await page.evaluate(script, [method, path, body])
    try:
        return status, json.loads(text) if text else None
    except ValueError:
        return status, text


async def test_alice_signs_in_adds_a_passkey_and_sees_the_fleet(company: Company) -> None:
    page = await company.page("alice")
    devices = await page.context.new_cdp_session(page)
    await devices.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True}
    checked = {"hasUserVerification": True, "isUserVerified": True, "automaticPresenceSimulation": True}
    await devices.send("WebAuthn.addVirtualAuthenticator", {"options": options | checked})
    await company.at("alice", "/")
    await company.seen("alice", "sign-in")
    await company.enters("alice", password=company.village.stage.first_password())
    await company.seen("alice", "first-view")
    await company.at("alice", "/account/second-step")
    await page.get_by_role("link", name="Add a passkey").click()
    await page.get_by_label("Password", exact=True).fill(company.village.stage.first_password())
    await page.get_by_role("button", name="Go on").click()
    await page.get_by_label("What you call it").fill("Alice's key")
    await page.get_by_role("button", name="Add it").click()
    await page.get_by_text("recovery codes").first.wait_for()
    await company.seen("alice", "passkey-added")
    await page.get_by_role("button", name="Sign out").click()
    await company.at("alice", "/")
    await page.get_by_role("button", name="Sign in with a passkey").click()
    await page.get_by_role("button", name="Sign out").wait_for()
    await company.at("alice", "/fleet")
    await page.get_by_role("link", name="Reef analysis", exact=True).wait_for()
    await company.seen("alice", "fleet")


async def test_carol_takes_her_account_and_accepts_the_agreement_that_bob_offered(company: Company) -> None:
    link = await asyncio.to_thread(company.village.stage.account_link, "carol")  # Alice prints it, and hands it over
    carol = await company.takes("carol", CAROL.name, link, "Make my account")
    await company.at("carol", "/communities/reef")
    assert await carol.get_by_role("button", name="Accept it in the community's name").is_visible()
    bob = await company.enters("bob")
    await company.seen("bob", "first-view")
    await company.at("bob", "/communities/reef")
    await bob.get_by_role("button", name="Offer it in the service's name").click()
    await bob.get_by_text("The agreement is offered").wait_for()
    await company.at("carol", "/")
    await company.seen("carol", "duties")
    await carol.get_by_text("agreement").first.wait_for()
    await company.at("carol", "/communities/reef")
    await carol.get_by_role("button", name="Accept it in the community's name").click()
    await carol.get_by_text("The agreement is in force").wait_for()
    await company.seen("carol", "community")
    await carol.get_by_role("link", name="Show or print who carries what").click()
    await carol.locator("main svg:visible").first.wait_for()
    await company.seen("carol", "picture")
    shown = await carol.locator("main").text_content() or ""
    assert all(name in shown for name in (ALICE.name, BOB.name, CAROL.name))


async def test_carol_appoints_dan_which_becomes_a_commit_in_her_name(company: Company) -> None:
    carol = await company.at("carol", "/communities/reef")
    await carol.get_by_text("Appoint somebody").click()
    form = carol.locator("#people")
    await form.get_by_label("Role").select_option("hub-administrator")
    await form.get_by_label("Where").select_option("main")
    await form.get_by_label("Handle").fill("dan")
    await form.get_by_label("Name").fill(DAN.name)
    await form.get_by_label("E-mail").fill(DAN.email)
    await form.get_by_label("Reason").fill("He teaches the course.")
    await carol.get_by_role("button", name="Appoint", exact=True).click()
    await carol.get_by_role("status").wait_for()
    await company.seen("carol", "appointed")
    newest = company.newest_commit()
    assert newest.author == CAROL.name
    text = (company.village.stage.fleet / "communities/reef/community.yaml").read_text()
    assert "dan" in text
    await company.at("carol", "/hubs/reef/main/access")
    await carol.get_by_label("Handle").fill("dan")
    await carol.get_by_role("button", name="Add", exact=True).click()
    company.links["dan"] = await link_on(carol)
    await company.seen("carol", "link-for-dan")


async def test_mallory_is_refused_with_the_holders_names_and_asks_to_join(company: Company) -> None:
    mallory = await company.enters("mallory")
    await company.seen("mallory", "first-view")
    for path, holder in REFUSED_TO_STRANGERS.items():
        answer = await mallory.goto(company.village.portal + path)
        assert answer is not None
        assert answer.status == 403, path
        assert holder in await mallory.locator("main").inner_text(), path
    await company.at("mallory", "/audit?community=reef")
    assert "Carol Mendes" not in await mallory.locator("main").inner_text()
    await mallory.goto(company.village.hub("reef/main"))
    await mallory.get_by_role("heading", name="You can't use Reef analysis").wait_for()
    await company.seen("mallory", "no-access")
    await mallory.get_by_label("What you need it for").fill("Our schools would like to see the pictures.")
    await mallory.get_by_role("button", name="Ask to join").click()
    await company.at("mallory", "/")
    await mallory.get_by_text("To join Reef analysis").wait_for()
    await company.seen("mallory", "asked")


async def test_dan_takes_his_account_invites_imports_and_answers(company: Company) -> None:
    dan = await company.takes("dan", DAN.name, company.links["dan"], "Make my account")
    await company.at("dan", "/")
    await company.seen("dan", "duties")
    await dan.get_by_text("Mallory").first.wait_for()
    await company.at("dan", "/hubs/reef/main/access")
    await company.seen("dan", "access")
    await dan.get_by_label("A word to Mallory").fill("Please ask your own community first.")
    await dan.get_by_role("button", name="Decline").click()
    await dan.get_by_text("was told that it is declined").wait_for()
    await dan.get_by_label("What it is for").fill("Course of spring")
    await dan.get_by_label("How many people").fill("3")
    await dan.get_by_role("button", name="Make a link").click()
    company.links["eve"] = await link_on(dan)
    await company.seen("dan", "invitation-link")
    await company.at("dan", "/hubs/reef/main/access")
    await dan.get_by_role("link", name="Bring in a list").click()
    await dan.get_by_label("or pasted here").fill(CLASS)
    await dan.get_by_role("button", name="Show what it would do").click()
    await dan.get_by_text("Nothing was done yet.").wait_for()
    await company.seen("dan", "import-preview")
    await dan.get_by_role("button", name="Let them in").click()
    await dan.get_by_role("status").first.wait_for()
    await company.seen("dan", "imported")
    await company.at("dan", "/hubs/reef/main/access")
    for name in ("Faith Mwale", "Grace Phiri", "Hope Tembo", "Ivan Zulu", "Joy Moyo"):
        await dan.get_by_role("rowheader", name=name).wait_for()
    mallory = await company.at("mallory", "/")
    await mallory.get_by_text("Please ask your own community first.").first.wait_for()
    await company.seen("mallory", "declined")


async def test_eve_joins_by_the_link_and_runs_a_cell(company: Company) -> None:
    eve = await company.takes("eve", EVE.name, company.links["eve"], "Make my account and join")
    await company.seen("eve", "joined")
    await company.at("eve", "/")
    await company.seen("eve", "my-hubs")
    await eve.get_by_role("link", name="Open Reef analysis").click()
    lab = eve.locator("#jp-main-dock-panel")
    start = eve.get_by_role("button", name=re.compile("Start My Server"))
    await lab.or_(start).first.wait_for()
    if await start.is_visible():
        await start.click()
    await lab.wait_for()
    await eve.get_by_text("Python 3 (ipykernel)").first.click()
    await eve.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
    await eve.keyboard.type("print('the reef has', 6 * 7, 'fish')")
    await eve.keyboard.press("Shift+Enter")
    await eve.locator(".jp-OutputArea-output").get_by_text("the reef has 42 fish").wait_for()
    await eve.keyboard.press("Control+s")
    await company.seen("eve", "notebook", whole=False)


async def test_bob_is_refused_a_restart_asks_and_alice_does_it(company: Company) -> None:
    bob = await company.at("bob", "/hubs/reef/lab")
    await company.seen("bob", "hub")
    assert await bob.get_by_role("button", name="Restart").count() == 0
    await bob.get_by_role("listitem").filter(has_text=re.compile("^(Wake|Restart)")).get_by_role("link").first.click()
    await bob.get_by_role("heading", name="No, others carry this").wait_for()
    assert ALICE.name in await bob.locator("main").inner_text()
    await bob.get_by_label("What you would like, in your words").fill("Please: a workshop begins at nine.")
    await company.seen("bob", "refused-asks")
    await bob.get_by_role("button", name="Ask them").click()
    await bob.get_by_text("Your request is kept.").wait_for()
    alice = await company.at("alice", "/")
    await alice.get_by_text("Bob Lindqvist").first.wait_for()
    await company.seen("alice", "duty")
    await alice.get_by_role("listitem").filter(has_text="Bob Lindqvist").get_by_role("link").first.click()
    await alice.get_by_text("Please: a workshop begins at nine.").wait_for()
    await company.seen("alice", "request")
    request = alice.url
    await alice.goto(company.village.portal + "/hubs/reef/lab")
    await alice.get_by_role("button", name=re.compile("Wake|Restart")).first.click()
    await alice.get_by_role("status").first.wait_for()
    await alice.goto(request)
    await alice.get_by_label("A word to them").fill("Done. Good luck at nine.")
    await alice.get_by_role("button", name="It is done").click()
    await company.at("bob", "/")
    await bob.get_by_text("Done. Good luck at nine.").first.wait_for()
    await company.seen("bob", "answered")


async def test_carol_names_an_administrator_in_the_panel_which_becomes_a_commit_in_her_name(company: Company) -> None:
    hub = company.village.hub("reef/main")
    bob = await company.page("bob")
    await bob.goto(f"{hub}hub/home")  # the panel knows those who were there once
    await bob.wait_for_url(f"{hub}**")
    before = company.newest_commit().id
    carol = await company.page("carol")
    await carol.goto(f"{hub}hub/admin")
    await carol.get_by_text("Manage Groups").click()
    await carol.get_by_text("hub-administrators").first.click()
    await carol.get_by_test_id("username-input").fill("bob")
    await carol.get_by_test_id("validate-user").click()
    await carol.get_by_text("bob", exact=True).wait_for()
    await company.seen("carol", "panel")
    await carol.get_by_test_id("submit").click()

    async def committed() -> bool:
        return company.newest_commit().id != before

    took = await until(committed, "what was done in the panel is a commit", within=WITHIN)
    newest = company.newest_commit()
    assert newest.author == CAROL.name, newest
    assert "bob" in (company.village.stage.fleet / "communities/reef/community.yaml").read_text()
    print(f"from the panel into the fleet in {took:.1f} s: {newest.subject}")

    async def in_force() -> bool:
        await company.at("bob", "/communities/reef")
        row = bob.locator("#people tr").filter(has_text=BOB.name).filter(has_text="Hub Administrator")
        return await row.count() == 1

    await until(in_force, "the commit is in force", within=WITHIN)
    await company.seen("bob", "administrator")


async def opens_the_server_of_eve(company: Company, page: async_api.Page) -> bool:
    """Whether this person comes to Eve's JupyterLab."""
    url = f"{company.village.hub('reef/main')}user/eve/lab"
    await page.goto(url, wait_until="domcontentloaded")
    allow = page.get_by_role("button", name=re.compile("Authorize"))
    lab = page.locator("#jp-main-dock-panel")
    refused = page.get_by_text(re.compile("not open to you|do not have permission|forbidden", re.IGNORECASE))
    await lab.or_(allow).or_(refused).first.wait_for()
    if await allow.is_visible():
        await allow.click()
        await lab.or_(refused).first.wait_for()
    return bool(await lab.is_visible())


async def test_dan_opens_the_server_of_eve_with_leave_alone(company: Company) -> None:
    dan = await company.page("dan")
    hub = company.village.hub("reef/main")
    await dan.goto(f"{hub}hub/home")
    await dan.wait_for_url(f"{hub}**")
    assert not await opens_the_server_of_eve(company, dan)
    await company.seen("dan", "refused-server")
    await company.at("dan", "/hubs/reef/main/access")
    await dan.get_by_label("Ask for leave to open the server of").fill("eve")
    await dan.locator("#leaves").get_by_role("button", name="Ask").click()
    await dan.get_by_label("Your reason").fill("Her notebook does not start.")
    await company.seen("dan", "asks-leave")
    await dan.get_by_role("button", name="Ask for leave").click()
    await dan.get_by_text("Your request is kept.").wait_for()
    carol = await company.at("carol", "/")
    await carol.get_by_role("listitem").filter(has_text=DAN.name).get_by_role("link").first.click()
    await company.seen("carol", "asked-for-leave")
    await carol.locator("main").get_by_role("link", name=re.compile("[Ll]eave|[Aa]ccess")).last.click()
    await carol.get_by_text("Give leave").first.click()
    await carol.get_by_label("Who may", exact=True).fill("dan")
    await carol.get_by_label("Whose server").fill("eve")
    await carol.get_by_label("Reason", exact=True).last.fill("Her notebook does not start.")
    await carol.locator("#leaves").get_by_role("button", name="Give leave").click()
    await carol.get_by_text("has leave").wait_for()
    eve = await company.page("eve")
    notices = await eve.context.new_page()
    await notices.goto(company.village.portal + "/")
    told = await notices.locator("main").inner_text()
    assert "let Dan Rahman open your server" in told
    assert "Her notebook does not start." in told
    await notices.screenshot(path=RESULTS / "eve-told.png", full_page=True)
    await notices.close()

    async def opened() -> bool:
        return await opens_the_server_of_eve(company, dan)

    took = await until(opened, "Dan may open Eve's server", within=WITHIN)
    await company.seen("dan", "opened", whole=False)
    print(f"leave opened after {took:.1f} s")


async def test_when_carol_ends_the_leave_the_server_of_eve_is_closed_to_dan(company: Company) -> None:
    carol, dan = await company.page("carol"), await company.page("dan")
    await company.at("carol", "/hubs/reef/main/access")
    await carol.get_by_role("button", name="End it now").click()
    await carol.get_by_text("The leave has ended.").wait_for()

    async def closed() -> bool:
        return not await opens_the_server_of_eve(company, dan)

    ended = await until(closed, "Dan may no longer open Eve's server", within=LEAVE_WITHIN)
    await company.seen("dan", "closed", whole=False)
    print(f"the leave closed after {ended:.1f} s")


async def test_when_dan_removes_eve_all_that_she_has_open_ends_and_her_files_stay(company: Company) -> None:
    hub = company.village.hub("reef/main")
    eve = await company.page("eve")
    async with Visitor(url=hub, name="eve", password="") as anybody:
        assert await anybody.status("hub/api/") == 200  # a hub that wakes shows another page first
    desk = await eve.context.new_page()
    await desk.goto(f"{hub}hub/token")
    status, made = await evaluate(desk, "POST", f"{hub}hub/api/users/eve/tokens", {"note": "a script"})
    assert status == 201, made
    await desk.close()
    async with Visitor(url=hub, name="eve", password="") as script:
        script.token = made["token"]
        assert await script.status("hub/api/user") == 200
        await script.write("kept.txt", "through removal")
        assert (await script.api("GET", "user/eve/api/status"))[0] == 200
        dan = await company.at("dan", "/hubs/reef/main/access")
        await dan.get_by_role("link", name=re.compile(r"Remove.*Eve Banda", re.DOTALL)).click()
        await dan.get_by_label("Reason").fill("The course is over.")
        await company.seen("dan", "removes")
        begun = time.monotonic()
        await dan.get_by_role("button", name="End their use").click()
        await dan.get_by_role("status").first.wait_for()

        async def over() -> bool:
            hub_token, _ = await script.api("GET", "hub/api/user")
            server, _ = await script.api("GET", "user/eve/api/status", allow_redirects=False)
            running = company.village.stage.state_of("reef/main")["servers"]
            return hub_token in {401, 403} and server != 200 and not any(one["user"] == "eve" for one in running)

        await until(over, "Eve's token and server have ended", within=WITHIN)
        took = time.monotonic() - begun
        print(f"all that Eve had open ended {took:.1f} s after the click")
    status, _ = await evaluate(eve, "GET", f"{hub}user/eve/api/contents")
    assert status != 200
    await eve.goto(f"{hub}user/eve/lab", wait_until="domcontentloaded")
    await eve.get_by_role("heading", name="You can't use Reef analysis").wait_for()
    await company.seen("eve", "removed")
    homes = company.village.stage.state / "homes" / "reef--main"
    assert [*homes.rglob("kept.txt")], "her files stay"


async def test_a_role_that_an_editor_ends_gives_no_power_within_seconds(company: Company) -> None:
    stage = company.village.stage
    hub = company.village.hub("reef/main")
    carol = await company.page("carol")
    await carol.goto(f"{hub}hub/home")
    status, made = await evaluate(carol, "POST", f"{hub}hub/api/users/carol/tokens", {"note": "a script"})
    assert status == 201, made
    path = "communities/reef/community.yaml"
    text = (stage.fleet / path).read_text()
    stage.write(path, json.dumps(without(text, "community-representative")))
    history.FleetRepository(stage.fleet).commit(
        [path], who=history.Person(name=ALICE.name, email=ALICE.email), why="Carol leaves the lead"
    )
    begun = time.monotonic()
    async with Visitor(url=hub, name="carol", password="") as script, company.village.guest("carol") as guest:
        script.token = made["token"]
        await guest.enter()

        async def powerless() -> bool:
            page, _ = await guest.page("/hubs/reef/main/access")
            users, _ = await script.api("GET", "hub/api/users")
            put, _ = await script.api("POST", "hub/api/groups/hub-administrators/users", json={"users": ["carol"]})
            return page == 403 and users in {401, 403} and put in {401, 403, 404}

        await until(powerless, "Carol has no power at hub and portal", within=WITHIN)
    print(f"Carol's power ended {time.monotonic() - begun:.1f} s after the commit")
    await company.at("carol", "/")
    await company.seen("carol", "no-role")


def without(text: str, role: str) -> dict[str, Any]:
    """A community's file without anybody in a role."""
    found: dict[str, Any] = YAML(typ="safe").load(text)
    found["roles"].pop(role)
    return found


async def test_signing_out_ends_the_portal_and_signing_out_everywhere_the_hubs_too(company: Company) -> None:
    hub = company.village.hub("reef/main")
    dan = await company.page("dan")
    await dan.goto(f"{hub}hub/token")
    status, made = await evaluate(dan, "POST", f"{hub}hub/api/users/dan/tokens", {"note": "a script"})
    assert status == 201, made
    async with Visitor(url=hub, name="dan", password="") as script:
        script.token = made["token"]
        await company.at("dan", "/")
        await dan.get_by_role("button", name="Sign out").click()
        await dan.get_by_label("Password", exact=True).wait_for()
        await company.at("dan", "/account/")
        assert "/sign-in" in dan.url
        await company.seen("dan", "signed-out")
        assert (await script.api("GET", "hub/api/user"))[0] == 200  # hubs keep their sessions
        await company.enters("dan")
        await company.at("dan", "/account/sessions")
        await company.seen("dan", "sessions")
        await dan.get_by_role("button", name=re.compile("everywhere", re.IGNORECASE)).click()
        await dan.get_by_label("Password", exact=True).wait_for()

        async def out() -> bool:
            return (await script.api("GET", "hub/api/user"))[0] in {401, 403}

        took = await until(out, "Dan's token at the hub has ended", within=WITHIN)
        print(f"signed out everywhere after {took:.1f} s")
