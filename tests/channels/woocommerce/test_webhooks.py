"""What the store delivers."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime

import pytest

from app.channels.errors import Unreadable
from app.channels.woocommerce.webhooks import TOPICS, hint_from, is_ping, signature_matches
from app.domain.webhooks import Hint

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
HEADERS = {
    "X-WC-Webhook-Topic": "product.updated",
    "X-WC-Webhook-Resource": "product",
    "X-WC-Webhook-ID": "2",
    "X-WC-Webhook-Delivery-ID": "88aa",
    "Content-Type": "application/json",
}


def signed(secret: str, body: bytes) -> str:
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def test_a_signature_of_the_raw_body_matches() -> None:
    body = '{"id":63, "name":"Gęś"}'.encode()
    assert signature_matches(("s3cret",), body, signed("s3cret", body))
    assert not signature_matches(("s3cret",), body + b" ", signed("s3cret", body))
    assert not signature_matches(("other",), body, signed("s3cret", body))
    assert not signature_matches(("s3cret",), body, "")
    assert not signature_matches(("s3cret",), body, "żółć")
    assert not signature_matches((), body, signed("", body))


def test_a_signature_by_any_of_several_secrets_matches() -> None:
    for secret in ("new", "old"):
        assert signature_matches(("new", "old"), b"{}", signed(secret, b"{}"))
    assert not signature_matches(("new", "old"), b"{}", signed("older", b"{}"))


@pytest.mark.parametrize(
    ("stored", "used"),
    [
        ("plain", "plain"),
        ("a&amp;b", "a&b"),
        ("a&#038;b&#38;c&#x26;d", "a&b&c&d"),
        ("&lt;x&gt;&#060;&#62;", "<x><>"),
        ("&quot;&#034;&#x22;&#039;&#X27;", '"""\'\''),
        ("&amp;lt;", "&lt;"),
        ("a&b;&copy;&nbsp;", "a&b;&copy;&nbsp;"),
    ],
)
def test_the_store_decodes_its_secret_before_it_signs(stored: str, used: str) -> None:
    assert signature_matches((stored,), b"{}", signed(used, b"{}"))


def test_a_ping_is_recognised() -> None:
    form = {"content-type": "application/x-www-form-urlencoded"}
    assert is_ping(form, b"webhook_id=2")
    assert not is_ping(form, b"webhook_id=2&x=1")
    assert not is_ping({"Content-Type": "application/json"}, b"webhook_id=2")
    assert not is_ping({}, b"webhook_id=2")


def test_a_delivery_is_a_hint_at_a_thing() -> None:
    hint = hint_from(HEADERS, b'{"id": 34, "parent_id": 33, "stock_quantity": 5}', received_at=NOW)
    assert hint == Hint("product.updated", 34, NOW)
    assert hint.topic in TOPICS


def test_what_is_trashed_has_nothing_but_its_id() -> None:
    hint = hint_from({"x-wc-webhook-topic": "order.deleted"}, b'{"id":63}', received_at=NOW)
    assert hint == Hint("order.deleted", 63, NOW)


@pytest.mark.parametrize(
    ("topic", "changed", "lag"),
    [
        ("order.updated", '"2026-11-24T11:59:13"', 47),
        ("order.updated", '"2026-11-24T12:00:05"', 0),  # by a clock that is ahead
        ("order.updated", '"0001-01-01T00:00:00"', 2**31 - 1),
        ("order.updated", '"yesterday"', None),
        ("order.updated", "null", None),
        # The store moves stock without moving the product's date.
        ("product.updated", '"2026-11-24T11:59:13"', None),
    ],
)
def test_how_late_a_delivery_came_is_told_by_orders(topic: str, changed: str, lag: int | None) -> None:
    body = f'{{"id": 63, "date_modified_gmt": {changed}}}'.encode()
    assert hint_from({"x-wc-webhook-topic": topic}, body, received_at=NOW).lag_seconds == lag


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"id": null}', b'{"id": "x"}', b"\xff\xfe", b"<html>"])
def test_a_delivery_without_an_id_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        hint_from(HEADERS, body, received_at=NOW)


def test_a_delivery_without_a_topic_is_unreadable() -> None:
    with pytest.raises(Unreadable, match="no topic"):
        hint_from({}, b'{"id": 1}', received_at=NOW)
