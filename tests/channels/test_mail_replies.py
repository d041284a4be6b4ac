"""What is newly written in an answer, for the mail clients and languages that customers use."""

from __future__ import annotations

from pathlib import Path

import pytest

from desk.channels.mail import read_mail
from desk.channels.mail.replies import newly_written

SAMPLES = Path(__file__).parent / "mail_samples"
NEW = "Baik, terima kasih.\nSaya tunggu."
INTRODUCTIONS = [
    "On Tue, Mar 3, 2026 at 10:00 AM Siti Aminah <x@y.example> wrote:",
    "Pada tanggal Sel, 3 Mar 2026 pukul 10.00 Siti Aminah <\nx@y.example> menulis:",
    "Siti <x@y.example> 于2026年3月3日周二 上午10:00写道：",
    '在 2026-03-03 10:00:00，"Siti" <x@y.example> 写道：',
    "2026年3月3日(火) 10:00 Siti <x@y.example>:",
    "Am 03.03.2026 um 10:00 schrieb Siti <x@y.example>:",
    "Le 3 mars 2026 à 10:00, Siti <x@y.example> a écrit :",
    "Op 3 mrt. 2026 om 10:00 heeft Siti <x@y.example> het volgende geschreven:",
    "вт, 3 мар. 2026 г. в 10:00, Siti <x@y.example>:",
    "Em ter., 3 de mar. de 2026 às 10:00, Siti <x@y.example> escreveu:",
    "Vào Th 3, 3 thg 3, 2026 vào lúc 10:00 Siti <x@y.example> đã viết:",
    "Dari: Siti <x@y.example>\nDikirim: Selasa, 03 Maret 2026 10:00\nKepada: a@b.example\nSubjek: halo",
    "________________________________\nFrom: Siti <x@y.example>\nSent: Tuesday\nTo: a@b.example\nSubject: hi",
    "发件人： Siti\n发送时间： 2026-03-03 10:00\n收件人： a\n主题： 你好",
    '------------------ 原始邮件 ------------------\n发件人: "Siti"<x@y.example>;',
    "---- 回复的原邮件 ----\n| 发件人 | Siti<x@y.example> |\n| 日期 | 2026年03月03日 |",
    "-------- Pesan asli --------\nDari: Siti <x@y.example>\nTanggal: 03/03/26 10:00\nKe: a@b.example\nSubjek: halo",
    "-----Original Message-----\nFrom: Siti",
    "##- Please type your reply above this line -##",
]


@pytest.mark.parametrize("quote", ["\nisi lama\nbaris dua", "\n> isi lama\n> baris dua"], ids=["bare", "marked"])
@pytest.mark.parametrize("introduction", INTRODUCTIONS)
def test_what_follows_the_introduction_of_a_quote_is_not_new(introduction: str, quote: str) -> None:
    assert newly_written(f"{NEW}\n\n{introduction}\n{quote}") == NEW


def blocks(name: str) -> list[object]:
    """The blocks of a sample, each below a line with its name: what mail programs write, set down from knowledge."""
    found = (SAMPLES / name).read_text(encoding="utf-8").split("§ ")[1:]
    pairs = [block.strip("\n").split("\n", 1) for block in found]
    return [pytest.param(words, id=f"{title}-{number}") for number, (title, words) in enumerate(pairs, 1)]


@pytest.mark.parametrize("html", blocks("clients.txt"))
def test_the_html_of_all_mail_programs_is_parted_into_new_and_old(html: str) -> None:
    body = html.replace("{OLD}", "<p>Dear Siti,</p><p>pesan lama</p>")
    mail = read_mail(b"From: a@b.example\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + body.encode())
    assert mail.reply_text == "Baru"
    assert "pesan lama" in mail.text
    assert not any("\ue000" <= char <= "\uf8ff" for char in mail.text)


def test_an_answer_written_into_the_signature_is_not_lost() -> None:
    html = '<div class="gmail_signature">Uang saya hilang</div><blockquote type="cite">lama</blockquote>'
    mail = read_mail(b"From: a@b.example\r\nContent-Type: text/html\r\n\r\n" + html.encode())
    assert mail.reply_text == "Uang saya hilang"


@pytest.mark.parametrize("introduction", blocks("introductions.txt"))
def test_the_introductions_of_all_mail_programs_are_known(introduction: str) -> None:
    old = "Dear Siti,\n\nyour money is on its way.\n\nKind regards\nDesk"
    marked = "\n".join(f"> {line}".rstrip() for line in old.split("\n"))
    for quote in (f"\n\n{old}", f"\n{old}", f"\n{marked}", f"\n\n{marked}"):
        assert newly_written(f"{NEW}\n\n{introduction}{quote}") == NEW


@pytest.mark.parametrize("line", (SAMPLES / "signatures.txt").read_text(encoding="utf-8").splitlines())
def test_the_signature_of_a_program_is_not_new(line: str) -> None:
    assert newly_written(f"{NEW}\n\n{line}") == NEW


@pytest.mark.parametrize(
    "ending",
    [
        "Dikirim dari iPhone saya",
        "Sent from my iPhone",
        "发自我的iPhone",
        "Get Outlook for iOS",
        "Dikirim dari Yahoo Mail di Android",
        "Von meinem iPhone gesendet",
        "-- \nSiti Aminah\n0812",
    ],
)
def test_signatures_of_people_and_telephones_are_not_new(ending: str) -> None:
    assert newly_written(f"{NEW}\n\n{ending}") == NEW


def test_answers_between_quotes_keep_what_they_answer() -> None:
    text = "Pada 3 Mar 2026 10.00, X <x@y.example> menulis:\n\n> Nomor HP?\n\n0812\n\n> Nama?\n\nSiti\n\n> Salam,\n> X"
    assert newly_written(text) == "> Nomor HP?\n\n0812\n\n> Nama?\n\nSiti"


def test_an_answer_below_one_quote_stands_alone() -> None:
    assert newly_written("On 3 Mar 2026 10:00, X <x@y.example> wrote:\n> lama\n\nbaru") == "baru"


@pytest.mark.parametrize(
    "text",
    [
        "Please tell me: when?",
        "On Monday I sent you 100.000:\n- one\n- two",
        "Dari: Budi\nKe: Ani\nJumlah: 100",
        "Nama: Budi\nTanggal: 3/3/2026\nNo: 1\nPerihal: refund",
        "1 > 2 dan\n3 > 2",
        "> hanya kutipan",
        "-- Budi",
    ],
)
def test_honest_text_that_looks_like_a_quote_is_kept(text: str) -> None:
    assert newly_written(text) == text


@pytest.mark.parametrize(
    ("name", "reply", "language"),
    [
        ("gmail-indonesian", "Sudah saya cek, saldonya belum masuk juga kak.", "id"),
        ("qq-chinese", "退款还没有收到，请帮我查一下，谢谢。", "zh"),
        ("outlook-html-indonesian", "Dana sudah kami kirim.\nTanggal  Jumlah\n1 Maret  Rp 50.000", "id"),
    ],
)
def test_whole_messages_of_clients_are_split(name: str, reply: str, language: str) -> None:
    mail = read_mail((SAMPLES / f"{name}.eml").read_bytes())
    assert [line.rstrip() for line in mail.reply_text.splitlines() if line] == reply.splitlines()
    assert mail.language == language
    assert mail.error is None


@pytest.mark.parametrize(
    "html",
    [
        '<div>Baru</div><div class="gmail_quote"><div>Pada Sel, 3 Mar 2026 10.00 X &lt;x@y.example&gt; menulis:</div>'
        "<blockquote>lama</blockquote></div>",
        '<div>Baru</div><div id="appendonsend"></div><hr><div id="divRplyFwdMsg"><b>Dari:</b> X</div><div>lama</div>',
        '<div>Baru</div><div class="yahoo_quoted">lama</div>',
        '<div>Baru</div><div id="isReplyContent">lama</div>',
        "<div>Baru</div><blockquote type='cite'>lama</blockquote>",
    ],
)
def test_quotes_in_html_are_told_by_how_clients_mark_them(html: str) -> None:
    mail = read_mail(b"From: a@b.example\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + html.encode())
    assert mail.reply_text == "Baru"
    assert "lama" in mail.text


HONEST = [
    "On 3 March 2026 I sent you 100.000 from:\n- BCA 123\n- BRI 456",
    "Pada tanggal 3 Maret 2026 saya transfer dari:\nBCA 123\nke BRI 456",
    "Hi,\nthis is what the agent wrote on 3/3/2026:\nYour card is blocked\nCan you explain?",
    "Agent Budi said on 3 March 2026 10:00:\nThe refund takes 3 days. It is now 10 days.",
    "I wrote to you on 1 March 2026:\nno answer so far.",
    "Nama: Siti Aminah\nEmail: siti@c.example\nTanggal: 3/3/2026 10:00\nKeluhan: saldo hilang",
    "Name: Siti\nEmail: siti@c.example\nDate: 3/3/2026 10:00\nSubject: top up",
    "From: BCA 123\nTo: BRI 456\nDate: 3/3/2026\nAmount: 100.000",
    "Transfer details\nFrom: Siti\nTo: Budi\nDate: 3 March 2026\nplease check",
    "Dari: BCA\nKe: Gopay\nTanggal: 3/3/2026\nJumlah: 50rb",
    "付款时间: 2026-03-03\n收款人: 王\n金额: 100",
    "Order date: 2026-03-03\nOrder no: 12\nTotal: 10",
    "Here is the list:\n----------\nitem 1\n----------\nitem 2",
    "=== Data ===\nNo HP: 0812\nNama: Siti",
    "--- kronologi ---\n10:00 transfer\n10:05 saldo kepotong",
    "Selamat pagi,\nPada Senin 2 Maret 2026 pukul 10:00 CS Budi menulis di chat:\nmohon tunggu\nTapi belum ada.",
    "We were told on 2026-03-01:\n1. wait\n2. call",
    "Le 3 mars 2026 j'ai écrit :\nrien reçu",
    "Am 3. März 2026 habe ich geschrieben:\nkeine Antwort",
    "wrote:\nhi",
    "Budi wrote: hi there",
    "Re: my card\nSent on: 3 March",
    "a > b: false\nc > d: true",
    "From 3 March to 5 March: nothing\nTo date: nothing\nSubject: card",
    "Dear team,\n\nDate: 3 March 2026\nTo: Desk\nSubject: Complaint\n\nMy card was swallowed.",
    "Kepada Yth. Desk\nPerihal: Komplain\nTanggal: 3 Maret 2026\n\nSaya kecewa.",
    "Hal: Komplain\nKepada: Desk\nTanggal: 3 Maret 2026\n\nSaya kecewa.",
    "please reply above the amount --- thanks",
    "-----\nSiti",
    "Thanks\n- Siti",
    "Dana 3.3.2026 masuk:\n500rb",
    "2026-03-03 10:00 saya kirim ke budi@c.example:\n100rb",
]
LAST_LINES = [
    "Sent from my BCA account on Monday.",
    "Sent from my bank to yours",
    "Sent via transfer to account 123456789",
    "Sent with JNE, resi 0012345",
    "Dikirim dari gudang kemarin tapi belum sampai",
    "Dikirim dengan JNE tanggal 3",
    "Dikirim dari rekening BCA saya",
    "Dikirim melalui ATM Mandiri",
    "Aus der App habe ich nichts gehört",
    "Von der Bank kam nichts",
    "Enviado desde mi cuenta el lunes",
    "Envoyé depuis mon compte hier",
    "Saya pakai Outlook di Android",
    "my iphone is broken since the update",
    "I can't log in on my iPhone",
    "Saya transfer dari HP tapi gagal",
    "Get me my money back",
    "Outlook does not show it",
    "Transfer from my phone failed",
    "我的钱是从银行发送的吗？",
    "来自上海",
    "Please excuse the late reply.",
    "Отправлено вчера с карты",
    "Inviato ieri dalla banca",
    "Terkirim tapi belum masuk",
]


@pytest.mark.parametrize("text", HONEST)
def test_what_people_tell_and_list_is_not_taken_for_a_quote(text: str) -> None:
    assert newly_written(text) == text
    assert newly_written(f"Halo,\n{text}") == f"Halo,\n{text}"


@pytest.mark.parametrize("line", LAST_LINES)
def test_a_last_line_of_a_person_is_not_taken_for_that_of_a_program(line: str) -> None:
    assert newly_written(f"Halo,\n{line}") == f"Halo,\n{line}"
