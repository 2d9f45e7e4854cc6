"""Fetching the documents that the store's orders name by an address: PDFs, which lie at the store or elsewhere."""

import ipaddress
import re
import socket
import zlib
from collections.abc import Callable, Iterable
from functools import partial

import httpx

from app.channels.calls import Call, Reply
from app.channels.errors import ChannelError, Misconfigured, NotFound, Rejected
from app.channels.http import Transport
from app.domain.invoices import LARGEST_INVOICE, PDF_BEGINS_WITH

CHANNEL = "documents"
_TIMEOUT_SECONDS = 60.0
_PORTS = {"https": 443, "http": 80}
_GZIP_BEGINS_WITH, _GZIP = b"\x1f\x8b", 31
# Answers by which the host says that it has no document for us; those that may be different the next time are left out.
_DECIDED = frozenset(range(300, 500)) - {408, 425, 429, 499}
_HEADERS = {
    "Accept": "application/pdf",
    "Accept-Encoding": "identity",
    "Cache-Control": "no-cache",
    "User-Agent": "woo-allegro-bridge",
}
_NAME = re.compile(r"(?:[a-z0-9_-]{1,63}\.)+[a-z][a-z0-9-]{0,62}\.?")
_INNER_NAMES = (".localhost", ".local", ".internal")


class Documents:
    """Nobody is logged in there, so a document must lie open to whoever knows its address."""

    def __init__(
        self, transport: Transport, store_url: str, addresses_of: Callable[[str], Iterable[str]] | None = None
    ) -> None:
        """The store's own host is trusted, others must be public and speak https.

        `addresses_of` looks up a name, as the system does where none is given.
        """
        self._transport = transport
        self._store = _origin(httpx.URL(store_url))
        self._addresses_of = addresses_of or _looked_up

    def pdf(self, url: str) -> bytes:
        """The PDF at an address.

        Raises `NotFound` where there is none (yet); `Rejected`, which says what to do, where the address or what is
        there will not do; and `Unavailable`. Of the address they show the host alone, since the rest may be a key.
        """
        address = self._checked(url)
        shown = address.host
        refused = partial(_refusal, shown=shown)
        try:
            reply = self._transport.send(
                Call(
                    channel=CHANNEL,
                    method="GET",
                    url=str(address),
                    what=f"fetching {shown}",
                    refused=refused,
                    headers=_HEADERS,
                    expects_json=False,
                    answers_file=True,
                    largest_answer=LARGEST_INVOICE,
                    good_statuses=_DECIDED,
                    timeout_seconds=_TIMEOUT_SECONDS,
                )
            )
        except Misconfigured as error:
            raise Rejected(f"The document at {shown} cannot be fetched. {error}", channel=CHANNEL) from error
        if reply.status >= 300:
            raise refused(reply)
        return _checked_pdf(_unpacked(reply.content), shown)

    def _checked(self, url: str) -> httpx.URL:
        try:
            address = httpx.URL(url.strip())
            shown = address.host
        except (httpx.InvalidURL, UnicodeError) as error:
            raise Rejected("The document's address cannot be read as one.", channel=CHANNEL) from error
        if address.scheme not in _PORTS or not address.host:
            raise Rejected("The document's address must begin with https:// and a host.", channel=CHANNEL)
        if address.userinfo:
            raise Rejected(
                f"The address of the document at {shown} holds a user name. Give one that needs no login.",
                channel=CHANNEL,
            )
        if _origin(address) == self._store:
            return address
        if address.scheme != "https":
            raise Rejected(
                f"The document at {shown} can be read on its way. Give an address that begins with https://.",
                channel=CHANNEL,
            )
        if not self._is_public(address):
            raise Rejected(
                f"The document at {shown} is not fetched, because that is no host of the public internet. "
                "Give an address at the store or at a public host.",
                channel=CHANNEL,
            )
        return address

    def _is_public(self, address: httpx.URL) -> bool:
        if not 0 < (_port(address) or 0) < 2**16:
            return False
        name = address.raw_host.decode("ascii")
        try:
            return _is_global(name)
        except ValueError:
            # 127.1 and 0x7f.1 are numbers, too, for those who look up a name.
            is_name = bool(_NAME.fullmatch(name)) and not name.rstrip(".").endswith(_INNER_NAMES)
        return is_name and all(map(_is_global, self._addresses_of(name)))


def _refusal(reply: Reply, *, shown: str) -> ChannelError:
    if reply.status in (404, 410):
        return NotFound(
            f"There is no document at {shown} (status {reply.status}). See that it has been made and lies there.",
            channel=CHANNEL,
            status=reply.status,
        )
    why = f"answers with status {reply.status}"
    if reply.status < 400:
        why = "leads to another address, perhaps to a login,"
    elif reply.status in (401, 403):
        why = "is not for everybody"
    return Rejected(
        f"The document at {shown} {why} and cannot be fetched. Give the address at which it is open without a login.",
        channel=CHANNEL,
        status=reply.status,
    )


def _checked_pdf(content: bytes, shown: str) -> bytes:
    if not content:
        raise Rejected(f"The document at {shown} is empty. Have it made again.", channel=CHANNEL)
    if not content.startswith(PDF_BEGINS_WITH):
        raise Rejected(
            f"What lies at {shown} is no PDF, but perhaps a web page with a login. "
            "Give the address of the PDF itself, open without a login.",
            channel=CHANNEL,
        )
    if len(content) > LARGEST_INVOICE:
        raise Rejected(
            f"The document at {shown} is larger than {LARGEST_INVOICE // 1024**2} MB, and Allegro takes no larger one. "
            "Have a smaller one made.",
            channel=CHANNEL,
        )
    return content


def _origin(address: httpx.URL) -> tuple[str, str, int | None]:
    return address.scheme, address.host, _port(address)


def _port(address: httpx.URL) -> int | None:
    return _PORTS.get(address.scheme) if address.port is None else address.port


def _is_global(number: str) -> bool:
    """Raises ValueError where it is no IP address."""
    return ipaddress.ip_address(number).is_global


def _looked_up(name: str) -> list[str]:
    """The IP addresses of a host; none where the name cannot be looked up here, as behind a proxy."""
    try:
        return [str(found[4][0]).partition("%")[0] for found in socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError):
        return []


def _unpacked(content: bytes) -> bytes:
    """What a host has packed although it was asked not to, no further than to where it is too large."""
    if len(content) > LARGEST_INVOICE or not content.startswith(_GZIP_BEGINS_WITH):
        return content
    unpacking = zlib.decompressobj(_GZIP)
    try:
        unpacked = unpacking.decompress(content, LARGEST_INVOICE + 1)
    except zlib.error:
        return content
    return unpacked if unpacking.eof or len(unpacked) > LARGEST_INVOICE else content
