"""Pictures at Allegro."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import respx

from app.channels.allegro.client import AllegroClient
from app.channels.allegro.images import AllegroImages
from app.channels.allegro.session import AllegroSession
from app.channels.errors import Rejected
from app.channels.http import Transport
from app.domain.new_offers import UploadedImage
from tests.channels.allegro.test_client import API, KUBKI, Tokens
from tests.sandbox.allegro.contract import check_request, check_response

UPLOAD = "https://upload.allegro.example"
SHOWN = "https://shop.example/kubek.jpg"
PICTURE = "https://a.allegroimg.com/original/1"
UPLOADED = {"location": PICTURE, "expiresAt": "2026-10-13T10:00:00Z"}


@pytest.fixture
def router() -> Iterator[respx.Router]:
    with respx.mock(base_url=UPLOAD) as router:
        yield router


@pytest.fixture
def images(transport: Transport) -> AllegroImages:
    agent = "Kubki/1.0 (+https://kubki.example)"
    return AllegroClient(AllegroSession(transport, API, agent, Tokens(), KUBKI, upload_url=UPLOAD)).images


def test_a_picture_is_fetched_by_allegros_host_for_uploads_as_often_as_it_is_told(
    router: respx.Router, images: AllegroImages
) -> None:
    check_response("POST", "/sale/images", 201, UPLOADED)
    route = router.post("/sale/images")
    route.mock(side_effect=[httpx.ReadTimeout("slow"), httpx.Response(201, json=UPLOADED)])
    assert images.upload(SHOWN) == UploadedImage(PICTURE, datetime(2026, 10, 13, 10, tzinfo=UTC))
    sent = json.loads(route.calls.last.request.content)
    assert sent == {"url": SHOWN}
    check_request("POST", "/sale/images", sent)


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (422, {"errors": [{"code": "C", "message": "Too small.", "userMessage": "Za małe."}]}, r"Za małe\."),
        (413, None, "status 413"),
        (415, {"errors": [{"code": "UnsupportedMediaType"}]}, "files of this type"),
        (415, None, "files of this type"),
    ],
)
def test_a_picture_that_allegro_does_not_take_is_refused_by_itself(
    router: respx.Router, images: AllegroImages, status: int, body: Any, said: str
) -> None:
    route = router.post("/sale/images")
    route.respond(status, json=body) if body else route.respond(status)
    with pytest.raises(Rejected, match=said):
        images.upload(SHOWN)
