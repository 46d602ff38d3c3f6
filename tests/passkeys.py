"""A passkey in software: makes a credential and answers the portal's question, as a device would."""

import hashlib
import json
import secrets

from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.webauthn.internal.auth import WebAuthn
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import Aaguid, AttestationObject, AttestedCredentialData, AuthenticatorData

VERIFIED = AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.UV


class Passkey:
    """One credential of one person, for one host."""

    def __init__(self, origin="http://localhost", flags=VERIFIED):
        self.origin, self.flags = origin, flags
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.credential_id = secrets.token_bytes(16)
        self.user_handle = None
        self.count = 0

    def create(self, options):
        """The answer to the question of `options` (a dict) that makes the passkey."""
        question = options["publicKey"]
        self.user_handle = question["user"]["id"]
        public = ES256.from_cryptography_key(self.key.public_key())
        data = AttestedCredentialData.create(Aaguid.NONE, self.credential_id, public)
        attestation = AttestationObject.create(
            "none", self._data(question["rp"]["id"], AuthenticatorData.FLAG.AT, data), {}
        )
        return json.dumps(
            self._answer(
                clientDataJSON=self._client_data("webauthn.create", question["challenge"]),
                attestationObject=bytes(attestation),
            )
            | {"clientExtensionResults": {"credProps": {"rk": True}}}
        )

    def get(self, options, user_handle=None):
        """The answer to the question of `options` that signs in."""
        question = options["publicKey"]
        client_data = self._client_data("webauthn.get", question["challenge"])
        data = self._data(question["rpId"])
        signature = self.key.sign(bytes(data) + hashlib.sha256(client_data).digest(), ec.ECDSA(SHA256()))
        return json.dumps(
            self._answer(
                clientDataJSON=client_data,
                authenticatorData=bytes(data),
                signature=signature,
                userHandle=websafe_decode(user_handle or self.user_handle),
            )
        )

    def _data(self, host, flags=0, credential=b""):
        self.count += 1
        digest = hashlib.sha256(host.encode()).digest()
        return AuthenticatorData.create(digest, self.flags | flags, self.count, credential)

    def _client_data(self, kind, challenge):
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _answer(self, **response):
        named = websafe_encode(self.credential_id)
        return {
            "id": named,
            "rawId": named,
            "type": "public-key",
            "clientExtensionResults": {},
            "response": {name: websafe_encode(value) for name, value in response.items()},
        }


def give_passkey(user, origin="http://localhost", host="localhost", name="Laptop"):
    """A passkey that this person made earlier. Returns the `Passkey`; its row is the newest of the person."""
    passkey = Passkey(origin)
    challenge = websafe_encode(secrets.token_bytes(32))
    handle = websafe_encode(user_pk_to_url_str(user).encode())
    answer = passkey.create({"publicKey": {"challenge": challenge, "rp": {"id": host}, "user": {"id": handle}}})
    passkey.row = WebAuthn.add(user, name, json.loads(answer)).instance
    return passkey
