"""Mail on its way out: to the SMTP server, then as a copy into the Sent folder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from db.rows import OutgoingRow
from desk.channels.mail.sent_folder import append_to_sent, find_in_sent
from desk.channels.mail.smtp import SmtpSender
from desk.channels.sending import Taken, unnoted
from desk.settings import Mail


class MailSender:
    """Sends by SMTP and keeps a copy in the Sent folder of the mailbox that the answer is from, where there is one."""

    def __init__(self, settings: Mail) -> None:
        self._mail = settings
        self._smtp = SmtpSender(settings)

    def send(self, message: OutgoingRow, begun: Callable[[], object] = unnoted) -> Taken:
        """Hand the mail to the server; once it is taken, a copy that cannot be kept is only told of.

        Raises what `SmtpSender.send` raises; never anything about the copy.
        """
        mail = self._smtp.composed(message)
        taken = self._smtp.deliver(mail, message, begun)
        try:
            self._keep(message, mail.raw)
        except Exception as error:  # noqa: BLE001  (the mail has left: nothing here may make it look unsent)
            return replace(taken, no_copy=str(error) or type(error).__name__)
        return taken

    def keep_copy(self, message: OutgoingRow) -> None:
        """Put a copy of a mail that was sent into its Sent folder, unless it is there. Raises whatever is wrong."""
        self._keep(message, self._smtp.composed(message).raw)

    def was_sent(self, message: OutgoingRow) -> bool | None:
        """Whether the mail lies in its Sent folder; None where there is none to look into. Raises whatever is wrong."""
        mailbox = self._mail.keeps_sent(message.details.get("mailbox"))
        if mailbox is None or not message.external_id:
            return None
        return find_in_sent(mailbox, message.external_id)

    def _keep(self, message: OutgoingRow, raw: bytes) -> None:
        mailbox = self._mail.keeps_sent(message.details.get("mailbox"))
        if mailbox is not None and message.external_id:
            append_to_sent(mailbox, raw, message.external_id)
