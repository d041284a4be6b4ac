"""What can go wrong in a use case, in the desk's words and with what to do next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from desk.rules.quality import Finding


class CaseError(Exception):
    """Something about a case does not allow what was asked; nothing was changed."""


class CaseNotFoundError(CaseError):
    """There is no case with that reference."""

    def __init__(self, case_id: int) -> None:
        super().__init__(f"There is no case #{case_id}. Check the number, or search for the customer.")


class CaseTakenError(CaseError):
    """Somebody else has the case."""

    def __init__(self, case_id: int, who: str) -> None:
        self.who = who
        super().__init__(f"{who} has #{case_id}. Ask them to release it, or have it transferred to you.")


class CaseChangedError(CaseError):
    """The case was changed by somebody else between reading and writing."""

    def __init__(self, case_id: int) -> None:
        super().__init__(f"#{case_id} was changed again meanwhile. Look at what is new, then do it by hand.")


class NewMessageError(CaseError):
    """Something was said on the case that the writer had not seen yet."""

    def __init__(self, case_id: int, who: str) -> None:
        super().__init__(f"{who} wrote on #{case_id} while you were typing. Your text is kept: read theirs, then send.")


class UnreachableCustomerError(CaseError):
    """Nothing is known by which the customer could be answered on this channel."""

    def __init__(self, case_id: int, kind: str) -> None:
        super().__init__(f"The customer of #{case_id} has no {kind} on file, so nothing can be sent there.")


class TooLateError(CaseError):
    """The undo time is over and the message is on its way."""

    def __init__(self) -> None:
        super().__init__("It is too late to take this answer back: it has been sent.")


class UnfilledAnswerError(CaseError):
    """A variable of a canned answer is still open in the text."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names
        super().__init__(f"Still open in the text: {', '.join(names)}. Fill it in or take it out, then send.")


class HeldBackError(CaseError):
    """A check of the answer found something that keeps it back; `findings` say what and where."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        told = "; ".join(dict.fromkeys(finding.says for finding in findings))
        super().__init__(f"Not sent: {told}. Change it, or give a reason to send it as it is.")


class EmptyMessageError(CaseError):
    """There is nothing to send."""

    def __init__(self) -> None:
        super().__init__("There is nothing to send yet. Type an answer, or pick a canned one with its key.")


class RecipientError(CaseError):
    """Somebody who should get a message cannot."""

    def __init__(self, written: str, why: str = "is not an address that mail can be sent to") -> None:
        super().__init__(f"{written.strip()[:100]!r} {why}. Write it as name@example.org, or take it off.")


class FilesError(CaseError):
    """The files of a message do not allow it to be sent as it is."""


class NotLaterError(CaseError):
    """An answer cannot be put off to that moment."""

    def __init__(self) -> None:
        super().__init__("An answer can wait for a moment to come, within a year. Choose another one.")


class NotScheduledError(CaseError):
    """The message does not wait for a moment of its own."""

    def __init__(self) -> None:
        super().__init__("This message does not wait for a later moment, so there is nothing to change about it.")


class NotYoursError(CaseError):
    """Somebody else wrote it."""

    def __init__(self, who: str) -> None:
        super().__init__(f"{who} wrote this answer. Ask them, or somebody who may take cases from others.")


class MergedCaseError(CaseError):
    """The case has been merged into another one."""

    def __init__(self, case_id: int, into_id: int) -> None:
        self.into_id = into_id
        super().__init__(f"#{case_id} was merged into #{into_id}. Go on there.")


class SplitError(CaseError):
    """These messages cannot become a case of their own."""


class LinkError(CaseError):
    """These two cases cannot be linked, or are not."""


class SideError(CaseError):
    """Nothing can be written to this third party in this way."""


class SideNotFoundError(CaseError):
    """There is no such side conversation."""

    def __init__(self, side_id: int) -> None:
        super().__init__(f"There is no side conversation {side_id}. Look at the case again.")


class NotTakingCasesError(CaseError):
    """Who is away or on a break is handed no new case."""

    def __init__(self, state: str) -> None:
        where = "on a break" if state == "break" else state
        super().__init__(f"You are {where}, so no new case comes to you. Say that you are available first (F6).")
