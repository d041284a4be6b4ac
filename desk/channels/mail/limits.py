"""How much of one message is read: bounds that keep a hostile message as cheap as an honest one."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """Upper bounds for reading one message; whatever lies beyond is left out and named in the notes."""

    message_bytes: int = 64 * 1024 * 1024
    depth: int = 40
    parts: int = 1_000
    fields: int = 1_000
    """Header fields kept of one part."""
    field_bytes: int = 64 * 1024
    """Bytes kept of one header field; longer ones are cut."""
    addresses: int = 500
    references: int = 200
    html_chars: int = 1_000_000
    """Characters of HTML read of one message, all of its parts together."""
    html_parts: int = 100
    """HTML parts shown of one message; those beyond are attached."""
    text_chars: int = 300_000
    filename_chars: int = 255
    report_bytes: int = 64 * 1024
    """Bytes read of a delivery report."""


DEFAULT_LIMITS = ReadLimits()
