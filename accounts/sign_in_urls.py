"""The addresses of django-allauth that the portal uses, under allauth's own names. Signing up answers that it is closed."""

from allauth.account import views as account
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from django.urls import path, re_path

from accounts import sign_in_views as views

urlpatterns = [
    path("login/", views.sign_in, name="account_login"),
    path("login/code/", views.ask_code, name="account_request_login_code"),
    path("login/code/typen/", account.confirm_login_code, name="account_confirm_login_code"),
    path("login/passkey/", views.sign_in_with_passkey, name="mfa_login_webauthn"),
    path("login/organisatie/", views.sign_in_at_provider, name="openid_connect_login"),
    path("login/organisatie/terug/", views.back_from_provider, name="openid_connect_callback"),
    path("logout/", account.logout, name="account_logout"),
    path("signup/", account.signup, name="account_signup"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("password/change/", account.password_change, name="account_change_password"),
    path("password/set/", account.password_set, name="account_set_password"),
    path("password/reset/", account.password_reset, name="account_reset_password"),
    path("password/reset/done/", account.password_reset_done, name="account_reset_password_done"),
    path(
        "password/reset/key/done/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("2fa/", views.second_factors, name="mfa_index"),
    path("2fa/authenticate/", views.second_step, name="mfa_authenticate"),
    path("2fa/reauthenticate/", views.prove_with_code, name="mfa_reauthenticate"),
    path("2fa/totp/activate/", views.activate_totp, name="mfa_activate_totp"),
    path("2fa/totp/deactivate/", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("2fa/recovery-codes/", recovery_codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("2fa/recovery-codes/generate/", recovery_codes.generate_recovery_codes, name="mfa_generate_recovery_codes"),
    path("2fa/passkeys/add/", views.add_passkey, name="mfa_add_webauthn"),
    path("2fa/passkeys/reauthenticate/", views.prove_with_passkey, name="mfa_reauthenticate_webauthn"),
    path("2fa/passkeys/<int:pk>/edit/", views.rename_passkey, name="mfa_edit_webauthn"),
    path("2fa/passkeys/<int:pk>/remove/", views.remove_passkey, name="mfa_remove_webauthn"),
    path("sessies/", views.sessions, name="usersessions_list"),
]
