"""How common letters are in the writing of languages: enough to tell eight-bit charsets from one another."""

from __future__ import annotations

CANDIDATES = (
    "gb18030",
    "big5hkscs",
    "cp932",
    "euc_jp",
    "euc_kr",
    "koi8_r",
    "cp1251",
    "cp1253",
    "cp1255",
    "cp1256",
    "cp874",
    "cp1252",
    "cp1250",
)

WHOLE_WORDS = frozenset({"koi8_r", "cp1251", "cp1253", "cp1255", "cp1256", "cp874"})
"""Charsets of other alphabets, whose bytes beyond ASCII come in runs."""

_HAN_PLAIN = frozenset(
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里"
    "用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实"
    "请问您号款付账户钱元谢收件已未再支交易订单客服手机码信息日期退查帮助密登录充值余额提现银转到账怎"
)
_HAN_FULL = frozenset(
    "的一是不了在人有我他這個們中來上大為和國地到以說時要就出會可也你對生能而子那得於著下自之年過發後作裡"
    "用道行所然家種事成方多經麼去法學如都同現當沒動面起看定天分還進好小部其些主樣理心她本前開但因只從想實"
    "請問您號款付帳戶錢元謝收件已未再支交易訂單客服手機碼信息日期退查幫助密登錄充值餘額提現銀轉到賬尚"
)
_CYRILLIC = frozenset("оеаинтсрвлкмдпуяыьгзбчйхжшюё")
_CENTRAL = frozenset("áčďéěíňóřšťúůýžąćęłńśźżőűöüäßÁČĎÉŘŠŽŁŚŻ")
_WESTERN = frozenset("àáâãäåæçèéêëìíîïñòóôõöøùúûüýß‘’“”–—…•€£°»«©®¿¡\xa0´ÄÅÖÜÉÀÈÑÇØ")
_NEEDED = {"cp1253": frozenset("άέήίόύώς"), "cp1256": frozenset("لمنوي")}
"""Letters without which no text of an alphabet gets along; without them the bytes are words of another one."""
_WEIGHT = {
    # an everyday Chinese text has about half its characters in the lists above; alphabets need nearly all
    "gb18030": 1.6,
    "big5hkscs": 1.6,
    "cp1252": 0.65,
    "cp1250": 0.6,
    "cp1253": 0.9,
    "cp1255": 0.9,
    "cp1256": 0.9,
    "cp874": 0.9,
}
_SETS = {
    "gb18030": _HAN_PLAIN | frozenset("，。！？、：；“”（）"),
    "big5hkscs": _HAN_FULL | frozenset("，。！？、：；「」（）"),
    "koi8_r": _CYRILLIC,
    "cp1251": _CYRILLIC,
    "cp1250": _CENTRAL,
    "cp1252": _WESTERN,
}
_RANGES = {
    "cp932": ("ぁ", "ヿ"),
    "euc_jp": ("ぁ", "ヿ"),
    "euc_kr": ("가", "힣"),
    "cp1253": ("\u03ac", "\u03ce"),
    "cp1255": ("\u05d0", "\u05ea"),
    "cp1256": ("\u0621", "\u064a"),
    "cp874": ("\u0e01", "\u0e4e"),
}


def commonness(text: str, charset: str) -> float:
    """How everyday the letters beyond ASCII are where `charset` is written; 0 is never, about 1 is surely."""
    beyond = [char for char in text if char > "\x7f"]
    if not beyond or any("\x80" <= char <= "\x9f" for char in beyond):
        return 0.0
    if charset in _SETS:
        everyday = _SETS[charset]
        common = float(sum(char in everyday for char in beyond))
    else:
        first, last = _RANGES[charset]
        common = float(sum(first <= char <= last or char in "、。ー" for char in beyond))
    if charset in ("cp1251", "koi8_r"):
        # capitals are as good only where all is written in them
        common += 0.6 * sum("А" <= char <= "Я" for char in beyond)
    if charset in _NEEDED and not _NEEDED[charset].intersection(beyond):
        common *= 0.6
    return common / len(beyond) * _WEIGHT.get(charset, 1.0)
