"""Invoices over the API: what is taken, what becomes of it is told, and what is refused stays out."""

import asyncio
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Message

from app.api.deps import Services
from app.api.invoices import sent_pdf
from app.db import invoices
from app.domain.invoices import LARGEST_INVOICE, new_invoice, refused
from app.sandbox.allegro.forms import Line
from app.sandbox.world import Sandbox
from tests.api.answers import good, problem, refused_fields
from tests.api.test_orders import import_orders
from tests.sync.steps import by_hand, change

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

PDF = b"%PDF-1.4\n\xff{}"
KIND = "application/pdf"


@dataclass
class Desk:
    """Where invoices of one imported order are handed in."""

    api: TestClient
    services: Services
    account: int
    order: str

    @property
    def at(self) -> str:
        return f"accounts/{self.account}/orders/{self.order}/invoices"

    def send(self, content: Any = PDF, kind: str = KIND, **query: str) -> Response:
        return self.api.post(self.at, content=content, headers={"Content-Type": kind}, params=query)

    def listed(self) -> list[Any]:
        items: list[Any] = good(self.api.get(self.at))["items"]
        return items

    def from_store(self, why: str) -> int:
        """The id of one that the store names, and that was refused for this."""
        with self.services.database.transaction() as session:
            wanted = new_invoice(self.account, self.order, "meta:_fv_url", "FV 7", self.services.now())
            there = invoices.add(session, replace(wanted, url_mark="secret-key", url_encrypted="secret-key"))
            assert invoices.replace_with(session, there, refused(there, why).invoice)
        return there.id


@pytest.fixture
def desk(api: TestClient, world: Sandbox, services: Services, account: int) -> Desk:
    good(api.patch(f"accounts/{account}/settings", json={"import_orders": True}))
    order_id = world.allegro.buy(Line(world.allegro.offer_id("KUB-001")))
    import_orders(api, account)
    return Desk(api, services, account, order_id)


@on_sqlite
def test_an_uploaded_invoice_is_taken_once_and_listed(desk: Desk) -> None:
    assert desk.listed() == []
    taken = good(desk.send(kind="Application/PDF; charset=binary", number=" FV 1/2026 "), 202)
    assert (taken["state"], taken["number"], taken["why"]) == ("waiting", "FV 1/2026", None)
    assert taken["source"] == f"file:{sha256(PDF).hexdigest()}"
    assert taken["file_name"].startswith("FV-1-2026-")
    assert taken["due_at"].endswith("Z")
    assert good(desk.send(), 202) == taken
    other = good(desk.send(PDF + b" "), 202)
    assert other["number"] is None
    assert desk.listed() == [taken, other]


@on_sqlite
def test_what_becomes_of_an_invoice_is_told(desk: Desk, world: Sandbox) -> None:
    taken = good(desk.send(number="FV 1/2026"), 202)
    states = []
    for seconds in (0, 15):
        world.clock.advance(seconds)
        by_hand(desk.services, "invoices", desk.account)
        [shown] = desk.listed()
        states.append((shown["id"], shown["state"], shown["why"], shown["due_at"] is None))
    assert states == [(taken["id"], "scanning", None, False), (taken["id"], "accepted", None, True)]
    [there] = world.allegro.invoices(desk.order)
    assert (there.content, there.file_name, there.number) == (PDF, taken["file_name"], "FV 1/2026")


@on_sqlite
def test_what_cannot_be_used_is_named_and_stays_out(desk: Desk) -> None:
    for content in (b"", b"GIF89a", b" %PDF-1.4", "Faktura".encode("utf-16")):
        assert refused_fields(desk.send(content)) == {"body"}
    for kind in ("application/json", "multipart/form-data", "application/pdfx", ""):
        assert KIND in problem(desk.send(kind=kind), 415)["detail"]
    assert "3 MB" in problem(desk.send(PDF.ljust(LARGEST_INVOICE + 1)), 413)["detail"]
    assert refused_fields(desk.send(number="x" * 101)) == {"number"}
    assert refused_fields(desk.send(nr="FV 1")) == {"nr"}
    assert desk.listed() == []
    good(desk.send(PDF.ljust(LARGEST_INVOICE)), 202)


def test_a_body_is_read_no_further_than_needed() -> None:
    read = 0

    async def endless() -> Message:
        nonlocal read
        read += 1
        return {"type": "http.request", "body": bytes(100_000), "more_body": True}

    async def hung_up() -> Message:
        return {"type": "http.disconnect"}

    scope = {"type": "http", "headers": [(b"content-type", KIND.encode())]}
    for receive, status in ((endless, 413), (hung_up, 400)):
        with pytest.raises(HTTPException) as caught:
            asyncio.run(sent_pdf(Request(scope, receive)))
        assert caught.value.status_code == status
    assert read == LARGEST_INVOICE // 100_000 + 1


@on_sqlite
def test_a_refused_invoice_of_the_store_says_why_and_is_tried_again_on_request(desk: Desk) -> None:
    refused_id = desk.from_store("There is no document at shop.example.")
    [shown] = desk.listed()
    assert (shown["id"], shown["state"], shown["source"]) == (refused_id, "refused", "meta:_fv_url")
    assert "shop.example" in shown["why"]
    assert "secret-key" not in str(shown)
    retry = f"{desk.at}/{refused_id}/retry"
    assert "submit_invoices" in problem(desk.api.post(retry), 409)["detail"]
    good(desk.api.patch(f"accounts/{desk.account}/settings", json={"submit_invoices": True}))
    again = good(desk.api.post(retry), 202)
    assert (again["state"], again["why"]) == ("waiting", None)
    assert again["due_at"]


@on_sqlite
def test_an_order_or_invoice_that_is_not_there_and_an_account_that_only_plans_get_none(desk: Desk) -> None:
    taken = good(desk.send(), 202)
    problem(desk.api.post(f"{desk.at}/{taken['id'] + 1}/retry"), 404)
    change(desk.services, desk.account, shadow=True)
    assert "shadow" in problem(desk.send(PDF + b" "), 409)["detail"]
    assert desk.listed() == [taken]
    change(desk.services, desk.account, shadow=False)
    desk.order = "29738e61-7f6a-11e8-ac45-09db60ede9d6"
    problem(desk.send(), 404)
    problem(desk.api.get(desk.at), 404)
    problem(desk.api.post(f"{desk.at}/{taken['id']}/retry"), 404)


@on_sqlite
def test_the_description_offers_an_upload(anonymous: TestClient) -> None:
    paths = good(anonymous.get("/openapi.json"))["paths"]
    operation = paths["/api/v1/accounts/{account_id}/orders/{order_id}/invoices"]["post"]
    assert operation["requestBody"]["content"] == {KIND: {"schema": {"type": "string", "format": "binary"}}}
    assert list(operation["responses"]["415"]["content"]) == ["application/problem+json"]
