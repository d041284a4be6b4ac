"""Mail as a channel: what arrives is read here, what we write is sent from here."""

from __future__ import annotations

from desk.channels.mail.limits import ReadLimits
from desk.channels.mail.parsed import Bounce, ParsedAttachment, ParsedMail
from desk.channels.mail.reading import read_mail

__all__ = ["Bounce", "ParsedAttachment", "ParsedMail", "ReadLimits", "read_mail"]
