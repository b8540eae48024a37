"""Every address of the web process: pages, accounts, the provider of logins, and the API."""

from django.urls import include, path

from commonhub.api import urls as api
from commonhub.identity import urls_provider
from commonhub.portal import mishaps, urls, urls_account

urlpatterns = [
    path("api/v1/", include(api)),
    path("identity/", include(urls_provider)),
    *urls_account.urlpatterns,
    *urls.urlpatterns,
]

handler400 = mishaps.bad_request
handler403 = mishaps.refused
handler404 = mishaps.not_found
handler500 = mishaps.broken
