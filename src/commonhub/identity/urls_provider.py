"""Where the provider is, below `identity/`. allauth's names are kept, because its views look themselves up by them.

Left out of what allauth offers: devices without a browser, registration by anybody, and introspection.
"""

from allauth.idp.oidc import views
from django.urls import include, path

from commonhub.identity import provider_authorize, provider_endpoints

endpoints = [
    path(".well-known/openid-configuration", provider_endpoints.Configuration.as_view(), name="configuration"),
    path(".well-known/jwks.json", views.JwksView.as_view(), name="jwks"),
    path("o/authorize", provider_authorize.Authorize.as_view(), name="authorization"),
    path("o/onward", provider_authorize.Onward.as_view(), name="onward"),
    path("o/logout", provider_endpoints.SignOut.as_view(), name="logout"),
    path("o/api/token", provider_endpoints.Exchange.as_view(), name="token"),
    path("o/api/userinfo", views.UserInfoView.as_view(), name="userinfo"),
    path("o/api/revoke", provider_endpoints.Revoke.as_view(), name="revoke"),
]

app_name = "idp"
urlpatterns = [path("", include((endpoints, "oidc")))]
