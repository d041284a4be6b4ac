"""The files that the demo's customers attach: small pictures and papers, made here."""

from __future__ import annotations

import hashlib
import struct
import zlib
from dataclasses import dataclass
from random import Random

from desk.services.demo.tables import Rows


@dataclass(frozen=True, slots=True)
class File:
    """A file as attachments name it; `size` in bytes."""

    name: str
    content_type: str
    size: int
    sha256: str


class Files:
    """A handful of files, each kept once however often it is attached."""

    def __init__(self, names: tuple[str, ...], rows: Rows, random: Random) -> None:
        self._files: list[File] = []
        for name in names:
            is_paper = name.endswith(".pdf")
            data = _paper(name) if is_paper else _picture(random)
            sha256 = hashlib.sha256(data).hexdigest()
            rows.of("blob").append((sha256, len(data), data))
            self._files.append(File(name, "application/pdf" if is_paper else "image/png", len(data), sha256))

    def any(self, random: float) -> File:
        """The file at `random` (from 0 up to 1)."""
        return self._files[int(random * len(self._files))]


def _picture(random: Random) -> bytes:
    """A grey PNG (W3C PNG, second edition) with lines of different brightness, as a phone's screenshot has."""
    width, height = 180, 200 + random.randrange(200)
    lines = []
    for _ in range(height):
        shade = random.randrange(120, 245)
        speckled = bytes([shade]) * (width // 2) + bytes(shade + (noise & 7) for noise in random.randbytes(width // 2))
        lines.append(b"\0" + speckled)
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(b"".join(lines), 6)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )


def _paper(name: str) -> bytes:
    """A PDF of one page (ISO 32000) that says what it is called."""
    drawn = f"BT /F1 18 Tf 60 760 Td (Demo document: {name}) Tj ET".encode("ascii", "replace")
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawn), drawn),
    )
    paper, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(paper))
        paper += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"trailer << /Size 5 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % len(paper)
    return paper + b"xref\n0 5\n0000000000 65535 f \n" + table + end
