"""The variables of canned answers: each name once, with its kind, where its value comes from, and an example."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a variable holds, and so how it is written for a customer when no filter says otherwise."""

    TEXT = "text"
    MONEY = "amount"
    MOMENT = "moment"
    FLAG = "yes or no"


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable: `source` says in words where its value comes from, `example` is what a reader may expect."""

    name: str
    kind: Kind
    source: str
    example: str

    @property
    def group(self) -> str:
        """What it belongs to: `refund` of `refund.amount`; itself where it stands alone."""
        return self.name.partition(".")[0]


_T, _M, _W, _F = Kind.TEXT, Kind.MONEY, Kind.MOMENT, Kind.FLAG

VARIABLES: tuple[Variable, ...] = (
    Variable("customer.name", _T, "the customer's name on file", "Budi Santoso"),
    Variable("customer.language", _T, "the language of the case, in that language", "Bahasa Indonesia"),
    Variable("agent.name", _T, "who answers", "Sari"),
    Variable("case.reference", _T, "the number of the case", "#10422"),
    Variable("case.subject", _T, "the subject of the case, as the customer wrote it", "Saldo terpotong dua kali"),
    Variable("case.topic", _T, "the topic's title in the answer's language", "Pembayaran gagal"),
    Variable("case.opened", _W, "when the customer first wrote", "Senin, 23 November, 18.40 WIB"),
    Variable("channel", _T, "the channel of the case, in the answer's language", "e-mail"),
    Variable("hours.open", _F, "whether the case's channel is open now", "yes"),
    Variable("hours.opens", _W, "when the case's channel opens next; nothing while it is open", "Senin, 09.00 WIB"),
    Variable("hours.closes", _W, "until when the case's channel is open; nothing while it is closed", "17.00 WIB"),
    Variable("promise.until", _W, "until when we promised an answer, while that is open", "Senin, 09.00 WIB"),
    Variable("promise.text", _T, "what the customer was told then", "Kami menjawab paling lambat Senin, 09.00 WIB."),
    Variable("refund.amount", _M, "the refund of this case", "Rp 150.000"),
    Variable("refund.merchant", _T, "the merchant who is asked for it", "Toko Maju"),
    Variable("refund.reason", _T, "why it is asked for, in the answer's language", "terpotong dua kali"),
    Variable("refund.state", _T, "how it stands, in the answer's language", "menunggu jawaban penjual"),
    Variable("refund.progress", _T, "how far it has come of five steps", "langkah 2 dari 5: Di penjual"),
    Variable("refund.answer_until", _W, "until when the merchant has to answer", "Rabu, 25 November, 17.00 WIB"),
    Variable("refund.back_by", _W, "when the money is back at the latest, if it goes on", "Kamis, 17.00 WIB"),
    Variable("incident.title", _T, "the incident that the case belongs to", "Gangguan pembayaran QRIS"),
    Variable("incident.text", _T, "what customers are told about it, in the answer's language", "Kami sedang …"),
    Variable("incident.since", _W, "since when", "Senin, 08.10 WIB"),
    Variable("incident.expected", _W, "when it is expected to be over", "Senin, 12.00 WIB"),
    Variable("transaction.amount", _M, "the transaction that the case is about", "Rp 150.000"),
    Variable("transaction.merchant", _T, "who was paid", "Toko Maju"),
    Variable("transaction.date", _W, "when it was paid", "Senin, 23 November, 18.31 WIB"),
    Variable("transaction.method", _T, "how it was paid", "QRIS"),
    Variable("transaction.reference", _T, "the provider's reference", "9F2A77"),
    Variable("safety.report", _T, "the reference of the report of a stolen account", "SR-4F09A2C1"),
    Variable("guide.title", _T, "the guide that is walked on this case", "Aplikasi tidak terbuka"),
    Variable("guide.step", _T, "its present step, in the answer's language", "Mulai ulang ponsel"),
)

BY_NAME = {each.name: each for each in VARIABLES}
GROUPS = frozenset(each.group for each in VARIABLES)

FILTERS = {
    "money": "an amount: `Rp 150.000`",
    "date": "the day of a moment: `Senin, 23 November 2026`",
    "time": "its time of day: `18.31 WIB`",
    "datetime": "both: `Senin, 23 November, 18.31 WIB`",
    "default": "what stands there when there is no value: `{{ refund.merchant | default: 'penjual' }}`",
    "upcase": "capital letters",
    "downcase": "small letters",
    "capitalize": "a capital first letter",
    "strip": "without blanks at either end",
}
"""The filters of the template language, and what each does."""

TAGS = ("if", "unless", "case", "comment", "raw")
"""The tags of the template language: conditions, what nobody sees, and text that is taken as it is."""


def table() -> str:
    """The registry as the lines of a Markdown table, for `docs/answers.md`."""
    rows = [f"| `{each.name}` | {each.kind} | {each.source} | {each.example} |" for each in VARIABLES]
    return "\n".join(["| variable | kind | where it comes from | example |", "|---|---|---|---|", *rows])


def strangers(names: Iterable[str], declared: Iterable[str]) -> tuple[str, ...]:
    """The names, in order, that neither the registry nor the answer declares; a group (`if refund`) is known."""
    known = {*BY_NAME, *GROUPS, *declared}
    return tuple(dict.fromkeys(name for name in names if name not in known))
