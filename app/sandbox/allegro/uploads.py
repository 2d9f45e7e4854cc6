"""The pictures that Allegro has copied from elsewhere, for offers to show."""

import hashlib
import struct
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.sandbox.allegro.catalogue import Catalogue
from app.sandbox.allegro.problems import Problem, RefusedBody
from app.sandbox.allegro.shelf import Shelf

HOST = "https://a.allegroimg.com/original"
# The longer side of a picture has at least so many pixels.
SHORTEST_LONGER_SIDE = 400
_KEPT_UNUSED = timedelta(days=1)
_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_SIZE = slice(16, 24)


@dataclass
class Picture:
    """`location` is its address at Allegro. `expires_at` None: an offer shows it."""

    location: str
    longer_side: int
    expires_at: datetime | None


class Uploads:
    """`fetch` gives the bytes at an address elsewhere, None where nothing can be had. Callers hold the lock."""

    def __init__(self, shelf: Shelf, catalogue: Catalogue) -> None:
        self.shelf = shelf
        self.catalogue = catalogue
        self.fetch: Callable[[str], bytes | None] = lambda _address: None
        self.reset()

    def reset(self) -> None:
        self.pictures: dict[str, Picture] = {}
        self._copies: dict[str, Picture] = {}

    def upload(self, url: str) -> Picture:
        """A new copy of what is at an address. Raises RefusedBody where it cannot be had or is too small."""
        fault = self.shelf.faults.active().get("image_refused")
        if fault is not None and str(fault.args.get("url", "")) in url and self.shelf.faults.strike("image_refused"):
            raise RefusedBody((_not_to_be_had(url),))
        picture = self._copy(url)
        if picture is None:
            raise RefusedBody((_not_to_be_had(url),))
        if picture.longer_side < SHORTEST_LONGER_SIDE:
            raise RefusedBody((too_small(None),))
        return picture

    def shown(self, address: str) -> Picture | None:
        """The picture that an offer shows when it is told this address; None where there is none."""
        if address.startswith(f"{HOST}/"):
            return self._own(address)
        if address not in self._copies:
            copied = self._copy(address)
            if copied is None:
                return None
            self._copies[address] = copied
        return self._copies[address]

    def _own(self, address: str) -> Picture | None:
        name = address.removeprefix(f"{HOST}/")
        if name in self.catalogue.products or name in self.shelf.offers:
            return Picture(address, SHORTEST_LONGER_SIDE, None)
        picture = self.pictures.get(address)
        if picture is None or (picture.expires_at is not None and picture.expires_at <= self.shelf.clock.now()):
            return None
        return picture

    def _copy(self, url: str) -> Picture | None:
        found = self.fetch(url)
        if found is None or not found.startswith(_PNG):
            return None
        name = hashlib.sha256(f"{url} {len(self.pictures)}".encode()).hexdigest()
        longer_side = max(struct.unpack(">II", found[_PNG_SIZE]))
        picture = Picture(f"{HOST}/{name[:6]}/{name[6:34]}", longer_side, self.shelf.clock.now() + _KEPT_UNUSED)
        self.pictures[picture.location] = picture
        return picture


def _not_to_be_had(url: str) -> Problem:
    return Problem(
        "DownloadError.NotFound",
        None,
        f"The image could not be downloaded from '{url}'.",
        f"Nie można pobrać zdjęcia z adresu '{url}'.",
        {"imageUrl": url},
    )


def too_small(path: str | None) -> Problem:
    """Of a picture by itself (no path), or of all those of a new product."""
    return Problem(
        "ProductValidationException" if path else "TOO_SMALL_IMAGE",
        path,
        "All images got rejected during product creation, reasons = [TOO_SMALL_IMAGE]"
        if path
        else "The image is too small.",
        f"Zdjęcia są za małe (dłuższy bok min. {SHORTEST_LONGER_SIDE}px).",
    )
