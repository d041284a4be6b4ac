"""Mail as a support desk gets it, made from a seed: replies with quotes, HTML, files, three languages."""

from __future__ import annotations

import random
from email.message import EmailMessage
from email.policy import SMTP

TEXTS = (
    "Halo,\n\nSaya bayar di Toko Maju Rp{n}.000 tapi saldo terpotong dua kali. Mohon dicek ya.\n\nTerima kasih\n{who}",
    "Hello,\n\nmy payment of Rp {n},000 failed with error E{n} but the money is gone. Please help.\n\nRegards,\n{who}",
    "您好，\n\n我在便利店付款{n}元失败，但余额已被扣除。请帮忙查询。\n\n谢谢\n{who}",
)
NAMES = ("Budi Santoso", "Anna Lee", "王小明", "Dewi Lestari", "José Álvarez")


def mails(count: int, seed: int = 1) -> list[bytes]:
    """So many messages; about a third answer an earlier one, a fifth carry a file of 20 kB."""
    chance = random.Random(seed)
    return [_mail(chance, number) for number in range(count)]


def _mail(chance: random.Random, number: int) -> bytes:
    who = chance.choice(NAMES)
    text = chance.choice(TEXTS).format(n=chance.randint(10, 999), who=who)
    mail = EmailMessage(policy=SMTP)
    mail["From"] = f'"{who}" <customer{chance.randint(1, 2000)}@example.com>'
    mail["To"] = "support@example.com"
    mail["Date"] = "Mon, 23 Nov 2026 18:40:00 +0700"
    mail["Message-ID"] = f"<{number}@mail.example.com>"
    mail["Subject"] = chance.choice(("Saldo terpotong dua kali", "付款失败", "Payment failed", "Re: refund"))
    for trace in range(4):
        mail["Received"] = f"from relay{trace}.example.net by mx.example.com with ESMTPS id {number}; {mail['Date']}"
    if number and chance.random() < 0.33:
        answered = chance.randrange(number)
        mail["In-Reply-To"] = f"<{answered}@mail.example.com>"
        mail["References"] = f"<{answered}@mail.example.com>"
        text += "\n\nOn Mon, 23 Nov 2026 at 18:00, Wallet support wrote:\n" + "> a line of what was said before\n" * 12
    mail.set_content(text)
    if chance.random() < 0.6:
        mail.add_alternative("<html><body>" + text.replace("\n", "<br>\n") + "</body></html>", subtype="html")
    if chance.random() < 0.2:
        mail.add_attachment(chance.randbytes(20_000), maintype="image", subtype="jpeg", filename="bukti.jpg")
    return mail.as_bytes()
