"""What can go wrong between the desk and the wallet, told apart by what the desk may do next."""

from __future__ import annotations

from datetime import datetime


class WalletError(Exception):
    """The wallet did not do, or did not say, what it was asked; the subclasses say which."""


class WalletUnavailableError(WalletError):
    """The wallet was not reached, or said that it did nothing: nothing has happened, the same may be asked again later.

    `since` is when the wallet last stopped answering (aware UTC), where that is known.
    """

    def __init__(self, said: str, since: datetime | None = None) -> None:
        super().__init__(said)
        self.since = since


class WalletRestingError(WalletUnavailableError):
    """The wallet was not asked: it has not been answering since `since`, and is left alone for a while."""


class UnknownOutcomeError(WalletError):
    """The request left and no trustworthy answer came: it may have been done or not, or be done later still.

    `key` is the key of what was asked, if it had one. Ask for it by that key before anything is repeated; repeating
    with the same key is harmless, with another one it may pay twice.
    """

    def __init__(self, said: str, key: str | None = None) -> None:
        super().__init__(said)
        self.key = key


class UnknownAccountError(WalletError):
    """The wallet has no account of that id."""


class UnknownTransactionError(WalletError):
    """The wallet has no transaction of that id."""


class UnknownChallengeError(WalletError):
    """The wallet has no identity challenge of that id."""


class KeyReusedError(WalletError):
    """That key was used before for something else; nothing was done. A new matter needs a new key."""


class ActRefusedError(WalletError):
    """The wallet will not do that with this account as it is (closed, no address on file); its message says why."""


class WalletSetUpError(WalletError):
    """The wallet does not accept this desk (wrong secret, clock, client), or the settings are wrong: a person must act.

    Nothing has happened.
    """


class WalletAnswerError(WalletError):
    """The wallet answered a question with what is no answer by the contract; nothing was changed by asking."""
