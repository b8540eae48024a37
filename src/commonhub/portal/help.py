"""Where the explanation of a page is: one function, so that the documentation can move."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from commonhub.portal import words


def url(page: str) -> str:
    """The address that explains `page`: published documentation where the settings name one, else the help page."""
    if settings.COMMONHUB_DOCS_URL:
        return f"{settings.COMMONHUB_DOCS_URL}/{page}"
    return f"{reverse('help')}#{page}"


def view(request: HttpRequest) -> HttpResponse:
    """What the pages show and what can be done on them."""
    states = [(code, str(word), str(sentence)) for code, (word, sentence) in words.STATES.items()]
    return render(request, "portal/help.html", {"states": states, "about": "help"})
