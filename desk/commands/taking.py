"""One run of intake from the command line: in pieces, so that at any moment it is known how far it has come."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from desk.commands.failures import say
from desk.commands.output import count, print_json

if TYPE_CHECKING:
    from db.kinds import Channel
    from db.rows import AgentRow
    from desk.services.desk import Desk
    from desk.services.intake import Delivery, IntakeReport, Reader

MOST_IN_PIECE = 200
MOST_PIECE_BYTES = 8_000_000
MOST_REASONS = 1_000
"""Reasons that a summary for machines lists; on standard error there are all of them."""


@dataclass(slots=True)
class Run:
    """What became of a run so far; `refused` pairs a place with the reason why nothing was taken in from it."""

    report: IntakeReport
    skipped: int = 0
    refused: int = 0
    reasons: list[tuple[str, str]] = field(default_factory=list)
    is_complete: bool = False
    is_interrupted: bool = False

    def take(self, desk: Desk, me: AgentRow | None, channel: Channel, some: list[Delivery], read: Reader) -> None:
        """Take in a piece. Raises what `take_in` raises; what came before is stored and counted."""
        from desk.services.intake import take_in

        if self.is_interrupted:
            raise KeyboardInterrupt

        self.report += take_in(desk, me, channel, some, read)

    def refuse(self, place: str, reason: str) -> None:
        """Say and count that something could not be taken in."""
        say(f"{place}: {reason}")
        self.refused += 1
        if len(self.reasons) < MOST_REASONS:
            self.reasons.append((place, reason))

    def print_summary(self, *, as_json: bool) -> None:
        """The summary on standard output, for machines or for people."""
        if as_json:
            print_json(self._document())
            return
        report = self.report
        click.echo(
            f"Taken in {report.taken_in:,}: {count(report.new_cases, 'new case', 'new cases')}, "
            f"{count(report.threaded, 'reply', 'replies')} threaded. "
            f"Already known {report.known:,}. Kept unparsed {report.unparsed:,}."
        )
        if self.skipped:
            click.echo(f"Passed over {count(self.skipped, 'file', 'files')} without mail.")
        if self.refused:
            click.echo(f"Not taken in {self.refused:,}; the reasons are on standard error.")

    def _document(self) -> dict[str, Any]:
        return dataclasses.asdict(self.report) | {
            "skipped": self.skipped,
            "refused": self.refused,
            "reasons": [{"place": place, "reason": reason} for place, reason in self.reasons],
            "complete": self.is_complete,
        }


def new_run() -> Run:
    """A run that has not begun."""
    from desk.services.intake import IntakeReport

    return Run(IntakeReport())


def pieces(deliveries: Iterable[Delivery]) -> Iterator[list[Delivery]]:
    """Deliveries in pieces that are stored together, bounded in number and bytes."""
    piece: list[Delivery] = []
    size = 0
    for delivery in deliveries:
        piece.append(delivery)
        size += len(delivery.raw)
        if len(piece) >= MOST_IN_PIECE or size >= MOST_PIECE_BYTES:
            yield piece
            piece, size = [], 0
    if piece:
        yield piece


def size_of(paths: Iterable[Path]) -> int:
    """How many bytes there are to read, about: what cannot be looked at counts nothing, links are not followed."""
    total = 0
    for path in paths:
        inside = (
            (Path(folder) / name for folder, _, names in os.walk(path) for name in names) if path.is_dir() else [path]
        )
        for file in inside:
            try:
                total += file.stat().st_size
            except OSError:
                continue
    return total
