"""REST keys and how a request proves it holds one, as WooCommerce checks it.

Over https the key goes in the Authorization header or in the query. Over plain http only OAuth 1.0a counts; a key
sent in clear is not even looked at.
"""

import base64
import hashlib
import hmac
import random
from binascii import Error as Base64Error
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote, unquote

from app.sandbox.store.exchange import Call, StoreError

PERMISSIONS = ("read", "write", "read_write")
WINDOW_SECONDS = 15 * 60
_READING = {"GET", "HEAD", "OPTIONS"}
_OAUTH_PARAMETERS = (
    "oauth_consumer_key",
    "oauth_timestamp",
    "oauth_nonce",
    "oauth_signature",
    "oauth_signature_method",
)
_HASHES = {"HMAC-SHA256": hashlib.sha256, "HMAC-SHA1": hashlib.sha1}


@dataclass
class Key:
    key: str
    secret: str
    permission: str
    nonces: dict[str, int] = field(default_factory=dict)


def _refused(message: str) -> StoreError:
    return StoreError(401, "woocommerce_rest_authentication_error", message)


class Keys:
    """The keys of the store."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._keys: dict[str, Key] = {}

    def add(self, permission: str = "read_write") -> Key:
        if permission not in PERMISSIONS:
            raise ValueError(f"permission is one of {', '.join(PERMISSIONS)}, not {permission!r}")
        made = Key(f"ck_{self._hex()}", f"cs_{self._hex()}", permission)
        self._keys[made.key] = made
        return made

    def _hex(self) -> str:
        return f"{self._random.getrandbits(160):040x}"

    def admit(self, call: Call, *, secure: bool, now: datetime) -> None:
        """Raises StoreError 401 unless the request carries a key that may do what it asks."""
        found = (self._in_clear(call) if secure else None) or self._by_oauth(call, now)
        if found is None:
            reading = call.method in _READING
            code = "woocommerce_rest_cannot_view" if reading else "woocommerce_rest_cannot_create"
            message = (
                "Sorry, you cannot list resources." if reading else "Sorry, you are not allowed to create resources."
            )
            raise StoreError(401, code, message)
        if call.method in _READING and found.permission == "write":
            raise _refused("The API key provided does not have read permissions.")
        if call.method not in _READING and found.permission == "read":
            raise _refused("The API key provided does not have write permissions.")

    def _in_clear(self, call: Call) -> Key | None:
        name, secret = call.text("consumer_key"), call.text("consumer_secret")
        if not (name and secret):
            kind, _, token = call.headers.get("authorization", "").partition(" ")
            if kind.lower() != "basic":
                return None
            try:
                name, _, secret = base64.b64decode(token).decode().partition(":")
            except (Base64Error, UnicodeDecodeError):
                return None
        found = self._keys.get(name)
        if found is None:
            return None
        if not hmac.compare_digest(found.secret.encode(), secret.encode()):
            raise _refused("Consumer secret is invalid.")
        return found

    def _by_oauth(self, call: Call, now: datetime) -> Key | None:
        sent = call.query
        present = [name for name in _OAUTH_PARAMETERS if sent.get(name)]
        if not present:
            return None
        absent = [name for name in _OAUTH_PARAMETERS if name not in present]
        if absent:
            raise _refused(f"Missing OAuth parameter(s) {', '.join(absent)}")
        found = self._keys.get(sent["oauth_consumer_key"])
        if found is None:
            raise _refused("Consumer key is invalid.")
        method = _HASHES.get(sent["oauth_signature_method"])
        if method is None:
            raise _refused("Invalid signature - signature method is invalid.")
        wanted = hmac.new(f"{found.secret}&".encode(), _signed_text(call).encode(), method).digest()
        given = sent["oauth_signature"].replace(" ", "+")
        if not hmac.compare_digest(base64.b64encode(wanted).decode(), given):
            raise _refused("Invalid signature - provided signature does not match.")
        self._check_freshness(found, sent["oauth_timestamp"], sent["oauth_nonce"], now)
        return found

    @staticmethod
    def _check_freshness(found: Key, timestamp: str, nonce: str, now: datetime) -> None:
        seconds = now.timestamp()
        if not timestamp.isdigit() or abs(seconds - int(timestamp)) > WINDOW_SECONDS:
            raise _refused("Invalid timestamp.")
        if nonce in found.nonces:
            raise _refused("Invalid nonce - nonce has already been used.")
        found.nonces = {kept: at for kept, at in found.nonces.items() if seconds - at <= WINDOW_SECONDS}
        found.nonces[nonce] = int(timestamp)


def _encoded(text: str) -> str:
    return quote(unquote(text), safe="~")


def _signed_text(call: Call) -> str:
    """The signature base string of RFC 5849, section 3.4.1, over the query alone."""
    pairs = sorted((_encoded(key), _encoded(value)) for key, value in call.pairs if key != "oauth_signature")
    joined = "&".join(f"{key}={value}" for key, value in pairs)
    return "&".join((call.method, quote(call.origin + call.path, safe="~"), quote(joined, safe="~")))
