"""What people and hubs ask of the portal in `people.py`: who asks, for what, and how often in a second."""

import base64
import hashlib
import itertools
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlencode, urlsplit

import aiohttp

import people_load
import portal_visitor

BROWSERS = 20  # students who are signed in; each other role has one
SCOPE = "openid profile email roles"
ALL, TENTH = "c000/h0", "c000/h1"  # the hub of everybody, and the course of a tenth
FOUND, OK = 302, 200

DUTIES = "My duties: {}"
ACCESS = "access page, {:,} people"
PERSON = "a person's page"
AUDIT = "audit"
SIGN_IN = "signing in by a password"
AUTHORIZE, TOKEN, USERINFO = "hub's sign-in: authorize", "hub's sign-in: token", "hub's sign-in: userinfo"


@dataclass(frozen=True, kw_only=True)
class House:
    """What `people_house.py` has filled, and how to find who is who in it."""

    people: int
    hubs: int
    password: str

    @property
    def _communities(self) -> int:
        return self.hubs // 10

    def handle(self, number: int) -> str:
        """As `people_house.handle`, which needs Django."""
        return f"p{number:05d}"

    @property
    def representative(self) -> str:
        """Of the first community."""
        return self.handle(3)

    def administrator(self, hub: int) -> str:
        """Of one of the first community's hubs."""
        return self.handle(3 + 2 * self._communities + hub)

    def students(self) -> Iterator[str]:
        """Those without a role, one after the other, from another end each round."""
        first = 3 + 2 * self._communities + self.hubs
        return (self.handle(first + number * 37 % (self.people - first)) for number in itertools.count())


@dataclass(kw_only=True)
class Visit:
    """The browsers that are signed in at one portal, and the errands that they run."""

    portal: portal_visitor.PortalVisitor
    house: House
    _headers: dict[str, dict[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._names = self.house.students()
        self._browsers = [next(self._names) for _ in range(BROWSERS)]
        self._turns = itertools.cycle(self._browsers)
        for handle in (
            *self._browsers,
            self.house.handle(0),
            self.house.representative,
            *map(self.house.administrator, (0, 1)),
        ):
            self.headers(handle)

    def headers(self, handle: str) -> dict[str, str]:
        """Those of somebody's browser, which is signed in."""
        if handle not in self._headers:
            browser = self.portal.another()
            browser.sign_in(handle, self.house.password)
            self._headers[handle] = browser.headers()
        return self._headers[handle]

    def connector(self) -> aiohttp.BaseConnector:
        """How the portal is reached: by a connection for each request, as the proxy does it."""
        return aiohttp.UnixConnector(self.portal.socket_path, limit=0, force_close=True)

    def errands(self) -> dict[people_load.Errand, int]:
        """50 requests a second: 40 errands, of which 2 take two requests and 4 take three."""
        admin, course, speaker, engineer = (
            self.house.administrator(0),
            self.house.administrator(1),
            self.house.representative,
            self.house.handle(0),
        )
        tenth = self.house.people // 10
        return {
            self._duties: 12,
            self._page(DUTIES.format("a hub administrator"), admin, "/"): 3,
            self._page(DUTIES.format("a representative"), speaker, "/"): 2,
            self._page(DUTIES.format("an engineer of the whole fleet"), engineer, "/"): 2,
            self._person(admin): 2,
            self._person(engineer): 2,
            self._page(ACCESS.format(self.house.people), admin, f"/hubs/{ALL}/access"): 2,
            self._page(ACCESS.format(self.house.people), admin, f"/hubs/{ALL}/access?after=p01000"): 1,
            self._page(f"{ACCESS.format(self.house.people)}, searched", admin, f"/hubs/{ALL}/access?q=Hana"): 1,
            self._page(ACCESS.format(tenth), course, f"/hubs/{TENTH}/access"): 3,
            self._page("the list of people, searched", engineer, "/people?q=Hana"): 1,
            self._page(AUDIT, engineer, "/audit"): 1,
            self._page(AUDIT, speaker, "/audit"): 1,
            self._page(AUDIT, self._browsers[0], "/audit"): 1,
            self._sign_in: 2,
            self._hub: 4,
        }

    def pages(self) -> dict[str, tuple[str, str]]:
        """The pages whose first view is weighed: what, who, and where."""
        admin, engineer = self.house.administrator(0), self.house.handle(0)
        return {
            "sign-in": ("", "/sign-in"),
            "student's duties": (self._browsers[0], "/"),
            "administrator's duties": (admin, "/"),
            "representative's duties": (self.house.representative, "/"),
            "engineer's duties": (engineer, "/"),
            "access": (admin, f"/hubs/{ALL}/access"),
            "person": (admin, f"/people/{self._browsers[0]}"),
            "audit": (engineer, "/audit"),
        }

    def _page(self, kind: str, handle: str, path: str, holds: str = "</html>") -> people_load.Errand:
        headers = self.headers(handle)

        async def look(walk: people_load.Walk) -> None:
            await walk.ask(kind, f"{self.portal.origin}{path}", headers=headers, holds=holds)

        return look

    async def _duties(self, walk: people_load.Walk) -> None:
        headers = self.headers(next(self._turns))
        await walk.ask(DUTIES.format("a student"), f"{self.portal.origin}/", headers=headers, holds="Hub 0")

    def _person(self, handle: str) -> people_load.Errand:
        headers = self.headers(handle)

        async def look(walk: people_load.Walk) -> None:
            about = next(self._names)
            await walk.ask(PERSON, f"{self.portal.origin}/people/{about}", headers=headers, holds=about)

        return look

    async def _sign_in(self, walk: people_load.Walk) -> None:
        url, bare = f"{self.portal.origin}/sign-in", {"Host": urlsplit(self.portal.origin).netloc}
        page = await walk.ask("the sign-in page", url, headers=bare)
        cookies = "; ".join(f"{name}={value}" for name, value in page.cookies.items())
        given = {"login": next(self._names), "password": self.house.password}
        form = portal_visitor.token_in(page.text) | given
        headers = bare | {"Cookie": cookies, "Origin": self.portal.origin}
        await walk.ask(SIGN_IN, url, headers=headers, form=form, status=FOUND)

    async def _hub(self, walk: people_load.Walk) -> None:
        """A hub signs somebody in, as OAuthenticator does it."""
        verifier = secrets.token_urlsafe(48)
        digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        client, back = f"hub.{ALL.replace('/', '.')}", "http://h0.localhost:8000/hub/oauth_callback"
        asked = {
            "client_id": client,
            "redirect_uri": back,
            "response_type": "code",
            "scope": SCOPE,
            "state": secrets.token_urlsafe(12),
            "code_challenge": digest,
            "code_challenge_method": "S256",
        }
        base, bare = f"{self.portal.origin}/identity/o", {"Host": urlsplit(self.portal.origin).netloc}
        headers = self.headers(next(self._turns))
        answer = await walk.ask(AUTHORIZE, f"{base}/authorize?{urlencode(asked)}", headers=headers, status=FOUND)
        traded = {
            "grant_type": "authorization_code",
            "code": parse_qs(urlsplit(answer.place).query)["code"][0],
            "redirect_uri": back,
            "code_verifier": verifier,
            "client_id": client,
            "client_secret": f"{ALL}-{'bench' * 8}",
        }
        given = await walk.ask(TOKEN, f"{base}/api/token", headers=bare, form=traded, holds="access_token")
        token = given.text.partition('"access_token": "')[2].partition('"')[0]
        with_token = bare | {"Authorization": f"Bearer {token}"}
        await walk.ask(USERINFO, f"{base}/api/userinfo", headers=with_token, holds='"groups"')
