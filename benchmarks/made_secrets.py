"""A made list of what customers send: true secrets, and numbers that only look like them, in three languages."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from desk.rules.card_numbers import is_card_number

ISSUED = (
    ("4", 16), ("4", 13), ("4", 19), ("51", 16), ("55", 16), ("2221", 16), ("2720", 16), ("34", 15), ("37", 15),
    ("3530", 16), ("62", 16), ("622", 19), ("6011", 16), ("65", 16), ("36", 14), ("305", 14), ("5018", 16),
    ("1946", 16), ("6013", 16), ("6304", 16),
)  # fmt: skip
"""Prefixes and lengths of networks' cards, ours at home (GPN) among them."""

CARDS = {
    "id": (
        "kartu saya {} tidak bisa dipakai", "Nomor kartu: {}, exp 12/28", "saya bayar pakai visa {} kemarin",
        "No kartu debit ({}) hilang kak", "tolong cek {}", "kartu kredit {} ditolak terus", "ini nomornya {} ya min",
        "{}\nitu kartu saya", "kartunya:\n{}", "saldo kepotong dari kartu {} Rp150.000",
    ),
    "en": (
        "my card number is {} please check", "{}", "I paid with {}.", "card={};", "Card no. {} was charged twice",
        "here it is: {} thanks", "visa {} exp 11/27 does not work", "the card ending 1234 is {}",
        "I tried {} and it was declined", "Debit card {}, name Anna Lee",
    ),
    "zh": (
        "卡号{}，请帮我查", "我的银行卡是 {} 谢谢", "信用卡 {} 被扣了两次", "卡：{}", "我用{}付款失败", "请查一下{}",
        "借记卡号码是{}。", "我的卡（{}）丢了", "{} 这张卡不能用", "银行卡号：{}",
    ),
}  # fmt: skip
CODES = {
    "id": (
        "PIN saya {6}", "pin: {6}", "kode OTP {6}", "OTP: {4}", "kode verifikasi saya adalah {6}", "otp nya {6}",
        "OTP yang masuk {6}", "pin baru saya {6}", "kode rahasia {4}", "{6} adalah PIN saya", "PIN ATM saya {3} {3}",
        "cvv {3}", "password saya: Rahasia{2}!", "kata sandi saya adalah budi{4}", "sandi: kucing{2}", "kode sms {6}",
    ),
    "en": (
        "my pin is {4}", "my PIN is {6}", "{6} is my verification code", "verification code: {3} {3}", "OTP {6}",
        "one-time password is {6}", "security code {4}", "sms code {4}", "cvv is {3}", "the code i got: otp {6}",
        "password: hunter{2}", "my password is P@ss{2}word", "login code {6}", "passcode {6}", "pin code {4}",
    ),
    "zh": (
        "验证码是{6}", "验证码：{4}", "我的支付密码是{6}", "密码是abc{5}", "登录密码：qwe{3}", "动态码 {6}",
        "短信码{6}", "PIN码是{6}", "取款密码{6}", "校验码：{6}", "交易密码：{6}", "我的OTP是{6}", "口令：tiger{3}",
    ),
}  # fmt: skip
LOOK_ALIKES = {
    "id": (
        "nomor pesanan {16}", "pesanan 62{14}", "+62 812-{4}-{4}", "0812{8}", "hp saya 628{11}", "Rp 1.{3}.{3}",
        "Rp{3}.000", "saya transfer {6} pagi tadi", "VA 8808{12}", "nomor virtual account 4{15}", "resi JNE {15}",
        "no resi: JP{10}", "ID transaksi: {18}", "trx 4{15}", "no rek 1{9}", "rekening BCA {10}", "NIK 31{14}",
        "NPWP 09.254.{3}.4-407.000", "tanggal 2026-11-25 14:30", "jam 14.30 tanggal 25/11/2026", "imei 35{13}",
        "PIN saya lupa", "OTP tidak masuk, sudah 10 menit", "saya minta OTP 3 kali", "kode OTP 6 digit",
        "jangan berikan PIN", "kata sandi: tidak bisa", "PIN 6 digit baru", "saldo saya 1.{3}.{3},00",
        "kode error E{4}", "kode pos 1{4}", "kode promo HEMAT{2}", "versi aplikasi 7.{2}.1", "tiket #{5}",
        "kartu berakhiran {4}",
    ),
    "en": (
        "order {16}", "order id 4{15}", "Ref 4{15}", "invoice INV-{8}", "transaction id 5{15}",
        "tracking number 1Z{16}", "tracking: 9400 1{3} {4} {4} {4} {2}", "phone +1 (415) 555-0{3}", "USD 1,{3}.00",
        "IDR {3},000",
        "IBAN DE89 3704 0044 0532 0130 00", "IBAN GB29NWBK60161331926819", "account number 4{11}", "serial 5{15}",
        "the verification code never arrives for 2 days", "my password is wrong", "password is not accepted",
        "error code 5{3}", "on 25 Nov 2026 at 14:05", "card ending in {4}", "#1{4}", "ticket {7}",
        "my pin does not work since 2025", "app version 5.1{2}", "I waited {2} minutes for the otp", "booking {10}",
        "id 3f2504e0-4f89-11d3-9a0c-0305e82c3301", "ip 10.{2}.{2}.1", "MCC 5{3}", "https://pay.example/t/4{15}",
    ),
    "zh": (
        "订单号 62{16}", "订单号：4{15}", "流水号{18}", "运单号 {12}", "手机 138{8}", "电话+86 138{8}", "金额{4}元",
        "转账{6}元", "账号 62{16}", "身份证 310101199001{6}", "验证码5分钟没收到", "密码忘记了", "验证码发了3次都没到",
        "2026年11月25日14点30分", "参考号 5{15}", "余额 1,{3}.00", "错误代码 5{3}", "尾号{4}的卡", "快递单号 7{14}",
        "密码是6位数字吗", "交易号：{20}", "虚拟账号 8808{12}",
    ),
}  # fmt: skip
AROUND = {"id": ("halo kak, ", " terima kasih"), "en": ("Hi, ", " thanks"), "zh": ("您好，", " 谢谢")}
GROUPINGS = (
    "{}", " ", "-", ".", "\u00a0", " - ", "\u2013", "full",
)  # fmt: skip


def secrets(random: Random, each: int = 20) -> Iterator[tuple[str, str]]:
    """Texts with one secret, and the digits or word that must not be read in them any more, `each` of a pattern."""
    for language, patterns in CARDS.items():
        for pattern in patterns:
            for _ in range(each):
                number = card(random)
                yield _around(random, language, pattern.format(_written(random, number))), number
    for language, patterns in CODES.items():
        for pattern in patterns:
            for _ in range(each):
                digits: list[str] = []
                text = _filled(random, pattern, digits)
                yield _around(random, language, text), "".join(digits)


def look_alikes(random: Random, each: int = 30) -> Iterator[str]:
    """Texts with numbers and no secret, `each` of a pattern."""
    for language, patterns in LOOK_ALIKES.items():
        for pattern in patterns:
            for _ in range(each):
                yield _around(random, language, _filled(random, pattern, []))


def card(random: Random) -> str:
    """A card number with a right check digit."""
    prefix, length = random.choice(ISSUED)
    body = prefix + "".join(random.choice("0123456789") for _ in range(length - len(prefix) - 1))
    return next(body + last for last in "0123456789" if is_card_number(body + last))


def _written(random: Random, number: str) -> str:
    between = random.choice(GROUPINGS)
    if between == "{}":
        return number
    if between == "full":
        return number.translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    return between.join(number[at : at + 4] for at in range(0, len(number), 4))


def _filled(random: Random, pattern: str, digits: list[str]) -> str:
    while "{" in pattern:
        start, end = pattern.index("{"), pattern.index("}")
        some = "".join(random.choice("0123456789") for _ in range(int(pattern[start + 1 : end])))
        digits.append(some)
        pattern = pattern[:start] + some + pattern[end + 1 :]
    return pattern


def _around(random: Random, language: str, text: str) -> str:
    before, after = AROUND[language]
    return f"{random.choice(('', before))}{text}{random.choice(('', after))}"
