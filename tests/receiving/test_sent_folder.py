"""Copies of sent mail: one each, whatever the folder is called and however often it is tried."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from desk.channels.mail.imap import connected
from desk.channels.mail.mailbox_errors import MailboxError, NoFolderError
from desk.channels.mail.sent_folder import append_to_sent, find_in_sent
from tests import dovecot as server
from tests.services.acting import mail

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.dovecot import Dovecot

ANSWER = mail("desk.42.abc@example.com")
SHAPES = [
    (".", "", "Gesendete Elemente"),
    ("/", "", "已发送"),
    ("/", "INBOX/", "Sent"),
    (".", "INBOX.", "Envoyés & lus"),
]


@pytest.fixture(scope="module", params=SHAPES, ids=str)
def shaped(request: pytest.FixtureRequest) -> Iterator[Dovecot]:
    """Servers that separate and name their folders in other ways."""
    if server.PROGRAM is None:
        pytest.skip(server.MISSING)
    separator, prefix, sent = request.param
    running = server.Dovecot(separator=separator, prefix=prefix, sent=sent)
    try:
        running.start()
        yield running
    finally:
        running.remove()


@pytest.mark.parametrize("is_named", [False, True])
def test_a_copy_lands_once_in_the_sent_folder_whatever_it_is_called(shaped: Dovecot, *, is_named: bool) -> None:
    mailbox = shaped.mailbox(sent_folder=shaped.sent if is_named else "")
    assert not find_in_sent(mailbox, "desk.42.abc@example.com")

    for _ in range(3):
        append_to_sent(mailbox, ANSWER, "desk.42.abc@example.com")

    assert find_in_sent(mailbox, "<desk.42.abc@example.com>")
    assert not find_in_sent(mailbox, "desk.42.ab@example.com")
    assert shaped.messages(mailbox, shaped.prefix + shaped.sent, flag="SEEN") == [ANSWER]


def test_a_copy_that_the_provider_has_saved_is_not_doubled(dovecot: Dovecot) -> None:
    mailbox = dovecot.mailbox()
    dovecot.deliver(mailbox, ANSWER, folder="Sent")
    append_to_sent(mailbox, ANSWER, "desk.42.abc@example.com")
    assert len(dovecot.messages(mailbox, "Sent")) == 1


def test_a_folder_is_found_with_strokes_where_the_server_puts_dots(dovecot: Dovecot) -> None:
    mailbox = dovecot.mailbox()
    with dovecot.client(mailbox) as client:
        client.create_folder("Desk.2026.已处理 ok")
    with connected(mailbox) as connection:
        assert connection.name_of("Desk/2026/已处理 ok") == "Desk.2026.已处理 ok"


def test_a_sent_folder_that_is_not_there_is_named_and_never_made(dovecot: Dovecot) -> None:
    mailbox = dovecot.mailbox(sent_folder="Gesendet")
    with pytest.raises(NoFolderError, match="Gesendet"):
        append_to_sent(mailbox, ANSWER, "desk.42.abc@example.com")
    with dovecot.client(mailbox) as client:
        assert "Gesendet" not in [name for _, _, name in client.list_folders()]


@pytest.mark.parametrize("name", ["", "<>", 'a"\r\nA1 DELETE INBOX', "a b\0"])
def test_what_is_no_message_id_is_not_looked_for(dovecot: Dovecot, name: str) -> None:
    with pytest.raises(MailboxError, match="no Message-ID"):
        find_in_sent(dovecot.mailbox(), name)
