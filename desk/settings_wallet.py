"""Settings of the wallet's core: `[wallet]`."""

from __future__ import annotations

import ipaddress
from typing import Annotated, Literal
from urllib.parse import urlsplit

import msgspec

SECRETS = ("client_secret_file", "keyring")
"""Where the client's secret may come from other than from `client_secret`."""


class Wallet(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which wallet the desk works with; the simulator needs nothing."""

    kind: Literal["simulator", "http"] = "simulator"
    url: str = ""
    """Where the wallet answers, by `https://`; plain `http://` only on this machine."""
    partner_id: Annotated[str, msgspec.Meta(max_length=36)] = ""
    """What the wallet calls this desk: X-PARTNER-ID and X-CLIENT-KEY of SNAP."""
    channel_id: Annotated[str, msgspec.Meta(pattern="^[0-9]{5}$")] = "95221"
    client_secret: str = ""
    """Signs requests. Used only when no other source is named."""
    client_secret_file: str = ""
    keyring: str = ""
    """The service under which the system's keyring keeps the partner's secret."""
    private_key_file: str = ""
    """The RSA key (PEM) that signs requests for an access token."""
    timeout_seconds: Annotated[int, msgspec.Meta(ge=1, le=60)] = 8
    """How long an answer is waited for."""
    proxy: str = ""
    """A proxy on the way, as `http://HOST:PORT`; none is taken from the environment."""
    seed: int = 1
    """Simulator: the same seed gives the same accounts."""
    faults: str = ""
    """Simulator: what goes wrong, as `slow=0.2,timeout_after=0.1`, or `full`; by default what was dialled last."""

    def __post_init__(self) -> None:
        """Refuse what cannot work, with the key to set."""
        if self.kind == "simulator":
            return
        missing = [name for name in ("url", "partner_id", "private_key_file") if not getattr(self, name)]
        if missing:
            raise ValueError(f"kind is 'http', but {missing[0]} is not set; set it, or use the simulator")
        if all(getattr(self, name) for name in SECRETS):
            raise ValueError(f"{' and '.join(SECRETS)} are both set; keep one of them")
        if not is_safe(self.url):
            raise ValueError(f"url {self.url!r} is no https:// address; plain http:// is for this machine only")


def is_safe(url: str) -> bool:
    """Whether what goes there is encrypted, or stays on this machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    if parts.scheme == "https":
        return bool(host)
    try:
        return parts.scheme == "http" and (host == "localhost" or ipaddress.ip_address(host).is_loopback)
    except ValueError:
        return False
