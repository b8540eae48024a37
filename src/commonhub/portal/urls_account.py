"""Where signing in and one's own account are. allauth's names are kept, because its views look themselves up by them.

Only what is offered is here: open sign-up, sign-in by a mailed code, telephones and the rest of allauth have no address.
"""

from typing import Any

from allauth.account import views as account
from allauth.mfa.base import views as second_step
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as app
from allauth.mfa.webauthn import views as passkeys
from allauth.socialaccount import views as logins
from django.contrib.auth.decorators import login_not_required
from django.urls import path, re_path
from django.views.generic import RedirectView

from commonhub.portal import account_pages, invited, signing_in

_DOOR = {"extra_context": {"about": "sign-in"}}
_OWN = {"extra_context": {"about": "account"}}
_STEP = {"extra_context": {"about": "second-step"}}
_mailed = signing_in.only_with_mail


def _open(view: Any) -> Any:
    return login_not_required(_mailed(view))


sign_in = signing_in.SignIn.as_view()
sign_out = signing_in.SignOut.as_view()

urlpatterns = [
    path("sign-in", sign_in, name="account_login"),
    path("sign-in", sign_in, name="sign-in"),
    path("sign-out", sign_out, name="account_logout"),
    path("sign-out", sign_out, name="sign-out"),
    path("sign-in/passkey", passkeys.login_webauthn, name="mfa_login_webauthn"),
    path("sign-in/second-step", second_step.AuthenticateView.as_view(**_DOOR), name="mfa_authenticate"),
    path("sign-in/closed", account.AccountInactiveView.as_view(**_DOOR), name="account_inactive"),
    path("sign-in/forgotten", _open(account.PasswordResetView.as_view(**_DOOR)), name="account_reset_password"),
    path(
        "sign-in/forgotten/sent",
        _open(account.PasswordResetDoneView.as_view(**_DOOR)),
        name="account_reset_password_done",
    ),
    path(
        "sign-in/forgotten/done",
        _open(account.PasswordResetFromKeyDoneView.as_view(**_DOOR)),
        name="account_reset_password_from_key_done",
    ),
    # The key has hyphens of its own; the number before it has none.
    re_path(
        r"^sign-in/forgotten/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[^/]+)\Z",
        _open(account.PasswordResetFromKeyView.as_view(**_DOOR)),
        name="account_reset_password_from_key",
    ),
    path("sign-in/with/github", signing_in.begin_github, name="github_login"),
    path("sign-in/with/github/back", signing_in.finish_github, name="github_callback"),
    path("sign-in/with/<str:provider_id>", signing_in.begin_upstream, name="openid_connect_login"),
    path("sign-in/with/<str:provider_id>/back", signing_in.finish_upstream, name="openid_connect_callback"),
    path("sign-in/cancelled", logins.LoginCancelledView.as_view(**_DOOR), name="socialaccount_login_cancelled"),
    path("sign-in/new", invited.confirm_login, name="socialaccount_signup"),
    path("invitations/<str:code>", invited.Invitation.as_view(), name="invitation"),
    path("invitations/<str:code>/with/<str:provider_id>", invited.by_other_login, name="invitation-with"),
    path("joined/<str:community>/<str:hub>", invited.joined, name="joined"),
    path("account/", account_pages.account, name="account"),
    path("account/again", account.ReauthenticateView.as_view(**_OWN), name="account_reauthenticate"),
    path("account/again/code", second_step.ReauthenticateView.as_view(**_OWN), name="mfa_reauthenticate"),
    path(
        "account/again/passkey",
        passkeys.ReauthenticateWebAuthnView.as_view(**_OWN),
        name="mfa_reauthenticate_webauthn",
    ),
    path("account/password", account.PasswordChangeView.as_view(**_OWN), name="account_change_password"),
    path("account/password/first", account.PasswordSetView.as_view(**_OWN), name="account_set_password"),
    path("account/e-mail", _mailed(account_pages.Email.as_view()), name="account_email"),
    path(
        "account/e-mail/sent",
        _mailed(account.EmailVerificationSentView.as_view(**_OWN)),
        name="account_email_verification_sent",
    ),
    path("account/e-mail/<str:key>", _open(account.ConfirmEmailView.as_view(**_OWN)), name="account_confirm_email"),
    path("account/second-step", second_step.IndexView.as_view(**_STEP), name="mfa_index"),
    path("account/second-step/app", account_pages.App.as_view(), name="mfa_activate_totp"),
    path("account/second-step/app/remove", app.DeactivateTOTPView.as_view(**_STEP), name="mfa_deactivate_totp"),
    path("account/second-step/codes", codes.ViewRecoveryCodesView.as_view(**_STEP), name="mfa_view_recovery_codes"),
    path(
        "account/second-step/codes/new",
        codes.GenerateRecoveryCodesView.as_view(**_STEP),
        name="mfa_generate_recovery_codes",
    ),
    path("account/second-step/passkeys", RedirectView.as_view(pattern_name="mfa_index"), name="mfa_list_webauthn"),
    path("account/second-step/passkeys/add", passkeys.AddWebAuthnView.as_view(**_STEP), name="mfa_add_webauthn"),
    path(
        "account/second-step/passkeys/<int:pk>",
        passkeys.EditWebAuthnView.as_view(**_STEP),
        name="mfa_edit_webauthn",
    ),
    path(
        "account/second-step/passkeys/<int:pk>/remove",
        passkeys.RemoveWebAuthnView.as_view(**_STEP),
        name="mfa_remove_webauthn",
    ),
    path("account/logins", account_pages.Logins.as_view(), name="socialaccount_connections"),
    path("account/sessions", account_pages.session_list, name="sessions"),
    path("account/sessions/end", account_pages.end_everywhere, name="end-everywhere"),
    path("account/sessions/<int:number>/end", account_pages.end_session, name="end-session"),
    path("account/tokens", account_pages.token_list, name="tokens"),
    path("account/tokens/<int:number>/revoke", account_pages.revoke_token, name="revoke-token"),
]
