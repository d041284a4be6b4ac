"""The doctor's look at a mailbox: the whole way to it, what it can, and whether somebody reads it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

from db.engine import DatabaseUnavailableError
from desk.channels.mail.imap import MailboxConnection, connected
from desk.channels.mail.mailbox_errors import MailboxError
from desk.doctor.findings import Finding, note, well, wrong
from desk.services import mailboxes
from desk.settings import Mailbox, SettingsError
from desk.settings_mailboxes import OTHER_SECRETS

UNREAD_AFTER = timedelta(minutes=15)
LOCAL = {"localhost", "127.0.0.1", "::1"}
WAYS = {"tls": "over TLS", "starttls": "over TLS (STARTTLS)", "none": "without TLS"}


def mailbox_found(name: str, mailbox: Mailbox) -> Iterator[Finding]:
    """Everything about one mailbox."""
    about = f"mailbox {name}"
    if not mailbox.enabled:
        yield note(about, "It is not read, because `enabled` is false.")
        return
    yield from _settings_found(about, mailbox)
    try:
        with connected(mailbox) as connection:
            yield well(about, f"{mailbox.user} is signed in at {mailbox.host}:{mailbox.port} {WAYS[mailbox.security]}.")
            yield from _folders_found(about, mailbox, connection)
    except MailboxError as error:
        yield wrong(about, str(error))
    yield from _reading_found(about, name, mailbox)


def _settings_found(about: str, mailbox: Mailbox) -> Iterator[Finding]:
    if mailbox.security == "none" and mailbox.host not in LOCAL:
        yield note(about, "The password and all mail cross the network in the clear. Set `security` to 'tls'.")
    other = [name for name in OTHER_SECRETS if getattr(mailbox, name)]
    if mailbox.password and other:
        yield note(about, f"`password` is set but not used, because `{other[0]}` is set as well. Remove it.")


def _folders_found(about: str, mailbox: Mailbox, connection: MailboxConnection) -> Iterator[Finding]:
    try:
        connection.open(mailbox.folder, to_change=mailbox.after != "leave")
        yield well(about, f"The folder {mailbox.folder} can be read.")
    except MailboxError as error:
        yield wrong(about, str(error))
    if mailbox.after == "move":
        try:
            yield well(about, f"Read mail goes into {connection.name_of(mailbox.move_to)}.")
        except MailboxError as error:
            yield wrong(about, f"{error} Until then, read mail stays where it is. The key is `move_to`.")
    if connection.can_idle:
        yield well(about, "The server tells of new mail by itself (IDLE).")
    else:
        yield note(about, f"The server does not tell of new mail; it is asked every {mailbox.poll_seconds} seconds.")
    try:
        yield well(about, f"Copies of answers go into {connection.sent_folder()}.")
    except MailboxError as error:
        yield (wrong if mailbox.sent_folder else note)(about, f"{error} Until then, no copies are kept there.")


def _reading_found(about: str, name: str, mailbox: Mailbox) -> Iterator[Finding]:
    from desk.bootstrap import build

    try:
        desk = build()
        with closing(desk.database):
            if desk.database.path is not None and not desk.database.path.exists():
                return
            state = mailboxes.states(desk).get((name, mailbox.folder))
    except Exception as error:  # noqa: BLE001  (what is wrong with the database is told by its own finding)
        if not isinstance(error, DatabaseUnavailableError | SettingsError):
            yield note(about, "How far it was read cannot be told before the database is ready.")
        return
    if state is None or state.checked_at is None:
        yield note(about, "It was never read. Start `desk worker`, or open the desk.")
    elif state.failing_since is not None:
        yield wrong(about, f"Since {state.failing_since:%Y-%m-%d %H:%M} UTC there is trouble: {state.error}")
    elif datetime.now(UTC) - state.checked_at > UNREAD_AFTER:
        yield note(
            about,
            f"It was last read at {state.checked_at:%Y-%m-%d %H:%M} UTC. Start `desk worker`, or open the desk.",
        )
    else:
        yield well(about, f"It was read at {state.checked_at:%H:%M} UTC, up to UID {state.last_uid}.")
