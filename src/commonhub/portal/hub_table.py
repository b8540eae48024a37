"""The table of hubs: what a view of the list means for the records, and the rows that a page shows."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from django.core.paginator import Page, Paginator
from django.db.models import Case, F, IntegerField, OrderBy, Q, QuerySet, Value, When
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from commonhub.hubs import models
from commonhub.portal import listing, words

TITLES: dict[str, str | Promise] = {
    "hub": gettext_lazy("Hub"),
    "state": gettext_lazy("State"),
    "people": gettext_lazy("People"),
    "memory": gettext_lazy("Memory"),
    "active": gettext_lazy("Last activity"),
}
FIELDS = {
    "community": ("community_title", "community"),
    "hub": ("title",),
    "people": ("people",),
    "memory": ("memory",),
    "active": ("last_activity",),
}


@dataclass(frozen=True, kw_only=True)
class Column:
    """A heading: its words, where a click on it leads, and how the list is ordered by it now."""

    name: str
    title: str
    url: str
    sorted: str  # ascending, descending, or "" where the list is ordered by another


@dataclass(frozen=True, kw_only=True)
class Group:
    """Rows under one heading; no heading where the list is not ordered by community."""

    community: str
    title: str
    hubs: tuple[models.HubRecord, ...]


def chosen(view: listing.Listing) -> QuerySet[models.HubRecord]:
    """The records of a view, in its order. Retired hubs show only when they are asked for."""
    hubs = models.HubRecord.objects.all()
    hubs = hubs.filter(state=view.state) if view.state else hubs.exclude(state=words.State.RETIRED)
    for word in view.search.split():
        hubs = hubs.filter(
            Q(title__icontains=word)
            | Q(community_title__icontains=word)
            | Q(hub_id__icontains=word)
            | Q(description__icontains=word)
            | Q(url__icontains=word)
        )
    return hubs.order_by(*_order(view), "community_title", "community", "title", "hub_id")


def _order(view: listing.Listing) -> list[OrderBy]:
    if view.column == "state":
        ranks = [When(state=code, then=Value(rank)) for rank, code in enumerate(words.STATES)]
        fields: Iterable[F | Case] = [Case(*ranks, default=Value(len(ranks)), output_field=IntegerField())]
    else:
        fields = [F(name) for name in FIELDS[view.column]]
    return [OrderBy(field, descending=view.descending, nulls_last=True) for field in fields]


def page(view: listing.Listing) -> Page[models.HubRecord]:
    """The rows of one page. A page that is not there shows the last."""
    hubs = chosen(view).defer("settings", "message")
    return Paginator(hubs, listing.PAGE).get_page(view.page)


def groups(hubs: Iterable[models.HubRecord], view: listing.Listing) -> list[Group]:
    """Rows under their communities, where the list is ordered by them."""
    if view.column != "community":
        return [Group(community="", title="", hubs=tuple(hubs))]
    return [
        Group(community=community, title=title, hubs=tuple(members))
        for (community, title), members in groupby(hubs, key=lambda hub: (hub.community, hub.community_title))
    ]


def columns(view: listing.Listing) -> list[Column]:
    """The headings of a view."""
    return [
        Column(
            name=name,
            title=str(title),
            url=view.by(name),
            sorted=("descending" if view.descending else "ascending") if name == view.column else "",
        )
        for name, title in TITLES.items()
    ]
