"""Where each page is."""

from django.contrib.auth import views as sessions
from django.contrib.auth.decorators import login_not_required
from django.urls import path
from django.views.i18n import set_language

from commonhub.portal import acts, communities, fleet, health, help, hubs, mishaps, signing_in  # noqa: A004 - a page's name

urlpatterns = [
    path("", fleet.view, name="fleet"),
    path("hubs.csv", fleet.export, name="export"),
    path("communities/<str:community>", communities.view, name="community"),
    path("hubs/<str:community>/<str:hub>", hubs.view, name="hub"),
    *(path(f"hubs/<str:community>/<str:hub>/{verb}", hubs.act, {"verb": verb}, name=verb) for verb in acts.VERBS),
    path("help", help.view, name="help"),
    path("health", health.view, name="health"),
    path("sign-in", signing_in.SignIn.as_view(), name="sign-in"),
    path("sign-out", sessions.LogoutView.as_view(), name="sign-out"),
    # People choose their language before they sign in.
    path("language", login_not_required(set_language), name="language"),
]

handler400 = mishaps.bad_request
handler403 = mishaps.refused
handler404 = mishaps.not_found
handler500 = mishaps.broken
