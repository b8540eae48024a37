"""A refusal that offers to ask those who can; the request that is kept; and the answer to it."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from commonhub.communities import allowing, asks, models
from commonhub.ground import errors
from commonhub.portal import decision_words, kept, page, reader
from commonhub.responsibility import deciding, wording
from commonhub.responsibility.assignments import FLEET, Place
from commonhub.responsibility.permissions import Permission


def refusal(
    request: HttpRequest, error: allowing.NotAllowedError, *, joinable: models.Hub | None = None
) -> HttpResponse:
    """403: who carries this here, why the reader may not, and a form to ask them; or the way to join a hub."""
    context = {"about": "refusals", "joinable": joinable} | explained(error.decision)
    return render(request, "portal/refusal.html", context, status=403)


def explained(decision: deciding.Decision, subject: str = "") -> dict[str, object]:
    """What the pages of a refusal and of “May I?” show of a decision."""
    return {
        "decision": decision,
        "message": decision_words.message(decision),
        "mend": "" if decision.allowed else decision_words.mend(decision),
        "lines": wording.explain(decision),
        "holders": decision.holders,
        "can_ask": not decision.allowed and bool(decision.holders or decision.appointers),
        "subject": subject,
        "leave": decision.exceptional,
    }


def answered(request: HttpRequest, back: str, act: Callable[[], str], *, form: str = "") -> HttpResponse:
    """Do what a form asked for, say on the page `back` what came of it. A refusal by the rules goes on to its page.

    Where it can't be done, what was sent is kept for the form, which stands on the page `form` if not on `back`.
    """
    page.forget(reader.of(request))
    try:
        said = act()
    except allowing.NotAllowedError:
        raise
    except errors.CommonhubError as error:
        messages.error(request, str(error))
        kept.keep(request)
        return redirect(form or back)
    kept.forget(request)
    messages.success(request, said)
    return redirect(back)


@require_POST
def ask(request: HttpRequest) -> HttpResponse:
    """Keep a request; it lands on the list of those who can."""
    who = reader.of(request)
    permission = Permission.named(request.POST.get("permission", ""))
    place = reader.place(request.POST.get("community", ""), request.POST.get("hub", ""))
    words, subject = plain(request, "words"), plain(request, "subject")

    def act() -> str:
        asks.make(who.asker, who.person, permission, place, words=words, subject=subject, now=who.now)
        return gettext("Your request is kept. You are told when somebody has answered it.")

    where = {"permission": permission, "community": place.community, "hub": place.hub}
    return answered(request, "duties", act, form=f"{reverse('may')}?{urlencode(where)}")


@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, number: int) -> HttpResponse:
    """One request, for those who can do what it asks for."""
    who = reader.of(request)
    row = _open(who, number)
    if request.method == "POST":
        done, said = "done" in request.POST, plain(request, "words")

        def act() -> str:
            asks.answer(who.asker, number, done=done, words=said, now=who.now)
            return gettext("%(name)s was told.") % {"name": row.person.get_full_name()}

        return answered(request, "duties", act, form=request.path)
    place = Place(community=row.community, hub=row.hub)
    permission = Permission.named(row.permission)
    context = {
        "about": "requests",
        "ask": row,
        "place": place,
        "phrase": asks.phrase_for(who.charter.model, permission, place),
        "next": step(permission, place, row.subject),
    }
    return render(request, "portal/ask.html", context)


def _open(who: reader.Reader, number: int) -> models.Ask:
    """The request, where this reader can answer it. Raises NotFoundError, which does not tell whether there is one."""
    row = models.Ask.objects.filter(pk=number).select_related("person").first()
    place = Place(community=row.community, hub=row.hub) if row else FLEET
    charter = who.around(place)
    if row is None or not asks.answers(charter, who.asker.handle, row):
        raise errors.NotFoundError(
            gettext("There is no request %(number)s that you can answer.") % {"number": number},
            gettext("Look at your duties."),
        )
    return row


def step(permission: Permission, place: Place, subject: str) -> tuple[str, str]:
    """Where what was asked for is done, as an address and words for it; empty where there is no page for it yet."""
    resource = permission.partition(":")[0]
    if place.hub and resource in {"access", "group", "homes", "invitation", "join", "leave", "person", "server"}:
        where = f"/hubs/{place}/access"
        return (f"{where}#leaves" if permission is Permission.SERVER_OPEN else where), gettext("To the access page")
    if place.hub:
        return f"/hubs/{place}", gettext("To the hub")
    if place.community:
        return f"/communities/{place.community}", gettext("To the community")
    return (
        (f"/people/{subject}", gettext("To the person")) if subject and resource in {"person", "session"} else ("", "")
    )


def plain(request: HttpRequest, name: str) -> str:
    """What was written into a field, without what no database keeps."""
    return request.POST.get(name, "").replace("\0", "").strip()
