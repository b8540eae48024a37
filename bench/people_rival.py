"""The rival of `people.py`: a plain JupyterHub that knows as many people, with its own login, first page and list of users.

Its login compares one shared password and hashes nothing. Its list is what its admin page asks for, 50 users at a time.
"""

import re
import secrets
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial

import aiohttp
import requests

import people_load
import plain

CONFIG = """
c.JupyterHub.services = [{{"name": "bench", "api_token": "{token}"}}]
c.JupyterHub.load_roles = [{{"name": "bench", "services": ["bench"], "scopes": ["admin:users"]}}]
"""
BROWSERS = 20  # people who are signed in
FIELD = re.compile(r'name="_xsrf" value="([^"]+)"')
LIST = "the list of 50 of all users (GET /hub/api/users)"
HOME = "the first page (/hub/home)"
LOGIN = "a login, without a hash"


@dataclass(frozen=True, kw_only=True)
class Rival:
    """A running plain hub with so many people."""

    hub: plain.PlainHub
    token: str
    people: int
    started: float  # seconds until its login page was there

    def errands(self) -> dict[people_load.Errand, int]:
        """What is asked of it in a second: as many logins and lists as of ours, and the first page for all the rest."""
        browsers = [self._sign_in(number) for number in range(BROWSERS)]
        found: dict[people_load.Errand, int] = {self._login: 2, self._list: 6}
        return found | {partial(self._home, browser): 2 for browser in browsers}

    def connector(self) -> aiohttp.BaseConnector:
        """How it is reached: the hub itself, without its proxy."""
        return aiohttp.TCPConnector(limit=0)

    def _sign_in(self, number: int) -> dict[str, str]:
        with requests.Session() as browser:
            browser.trust_env = False
            url = f"{self.hub.hub_url}hub/login"
            found = FIELD.search(browser.get(url, timeout=30).text)
            form = {"username": f"p{number:05d}", "password": self.hub.password, "_xsrf": found[1] if found else ""}
            answer = browser.post(url, data=form, timeout=30, allow_redirects=False)
            if answer.status_code != 302:
                raise RuntimeError(f"the plain hub's login answered {answer.status_code}")
            # Its cookies are for paths, and each path has one of a name.
            return {"Cookie": "; ".join(f"{each.name}={each.value}" for each in browser.cookies)}

    async def _home(self, headers: dict[str, str], walk: people_load.Walk) -> None:
        await walk.ask(HOME, f"{self.hub.hub_url}hub/home", headers=headers, holds='id="start"')

    async def _list(self, walk: people_load.Walk) -> None:
        headers = {"Authorization": f"token {self.token}", "Accept": "application/jupyterhub-pagination+json"}
        await walk.ask(
            LIST, f"{self.hub.hub_url}hub/api/users?limit=50", headers=headers, holds=f'"total": {self.people}'
        )

    async def _login(self, walk: people_load.Walk) -> None:
        url = f"{self.hub.hub_url}hub/login"
        page = await walk.ask("the login page", url, headers={})
        found = FIELD.search(page.text)
        form = {"username": "p00999", "password": self.hub.password, "_xsrf": found[1] if found else ""}
        cookies = "; ".join(f"{name}={value}" for name, value in page.cookies.items())
        await walk.ask(LOGIN, url, headers={"Cookie": cookies}, form=form, status=302)

    def bring(self, people: int) -> float:
        """Seconds to add so many users in one request, as its admin page does. It takes them one by one."""
        names = [f"n{number:05d}" for number in range(people)]
        begun = time.perf_counter()
        answer = requests.post(
            f"{self.hub.hub_url}hub/api/users",
            json={"usernames": names},
            headers={"Authorization": f"token {self.token}"},
            timeout=1800,
        )
        taken = time.perf_counter() - begun
        if answer.status_code != 201 or len(answer.json()) != people:
            raise RuntimeError(f"the plain hub took no list: {answer.status_code}")
        return taken


@contextmanager
def running(people: int) -> Iterator[Rival]:
    """A plain hub that was started once, filled, and started again."""
    token = secrets.token_hex(16)
    with plain.PlainHub(more=CONFIG.format(token=token)) as hub:
        hub.until_login_page()
        hub.stop()
        _fill(hub, people)
        started = hub.until_login_page()
        yield Rival(hub=hub, token=token, people=people, started=started)


def _fill(hub: plain.PlainHub, people: int) -> None:
    with closing(sqlite3.connect(hub.folder / "jupyterhub.sqlite")) as book, book:
        (role,) = book.execute("SELECT id FROM roles WHERE name = 'user'").fetchone()
        for number in range(people):
            made = book.execute(
                "INSERT INTO users (name, admin, created, cookie_id, state) VALUES (?, 0, datetime('now'), ?, '{}')",
                (f"p{number:05d}", secrets.token_hex(16)),
            )
            book.execute(
                "INSERT INTO user_role_map (user_id, role_id, managed_by_auth) VALUES (?, ?, 0)", (made.lastrowid, role)
            )
