"""The pictures of the goods: where they lie, what the API tells of them, and what their addresses answer."""

import re
import struct
import zlib
from datetime import datetime
from typing import Any

from app.sandbox.faults import Faults
from app.sandbox.store.times import dated

# The size is in the name, as in those that WordPress makes: any name of this form is a picture.
_PATH = re.compile(r"/wp-content/uploads/[\w/-]+-(?P<width>\d{1,4})x(?P<height>\d{1,4})\.png")
_FIRST_ID = 500
_IDS = 9000


def picture_path(name: str, width: int = 1200, height: int = 900) -> str:
    return f"/wp-content/uploads/2026/11/{name}-{width}x{height}.png"


def picture_view(address: str, made: datetime, origin: str) -> dict[str, Any]:
    """`address` begins with "/" where the store itself has the picture."""
    # The sandbox only pretends to speak https, and pictures are there to be fetched.
    fetched_from = origin.replace("https://", "http://")
    name = address.rpartition("/")[2].rpartition(".")[0]
    return {
        "id": _FIRST_ID + zlib.crc32(address.encode()) % _IDS,
        **dated("date_created", made),
        **dated("date_modified", made),
        "src": f"{fetched_from}{address}" if address.startswith("/") else address,
        "name": name,
        "alt": "",
    }


def served_picture(path: str, faults: Faults) -> bytes | None:
    """As `picture_at`, unless the fault for missing ones strikes."""
    found = picture_at(path)
    if found is None:
        return None
    missing = faults.active().get("picture_missing")
    if missing and str(missing.args.get("part", "")) in path and faults.strike("picture_missing"):
        return None
    return found


def picture_at(path: str) -> bytes | None:
    """The PNG at an address of the store, None where there is none."""
    found = _PATH.fullmatch(path)
    if found is None:
        return None
    return png(int(found["width"]), int(found["height"]), zlib.crc32(path.encode()) & 0xFF)


def png(width: int, height: int, shade: int) -> bytes:
    """A picture in one shade of grey (0 to 255)."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    # Each line begins with the number of its filter.
    lines = (b"\0" + bytes([shade]) * width) * height
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(lines)), (b"IEND", b""))
    chunks = (struct.pack(">I", len(data)) + kind + data + _checksum(kind + data) for kind, data in parts)
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _checksum(data: bytes) -> bytes:
    return struct.pack(">I", zlib.crc32(data))
