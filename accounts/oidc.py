"""Signing in at the municipality (OpenID Connect: Entra ID, Keycloak), with settings alone.

allauth does the round trip with state and PKCE. Here are a nonce, a signature that is always looked at, and addresses that
start with BASE_URL; `accounts.adapters.ProviderAdapter` decides who comes in (docs/adr/0009).
"""

from allauth.socialaccount.internal import jwtkit
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.urls import reverse
from django.utils.crypto import get_random_string

#: The one provider there is, as it stands in `SocialAccount.provider`.
PROVIDER_ID = "gemeente"


def is_offered():
    """Whether the municipality's own sign-in is set up."""
    return bool(settings.OIDC_ISSUER and settings.OIDC_CLIENT_ID)


def app():
    """The provider as allauth wants it, from the settings."""
    return SocialApp(
        provider="openid_connect",
        provider_id=PROVIDER_ID,
        name=settings.OIDC_NAME,
        client_id=settings.OIDC_CLIENT_ID,
        secret=settings.OIDC_CLIENT_SECRET,
        settings={"server_url": settings.OIDC_ISSUER, "oauth_pkce_enabled": True, "scope": ["openid", "email"]},
    )


class Adapter(OpenIDConnectOAuth2Adapter):
    """The conversation with the issuer."""

    def get_callback_url(self, request, app):
        return f"{settings.BASE_URL}{reverse('openid_connect_callback')}"

    def complete_login(self, request, app, token, **kwargs):
        """A login that carries the claims of the id token, with the address from userinfo where it holds none."""
        claims = self._decode_id_token(app, kwargs["response"]["id_token"])
        if "email" not in claims:
            told = self._fetch_user_info(token.token)
            if told.get("sub") == claims["sub"]:
                claims |= {name: told[name] for name in ("email", "email_verified") if name in told}
        login = self.get_provider().sociallogin_from_response(request, claims)
        login.claims = claims
        return login

    def _decode_id_token(self, app, id_token):
        return jwtkit.verify_and_decode(
            credential=id_token,
            keys_url=self.openid_config["jwks_uri"],
            issuer=self.openid_config["issuer"],
            audience=app.client_id,
            lookup_kid=jwtkit.lookup_kid_jwk,
        )


class Provider(OpenIDConnectProvider):
    """OpenID Connect with a nonce; of the person it keeps the issuer's own id and nothing else."""

    oauth2_adapter_class = Adapter

    def get_callback_url(self):
        return reverse("openid_connect_callback")

    def redirect(self, request, process, next_url=None, data=None, **kwargs):
        nonce = get_random_string(32)
        kwargs["auth_params"] = {"nonce": nonce}
        return super().redirect(request, process, next_url=next_url, data=data, nonce=nonce, **kwargs)

    def extract_extra_data(self, data):
        return {}
