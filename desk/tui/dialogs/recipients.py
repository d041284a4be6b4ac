"""Asking to whom something goes: people in copy, or a third party."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from desk.rules.recipients import NotAnAddressError, read_recipient
from desk.tui.case.addresses import listed
from desk.tui.dialogs.form import FormDialog, Line, Tick

if TYPE_CHECKING:
    from db.rows import CaseDetail


def addresses_in(text: str) -> tuple[str, ...]:
    """The addresses in a line, with commas or semicolons between, each once."""
    parts = (part.strip() for part in text.replace(";", ",").split(","))
    return tuple(dict.fromkeys(part for part in parts if part))


def addresses_problem(text: str) -> str:
    """What is wrong with a line of addresses, or nothing."""
    for address in addresses_in(text):
        try:
            read_recipient(address)
        except NotAnAddressError:
            return f"“{address[:60]}” is not an address. Write it as name@example.org, with commas between several."
    return ""


def address_problem(text: str) -> str:
    """What is wrong with the one address of a third party, or nothing."""
    found = addresses_in(text)
    if not found:
        return "To whom? Type an address, as name@example.org."
    return "One address only: each third party has a conversation of their own." if len(found) > 1 else (
        addresses_problem(text)
    )  # fmt: skip


def copies_dialog(detail: CaseDetail, details: Mapping[str, Any]) -> FormDialog:
    """Who gets copies of an answer: as chosen before, else those who are in copy of the case."""
    chosen = {name: ", ".join(listed(details, name)) for name in ("cc", "bcc")}
    in_copy = [person.address for person in detail.participants]
    if not any(chosen.values()):
        chosen["cc"] = ", ".join(in_copy)
    about = "In copy of this case: " + ", ".join(in_copy) if in_copy else "Who is in cc may write on this case then."
    return FormDialog(
        f"Copies of the answer to {detail.case.customer_name}",
        [Line(name, chosen[name], addresses_problem, "name@example.org, …") for name in ("cc", "bcc")],
        about=about,
    )


def copies_of(answer: Mapping[str, str]) -> dict[str, list[str]]:
    """What the dialog's answer means for a draft's details."""
    found = {name: list(addresses_in(answer[name])) for name in ("cc", "bcc")}
    return {name: addresses for name, addresses in found.items() if addresses}


def third_party_dialog(detail: CaseDetail, details: Mapping[str, Any]) -> FormDialog:
    """To whom a new side conversation is, what it is about, and whether the conversation goes along."""
    subject = str(details.get("subject") or f"Fwd: {detail.case.subject}")
    return FormDialog(
        f"Forward {detail.case.reference} to a third party",
        [
            Line("to", str(details.get("to") or ""), address_problem, "name@bank.example"),
            Line("name", str(details.get("name") or ""), hint="who that is"),
            Line("subject", subject, lambda text: "" if text.strip() else "What is it about?"),
            Tick("forward", "with what was said so far, and its files", on=bool(details.get("forward"))),
        ],
        about="The customer sees nothing of this. Say no more than they may know.",
    )
