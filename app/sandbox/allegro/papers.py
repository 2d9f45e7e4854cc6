"""Small but real PDF files: labels and protocols."""

from collections.abc import Sequence
from typing import Literal

PageSize = Literal["A4", "A6"]
# Width and height in points.
_SIZES: dict[PageSize, tuple[int, int]] = {"A4": (595, 842), "A6": (298, 420)}
_MARGIN = 24
_LEADING = 16


def pdf(pages: Sequence[Sequence[str]], size: PageSize) -> bytes:
    """A file with these lines of text on its pages; what is not ASCII becomes a question mark."""
    width, height = _SIZES[size]
    kids = " ".join(f"{4 + 2 * place} 0 R" for place in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} /MediaBox [0 0 {width} {height}] >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for place, lines in enumerate(pages):
        drawn = _drawn(lines, height - 2 * _MARGIN)
        resources = "<< /Font << /F1 3 0 R >> >>"
        page = f"<< /Type /Page /Parent 2 0 R /Resources {resources} /Contents {5 + 2 * place} 0 R >>"
        objects += [page.encode(), b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawn), drawn)]
    return _file(objects)


def _drawn(lines: Sequence[str], top: int) -> bytes:
    shown = [line.replace("\\", "").replace("(", "[").replace(")", "]") for line in lines]
    text = " ".join(f"({line}) Tj T*" for line in shown)
    return f"BT /F1 12 Tf {_LEADING} TL {_MARGIN} {top} Td {text} ET".encode("ascii", "replace")


def _file(objects: Sequence[bytes]) -> bytes:
    written = bytearray(b"%PDF-1.4\n")
    offsets = []
    for number, each in enumerate(objects, start=1):
        offsets.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    table = len(written)
    written += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    written += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    written += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table)
    return bytes(written)
