"""Where everything is in these tests: the portal's pages, and the API below /api/v1/."""

from django.urls import include, path

from commonhub.api import urls as api_urls
from commonhub.assembly import urls

urlpatterns = [path("api/v1/", include(api_urls)), *urls.urlpatterns]

handler400, handler403, handler404, handler500 = urls.handler400, urls.handler403, urls.handler404, urls.handler500
