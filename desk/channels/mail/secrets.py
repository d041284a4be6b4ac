"""Where the secret of a mailbox comes from: fetched at each login, kept nowhere."""

from __future__ import annotations

import subprocess
from pathlib import Path

from desk.channels.mail.mailbox_errors import MailboxError
from desk.settings import Mailbox, Smtp

COMMAND_SECONDS = 30


def secret_of(mailbox: Mailbox | Smtp) -> str:
    """The password or the access token with which to sign in. Raises `MailboxError` when there is none.

    The plain `password` is used only when no other source is named.
    """
    if mailbox.token_command:
        secret, source = _printed_by(mailbox.token_command), "`token_command` printed nothing"
    elif mailbox.token_file or mailbox.password_file:
        name = mailbox.token_file or mailbox.password_file
        secret, source = in_file(name), f"{name} is empty"
    elif mailbox.keyring:
        secret, source = (
            in_keyring(mailbox.keyring, mailbox.user),
            (
                f"The keyring has no password for {mailbox.user} under {mailbox.keyring!r}; "
                f"put it there with `keyring set {mailbox.keyring} {mailbox.user}`"
            ),
        )
    else:
        secret, source = (
            mailbox.password,
            ("No password is set; name one with `password_file`, `keyring`, `token_command` or in the environment"),
        )
    if not secret:
        raise MailboxError(f"{source}.", "secret")
    return secret


def in_file(name: str) -> str:
    """The secret in a file. Raises `MailboxError`."""
    try:
        return Path(name).expanduser().read_text(encoding="utf-8").strip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not text"
        raise MailboxError(f"The secret in {name} cannot be read: {why}.", "secret") from error


def in_keyring(service: str, user: str) -> str:
    """The secret that the system's keyring has; empty where it has none. Raises `MailboxError`."""
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError as error:
        raise MailboxError(
            "`keyring` is set but not installed. Install it: pip install 'desk[keyring]'.", "secret"
        ) from error
    try:
        return keyring.get_password(service, user) or ""
    except KeyringError as error:
        raise MailboxError(
            f"The system's keyring cannot be used: {error}. Use `password_file` instead.", "secret"
        ) from error


def _printed_by(command: tuple[str, ...]) -> str:
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=COMMAND_SECONDS, check=False
        )
    except OSError as error:
        raise MailboxError(f"`token_command` cannot be run: {error.strerror or error}.", "secret") from error
    except subprocess.TimeoutExpired as error:
        raise MailboxError(f"`token_command` took longer than {COMMAND_SECONDS} seconds.", "secret") from error
    if done.returncode:
        # Not its output: that may hold the token.
        raise MailboxError(f"`token_command` ended with code {done.returncode}. Run it by hand to see why.", "secret")
    return done.stdout.decode("utf-8", "replace").strip()
