"""How a case is named in mail, and how it is recognised in what comes back."""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass

from db.kinds import Channel, ContactKind

ADDRESSED_BY = {
    Channel.EMAIL: ContactKind.EMAIL,
    Channel.PHONE: ContactKind.PHONE,
    Channel.CHAT: ContactKind.HANDLE,
    Channel.SOCIAL: ContactKind.HANDLE,
}
"""What a customer is reached by on each channel."""

_SIGNATURE = "[a-z2-7]{8}"
_IN_SUBJECT = re.compile(rf"\[#([1-9][0-9]{{0,17}})(?:-({_SIGNATURE}))?\]", re.ASCII | re.IGNORECASE)
_IN_ADDRESS = re.compile(rf"\+case([1-9][0-9]{{0,17}})(?:-({_SIGNATURE}))?@", re.ASCII | re.IGNORECASE)
_ADDRESS = re.compile(r"[^\s@<>\"',;:()\[\]\\]{1,64}@[^\s@<>\"',;:()\\]{1,255}")
_REPLY_MARK = re.compile(r"(re|aw|sv|bls|balas|回复|答复|回覆)\s*[:：]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class NamedCase:
    """A case that a mail names, with the signature beside the number; empty when it has none."""

    number: int
    signature: str = ""

    def is_ours(self, key: bytes) -> bool:
        """Whether we wrote that name ourselves: case numbers are easily guessed, signatures are not."""
        return key != b"" and hmac.compare_digest(
            self.signature.encode("utf-8"), signature(self.number, key).encode("ascii")
        )


def signature(case_id: int, key: bytes) -> str:
    """Eight letters that only who has the key can put beside a case's number (HMAC-SHA256, RFC 2104; 40 bits)."""
    digest = hmac.digest(key, b"case %d" % case_id, "sha256")
    return base64.b32encode(digest[:5]).decode("ascii").lower()


def reply_subject(subject: str, case_id: int, key: bytes) -> str:
    """The subject of an answer: one `Re:`, and the case's signed token `[#1042-k3j9x2ab]` at the end."""
    token = f"[#{case_id}-{signature(case_id, key)}]"
    bare = _IN_SUBJECT.sub(lambda found: "" if int(found[1]) == case_id else found[0], subject).strip()
    marked = bare if _REPLY_MARK.match(bare) else f"Re: {bare}"
    return f"{marked[: 990 - len(token)]} {token}"


def reply_address(address: str, case_id: int, key: bytes) -> str:
    """Where the answer to an answer goes: `support+case1042-k3j9x2ab@example.com` (RFC 5233's subaddress)."""
    local, _, domain = address.rpartition("@")
    return f"{local}+case{case_id}-{signature(case_id, key)}@{domain}"


def named_cases(subject: str, addresses: Iterable[str]) -> tuple[NamedCase, ...]:
    """Cases that a mail names: in an address of ours first, then in its subject.

    A name is a claim, not a right: whoever joins a message to a case checks that the name is ours, and that its sender
    has part in the case.
    """
    found = [match for address in addresses if (match := _IN_ADDRESS.search(address))]
    found += _IN_SUBJECT.finditer(subject)
    return tuple(dict.fromkeys(NamedCase(int(match[1]), (match[2] or "").lower()) for match in found))


def is_address(folded: str) -> bool:
    """Whether mail could be sent to it; what people and programs write into headers often is no address at all."""
    return _ADDRESS.fullmatch(folded) is not None


@dataclass(frozen=True, slots=True)
class OwnAddresses:
    """The addresses of the desk itself, folded; the part from a `+` on does not matter (RFC 5233)."""

    folded: frozenset[str]

    def has(self, folded: str) -> bool:
        """Whether mail to that address would come back to the desk; a signed name of a case in it says so, too."""
        local, at, domain = folded.rpartition("@")
        return local.partition("+")[0] + at + domain in self.folded or _IN_ADDRESS.search(folded) is not None
