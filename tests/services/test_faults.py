"""What strangers, disks and servers do to the services: each fault has a name, and nothing is lost or doubled."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from tests.services.acting import arrived, mail, newest, receive

if TYPE_CHECKING:
    from db.rows import AgentRow
    from desk.services.desk import Desk


def test_a_message_id_of_any_length_and_script_is_taken_in_once(desk: Desk, ana: AgentRow) -> None:
    name = "".join(Random(1).choices([chr(code) for code in range(0x20000, 0x2A6D0)], k=880)).encode()

    page = arrived(desk, ana, mail("NAME@example.org").replace(b"NAME", name))
    assert receive(desk, mail("NAME@example.org", x_copy="yes").replace(b"NAME", name)).known == 1
    receive(desk, mail("second@example.org", in_reply_to="<NAME@example.org>").replace(b"NAME", name))

    assert newest(desk, ana).case.id == page.case.id
