"""Secrets: encrypted at rest, compared in constant time."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from app.errors import BridgeError


class SecretUnreadable(BridgeError):
    """A stored secret cannot be decrypted with any of the configured keys."""


class SecretBox:
    """Encrypts with the newest key and decrypts with any of them, so that keys can be rotated.

    Each key is any text; a Fernet key (AES-128-CBC with HMAC-SHA256) is derived from it by SHA-256.
    The keys are long random strings (`woo-allegro keys`), so no password stretching is needed.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        derived = [base64.urlsafe_b64encode(hashlib.sha256(key.encode()).digest()) for key in keys]
        self._fernet = MultiFernet([Fernet(key) for key in derived])

    def encrypt(self, plain: str) -> str:
        return self._fernet.encrypt(plain.encode()).decode()

    def decrypt(self, stored: str) -> str:
        """Raises `SecretUnreadable` when none of the keys fits."""
        try:
            return self._fernet.decrypt(stored.encode()).decode()
        except InvalidToken:
            raise SecretUnreadable(
                "A stored secret cannot be decrypted: BRIDGE_SECRET_KEY has changed. Put the old key back, "
                "behind the new one and a comma, and restart."
            ) from None


def is_one_of(given: str, accepted: Sequence[str]) -> bool:
    """Whether the text equals one of the secrets; takes as long whichever it is."""
    found = False
    for secret in accepted:
        found |= hmac.compare_digest(given.encode(), secret.encode())
    return found


def fingerprint(secret: str) -> str:
    """A digest under which a secret can be looked up without being stored."""
    return hashlib.sha256(secret.encode()).hexdigest()


def new_key() -> str:
    """A new random key of 256 bits, as text that fits into an environment variable."""
    return secrets.token_urlsafe(32)
