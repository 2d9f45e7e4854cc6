"""What the store delivers to us: whether it is the store's, and what it hints at."""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import datetime

from app.channels.errors import Unreadable
from app.channels.reading import Json, parse_json
from app.channels.woocommerce.wire import CHANNEL
from app.domain.webhooks import Hint, lag_seconds

TOPICS = (
    "product.updated",
    "product.deleted",
    "product.restored",
    "order.created",
    "order.updated",
    "order.deleted",
)

# What WordPress's wp_specialchars_decode turns back, in its spellings; nothing else.
_CHARACTERS = {"amp": "&", "38": "&", "26": "&", "lt": "<", "60": "<", "gt": ">", "62": ">"} | {
    "quot": '"',
    "34": '"',
    "22": '"',
    "39": "'",
    "27": "'",
}
_ENTITY = re.compile(r"&(?:(amp|lt|gt|quot)|#0*(34|38|39|60|62)|#[xX]0*(22|26|27));")


def signature_matches(secrets: tuple[str, ...], raw_body: bytes, signature: str) -> bool:
    """Whether `X-WC-Webhook-Signature` is the store's for this body, by any of the secrets, in constant time."""
    matches = False
    for secret in secrets:
        digest = hmac.new(_decoded(secret).encode(), raw_body, hashlib.sha256).digest()
        matches |= hmac.compare_digest(base64.b64encode(digest), signature.strip().encode())
    return matches


def is_ping(headers: Mapping[str, str], raw_body: bytes) -> bool:
    """Whether it is the unsigned call by which the store tries an address: `webhook_id=N`, as a form."""
    is_form = _header(headers, "content-type").startswith("application/x-www-form-urlencoded")
    return is_form and re.fullmatch(rb"webhook_id=\d+", raw_body.strip()) is not None


def hint_from(headers: Mapping[str, str], raw_body: bytes, *, received_at: datetime) -> Hint:
    """What a delivery is about. Raises `Unreadable` without a topic or the id of a thing.

    What the body says of the thing may be old and is not used. The delivery's id is not used either: the deliveries
    of one second share it.
    """
    topic = _header(headers, "x-wc-webhook-topic")
    if not topic:
        raise Unreadable("A delivery of the store names no topic.", channel=CHANNEL)
    about = f"A delivery of the store ({topic})"
    try:
        data = parse_json(raw_body.decode(errors="replace"))
    except ValueError as error:
        raise Unreadable(f"{about} holds no data.", channel=CHANNEL) from error
    body = Json(data, channel=CHANNEL, about=about)
    # Of orders only: stock that moves leaves its product's date alone, which would look like a delay of months.
    changed_at = body.instant("date_modified_gmt") if topic.startswith("order.") else None
    return Hint(topic, body.required_integer("id"), received_at, lag_seconds(changed_at, received_at))


def _header(headers: Mapping[str, str], name: str) -> str:
    return next((value for key, value in headers.items() if key.lower() == name), "")


def _decoded(secret: str) -> str:
    return _ENTITY.sub(lambda match: _CHARACTERS[match[1] or match[2] or match[3]], secret)
