"""What can go wrong about account safety, in the desk's words and with what to do next."""

from __future__ import annotations

from desk.services.errors import CaseError


class SafetyError(CaseError):
    """Something about an account does not allow what was asked; nothing was changed."""


class NoPlaybookError(SafetyError):
    """There is no such playbook."""

    def __init__(self) -> None:
        super().__init__("There is no playbook for a stolen account here. Begin one on the customer's case first.")


class SecondPersonError(SafetyError):
    """It takes a second person, and this is not one."""

    def __init__(self, who: str) -> None:
        super().__init__(f"{who} asked for this. It takes a second person: ask a colleague to agree to it.")


class NotProvenError(SafetyError):
    """There is no passed challenge by which an account could be opened."""

    def __init__(self) -> None:
        super().__init__(
            "An account is opened again only after its owner has passed an identity challenge in the last 24 hours. "
            "Send one first."
        )
