"""Settings of the mailboxes that the desk reads, one table each: `[mail.mailboxes.NAME]`."""

from __future__ import annotations

import re
from typing import Annotated, Literal

import msgspec

NAME = re.compile(r"[a-z0-9]+(?:[_-][a-z0-9]+)*")
"""What a mailbox may be called: a name that a variable can spell as well, where two strokes are a dot."""

ADDRESS = r"^[^@\s<>]+@[^@\s<>]+$"
OTHER_SECRETS = ("password_file", "keyring", "token_command", "token_file")
"""Where a secret may come from other than from `password`."""


class Mailbox(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One folder of one account on an IMAP server, and what becomes of its mail."""

    host: str = ""
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 993
    security: Literal["tls", "starttls", "none"] = "tls"
    ca_file: str = ""
    """Certificates to trust instead of the system's, for a server of one's own."""
    user: str = ""
    password: str = ""
    """Used only when no other secret is named."""
    password_file: str = ""
    keyring: str = ""
    """The service under which the system's keyring keeps the user's password."""
    token_command: tuple[str, ...] = ()
    """Prints an OAuth2 access token; it is run at each login."""
    token_file: str = ""
    folder: Annotated[str, msgspec.Meta(min_length=1)] = "INBOX"
    after: Literal["seen", "move", "leave"] = "seen"
    """What happens to a message on the server once it is durably stored."""
    move_to: str = ""
    sent_folder: str = ""
    """Where copies of answers go; by default the folder that the server marks as \\Sent."""
    reply_address: Annotated[str, msgspec.Meta(pattern=rf"^$|{ADDRESS}")] = ""
    """Who answers to its cases are from; by default the desk's own address."""
    from_name: Annotated[str, msgspec.Meta(pattern=r"^[^\r\n]*$")] = ""
    queue: Annotated[str, msgspec.Meta(max_length=64)] = ""
    """The queue that its cases go into."""
    poll_seconds: Annotated[int, msgspec.Meta(ge=5, le=3600)] = 60
    """How often to look where the server cannot tell of new mail by itself."""
    enabled: bool = True

    def __post_init__(self) -> None:
        """Refuse what cannot work, with the key to set."""
        secrets = [name for name in OTHER_SECRETS if getattr(self, name)]
        if len(secrets) > 1:
            raise ValueError(f"{' and '.join(secrets)} are both set; keep one of them")
        if self.after == "move" and not self.move_to:
            raise ValueError("after is 'move', but no folder is named; set move_to")
        if self.enabled and not (self.host and self.user):
            missing = "host" if not self.host else "user"
            raise ValueError(f"{missing} is not set; set it, or set enabled to false")

    @property
    def uses_token(self) -> bool:
        """Whether it signs in with an OAuth2 access token."""
        return bool(self.token_command or self.token_file)


def require_names(names: list[str]) -> None:
    """Raise `ValueError` for a name that a mailbox cannot have."""
    for name in names:
        if not NAME.fullmatch(name) or len(name) > 60:
            raise ValueError(
                f"{name!r} cannot be a mailbox's name; use small letters, digits and single _ or -, such as refunds_id"
            )
