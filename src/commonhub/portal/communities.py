"""One community: its hubs and what happened to them."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from commonhub.ground import clock
from commonhub.hubs import models
from commonhub.portal import hub_table, listing, page, picture, summary, words

EVENTS = 20  # the newest


@require_safe
def view(request: HttpRequest, community: str) -> HttpResponse:
    """The community's page."""
    hubs = models.HubRecord.objects.filter(community=community)
    shown = list(hubs.defer("settings"))
    if not shown:
        raise Http404
    counted = summary.of(hubs)
    asked = listing.Listing(order="hub", fresh=bool(request.GET.get("fresh")))
    events = models.HubEvent.objects.filter(hub_id__startswith=f"{community}/")[:EVENTS]
    titles = {hub.hub_id: hub.title for hub in shown}
    context = {
        "about": "community",
        "title": shown[0].community_title,
        "sentence": summary.community_sentence(counted),
        "picture": picture.draw(counted.standing),
        "failed": [hub for hub in shown if hub.state == words.State.FAILED],
        "groups": hub_table.groups(shown, asked),
        "columns": hub_table.columns(asked),
        "fixed_order": True,
        "events": [(event, titles.get(event.hub_id, event.hub_id)) for event in events],
        "stale": page.stale(min(hub.seen for hub in shown), clock.system_clock()),
        "fresh": asked.fresh,
        "fresh_url": "?" if asked.fresh else "?fresh=10",
    }
    return render(request, "portal/community.html", context)
