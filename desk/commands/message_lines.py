"""Messages from other systems as JSON lines: the good ones taken in as they arrive, the bad ones told one by one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import IO, TYPE_CHECKING

from desk.channels.messages import MessageLineError, read_line
from desk.services.intake import Delivery

if TYPE_CHECKING:
    from db.kinds import Channel
    from db.rows import AgentRow
    from desk.commands.taking import Run
    from desk.rules.incoming import Incoming
    from desk.services.desk import Desk

JUST_NOW = timedelta(hours=1)
"""What a system hands over within this time is answered as what arrives now; older lines are history."""

MOST_LINE_BYTES = 1_000_000
READ_AT_ONCE = 1_000_000


def take_lines(desk: Desk, me: AgentRow | None, file: IO[bytes], run: Run, *, is_live: bool) -> None:
    """Take in every good line of `file`, whatever has arrived at once, and refuse the bad ones with number and reason.

    `is_live` says that another system hands them over: what is not older than `JUST_NOW` may be confirmed.
    Raises what `desk.services.intake.take_in` raises.
    """
    for lines in arrivals(file):
        good: dict[Channel, list[tuple[Delivery, Incoming]]] = {}
        for number, raw in lines:
            place = f"line {number}"
            if raw is None:
                run.refuse(place, f"is longer than {MOST_LINE_BYTES // 1_000_000} MB")
            elif raw.strip():
                try:
                    incoming = read_line(raw)
                except MessageLineError as error:
                    run.refuse(place, str(error))
                else:
                    is_new = is_live and incoming.at is not None and desk.clock() - incoming.at < JUST_NOW
                    delivery = Delivery(raw.strip(), place, is_live=is_new)
                    good.setdefault(incoming.channel, []).append((delivery, incoming))
        for channel, some in good.items():
            read = {delivery.raw: incoming for delivery, incoming in some}
            run.take(desk, me, channel, [delivery for delivery, _ in some], read.__getitem__)


def arrivals(file: IO[bytes]) -> Iterator[list[tuple[int, bytes | None]]]:
    """Numbered lines, as many at a time as have arrived; None stands for a line of more than `MOST_LINE_BYTES`.

    A pipe that stays open is so served at once, and a file of any size in pieces.
    """
    number = 1
    kept = b""
    is_too_long = False
    while more := file.read1(READ_AT_ONCE):  # type: ignore[attr-defined]
        *whole, kept = (kept + more).split(b"\n")
        lines: list[tuple[int, bytes | None]] = []
        for raw in whole:
            lines.append((number, None if is_too_long or len(raw) > MOST_LINE_BYTES else raw))
            number += 1
            is_too_long = False
        if len(kept) > MOST_LINE_BYTES:
            kept, is_too_long = b"", True
        if lines:
            yield lines
    if kept or is_too_long:
        yield [(number, None if is_too_long or len(kept) > MOST_LINE_BYTES else kept)]
