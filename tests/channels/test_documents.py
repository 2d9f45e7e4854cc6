"""Fetching PDFs from addresses that others wrote down."""

import gzip
import socket
import ssl
import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
import respx
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from app.channels.documents import Documents
from app.channels.errors import ChannelError, NotFound, Rejected, Unavailable
from app.channels.http import Transport
from app.domain.invoices import LARGEST_INVOICE
from tests.channels.loopback import answer, loopback

STORE = "https://shop.example/sklep"
URL = "https://faktury.example/fv/tajny/1%202.pdf?klucz=tajny"
SHOWN = "faktury.example"
# Names of hosts that the seller's own network alone has, or that were given its numbers.
INNER = {"intranet.example": ["10.0.0.7"], "half.example": ["8.8.8.8", "fe80::1"], "shop.example": ["10.0.0.8"]}
PDF = b"%PDF-1.4\n\xff{}"
PAGE = "<!DOCTYPE html><html><body>Log in</body></html>"


@pytest.fixture
def documents(transport: Transport) -> Documents:
    return Documents(transport, STORE, lambda name: INNER.get(name, ("8.8.8.8", "2001:4860:4860::8888")))


@respx.mock
def test_a_pdf_is_fetched_as_it_is_without_a_login_of_ours(documents: Documents) -> None:
    route = respx.get(URL).respond(content=PDF, content_type="text/html; charset=utf-8")
    assert documents.pdf(f" {URL}#page=1 ") == PDF
    headers = route.calls.last.request.headers
    assert "authorization" not in headers
    assert headers["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    ("reply", "kind", "said"),
    [
        (httpx.Response(404, text=PAGE), NotFound, "There is no document at"),
        (httpx.Response(410), NotFound, "There is no document at"),
        (httpx.Response(302, headers={"Location": "/login?to=tajny"}), Rejected, "leads to another address"),
        (httpx.Response(401, text=PAGE), Rejected, "not for everybody"),
        (httpx.Response(403, json={"code": "x"}), Rejected, "not for everybody"),
        (httpx.Response(400, text=PAGE), Rejected, "status 400"),
        (httpx.Response(200, text=PAGE), Rejected, "is no PDF"),
        (httpx.Response(200, content=b"\n%PDF-1.4"), Rejected, "is no PDF"),
        (httpx.Response(200), Rejected, "is empty"),
        (httpx.Response(204), Rejected, "is empty"),
        (httpx.Response(200, content=PDF.ljust(LARGEST_INVOICE + 1)), Rejected, "larger than 3 MB"),
        (httpx.Response(429, headers={"Retry-After": "90"}), Unavailable, "asks for fewer calls"),
        (httpx.Response(408), Unavailable, "an error of its own"),
        (httpx.Response(500, text=PAGE), Unavailable, "an error of its own"),
        (httpx.Response(503, text=PAGE), Unavailable, "an error of its own"),
        (httpx.ReadTimeout("slow"), Unavailable, "The document's host did not answer"),
        (httpx.ConnectError("no such name"), Unavailable, "cannot be reached"),
    ],
)
@respx.mock
def test_what_is_no_pdf_is_told_with_its_place_and_without_its_key(
    documents: Documents, reply: httpx.Response | Exception, kind: type[ChannelError], said: str
) -> None:
    respx.get(URL).mock(side_effect=[reply] * 3)
    with pytest.raises(kind, match=said) as caught:
        documents.pdf(URL)
    assert type(caught.value) is kind or kind is Unavailable
    assert SHOWN in str(caught.value)
    assert "tajny" not in str(caught.value)
    assert caught.value.channel == "documents"


@respx.mock
def test_the_largest_pdf_that_allegro_takes_is_fetched(documents: Documents) -> None:
    respx.get(URL).respond(content=PDF.ljust(LARGEST_INVOICE))
    assert len(documents.pdf(URL)) == LARGEST_INVOICE


@pytest.mark.parametrize(
    ("packed", "said"),
    [
        (gzip.compress(PDF), ""),
        (gzip.compress(PDF.ljust(LARGEST_INVOICE)), ""),
        (gzip.compress(PDF.ljust(LARGEST_INVOICE + 1)), "larger than 3 MB"),
        (gzip.compress(gzip.compress(PDF.ljust(10 * LARGEST_INVOICE))), "no PDF"),
        (gzip.compress(PDF)[:-9], "no PDF"),
        (b"\x1f\x8b and nothing of the kind", "no PDF"),
    ],
    ids=["small", "the largest", "too large", "packed twice", "cut off", "not packed"],
)
@respx.mock
def test_what_a_host_packs_is_unpacked_no_further_than_it_is_needed(
    documents: Documents, packed: bytes, said: str
) -> None:
    headers = {"Content-Encoding": "gzip, gzip"}
    respx.get(URL).mock(return_value=httpx.Response(200, headers=headers, content=iter([packed])))
    if not said:
        assert documents.pdf(URL).rstrip() == PDF
        return
    with pytest.raises(Rejected, match=said):
        documents.pdf(URL)


@pytest.mark.parametrize(
    "url",
    [
        "",
        " ",
        "/fv/1.pdf",
        "ftp://faktury.example/1.pdf",
        "file:///etc/passwd",
        "http://faktury.example/1.pdf",
        "http://shop.example/1.pdf",
        "https:///1.pdf",
        "https://jan:tajny@faktury.example/1.pdf",
        "https://shop.example@127.0.0.1/1.pdf",
        "https://127.0.0.1/1.pdf",
        "https://127.1/1.pdf",
        "https://0x7f.1/1.pdf",
        "https://2130706433/1.pdf",
        "https://10.0.0.7:8443/1.pdf",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/1.pdf",
        "https://[::ffff:127.0.0.1]/1.pdf",
        "https://[fe80::1%25eth0]/1.pdf",
        "https://localhost/1.pdf",
        "https://LOCALHOST./1.pdf",
        "https://db.localhost/1.pdf",
        "https://drukarka.local/1.pdf",
        "https://redis:6379/1.pdf",
        "https://faktury..example/1.pdf",
        f"https://{'a' * 64}.example/1.pdf",
        "https://intranet.example/1.pdf",
        "https://half.example/1.pdf",
        "https://faktury.example:99999/1.pdf",
        "https://faktury.example:0/1.pdf",
        "https://xn--d.example/1.pdf",
        "https://faktury.example/1\n.pdf",
        "https://[faktury.example/1.pdf",
        "https://faktury.example/" + "a" * 70_000,
    ],
)
@respx.mock
def test_an_address_that_is_not_public_or_not_safe_is_not_asked(documents: Documents, url: str) -> None:
    with pytest.raises(Rejected) as caught:
        documents.pdf(url)
    assert "tajny" not in str(caught.value)
    assert not respx.calls


@pytest.mark.parametrize(
    "url",
    [
        "https://shop.example:443/wp-content/1.pdf",
        "https://Faktury.Example./1.pdf",
        "https://faktury.example:8443/1.pdf",
        "https://zażółć.example/1.pdf",
        "https://8.8.8.8/1.pdf",
    ],
)
@respx.mock
def test_a_public_address_is_asked(documents: Documents, url: str) -> None:
    respx.get(url).respond(content=PDF)
    assert documents.pdf(url) == PDF


def test_the_stores_own_host_may_be_anywhere_and_is_read_no_further_than_needed(transport: Transport) -> None:
    endless = b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n" + PDF.ljust(LARGEST_INVOICE + 1)
    with loopback(answer("200 OK", PDF.decode("latin-1")[:8]), endless) as server:
        documents = Documents(transport, server.url)
        assert documents.pdf(f"{server.url}/1.pdf") == PDF[:8]
        with pytest.raises(Rejected, match="larger than 3 MB"):
            documents.pdf(f"{server.url}/2.pdf")
        assert len(server.requests) == 2
        with pytest.raises(Rejected, match="can be read on its way"):
            documents.pdf(server.url.replace("127.0.0.1", "127.0.0.2") + "/3.pdf")


def self_signed(folder: Path) -> Path:
    """A file with a key and a certificate that nobody vouches for."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    certificate = (
        x509.CertificateBuilder(
            name, name, key.public_key(), x509.random_serial_number(), begin, begin + timedelta(3650)
        )
        .sign(key, hashes.SHA256())
        .public_bytes(Encoding.PEM)
    )
    file = folder / "host.pem"
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + certificate)
    return file


def test_a_certificate_that_is_not_valid_is_a_matter_for_a_person(transport: Transport, tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed(tmp_path))

    def shake_hands(listener: socket.socket) -> None:
        with suppress(OSError):
            context.wrap_socket(listener.accept()[0], server_side=True)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        host = threading.Thread(target=shake_hands, args=(listener,), daemon=True)
        host.start()
        own = f"https://127.0.0.1:{listener.getsockname()[1]}"
        with pytest.raises(Rejected, match=r"cannot be fetched\. The certificate of the document's host is not valid"):
            Documents(transport, own).pdf(f"{own}/1.pdf")
        host.join(timeout=5)
