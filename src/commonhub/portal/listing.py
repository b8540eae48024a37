"""What a reader asks of a long list: words to search, a state, an order and a page."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

PAGE = 50  # rows
LONGEST_SEARCH = 100  # characters; more finds nothing and costs the database
COLUMNS = ("community", "hub", "state", "people", "memory", "active")
GREATEST_FIRST = ("people", "memory", "active")  # columns whose first click shows the greatest first


@dataclass(frozen=True, kw_only=True)
class Listing:
    """One view of a list. `order` is a column, with `-` before it for the other direction."""

    search: str = ""
    state: str = ""
    order: str = "community"
    page: str = "1"
    fresh: bool = False

    @property
    def column(self) -> str:
        """The column the list is ordered by."""
        return self.order.removeprefix("-")

    @property
    def descending(self) -> bool:
        """True when the greatest comes first."""
        return self.order.startswith("-")

    @property
    def narrowed(self) -> bool:
        """True when something was searched or picked."""
        return bool(self.search or self.state)

    def query(self) -> str:
        """This view as what follows an address: `?q=reef&state=awake`, or nothing."""
        usual = Listing()
        said = (
            ("q", self.search, usual.search),
            ("state", self.state, usual.state),
            ("sort", self.order, usual.order),
            ("page", self.page, usual.page),
            ("fresh", "10" if self.fresh else "", ""),
        )
        pairs = [(name, value) for name, value, default in said if value != default]
        return f"?{urlencode(pairs)}" if pairs else "?"

    def on_page(self, page: int) -> str:
        """The address of another page of this view."""
        return replace(self, page=str(page)).query()

    def with_state(self, state: str) -> str:
        """The address of this view narrowed to one state; the search goes on, the page starts again."""
        return replace(self, state=state, page="1").query()

    def by(self, column: str) -> str:
        """The address of this view ordered by a column; the same column again turns it round."""
        usual = f"-{column}" if column in GREATEST_FIRST else column
        turned = column if self.descending else f"-{column}"
        return replace(self, order=turned if column == self.column else usual, page="1").query()

    def refreshed(self, *, fresh: bool) -> str:
        """The address of this view that keeps itself fresh, or stops."""
        return replace(self, fresh=fresh).query()


def read(values: Mapping[str, str], states: tuple[str, ...]) -> Listing:
    """A view from the values in an address. What makes no sense is left out: an old link still shows the list."""
    order = values.get("sort", "")
    state = values.get("state", "")
    page = values.get("page", "")
    return Listing(
        search=" ".join(values.get("q", "").replace("\0", " ").split())[:LONGEST_SEARCH],
        state=state if state in states else "",
        order=order if order.removeprefix("-") in COLUMNS and not order.startswith("--") else "community",
        page=page if page.isascii() and page.isdigit() and len(page) < 8 else "1",
        fresh=bool(values.get("fresh")),
    )
