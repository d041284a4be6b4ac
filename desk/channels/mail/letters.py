"""How common letters are in the writing of languages: enough to tell eight-bit charsets from one another."""

from __future__ import annotations

from collections.abc import Callable

CANDIDATES = ("gb18030", "big5hkscs", "cp932", "euc_jp", "cp949", "koi8_r", "cp1251", "cp1253", "cp1255",
              "cp1256", "cp874", "cp1250", "cp1252")  # fmt: skip

WHOLE_WORDS = frozenset({"koi8_r", "cp1251", "cp1253", "cp1255", "cp1256", "cp874"})
"""Charsets of other alphabets, whose bytes beyond ASCII come in runs."""

_HAN_PLAIN = frozenset(
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里"
    "用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实"
    "请问您号款付账户钱元谢收件已未再支交易订单客服手机码信息日期"
)
_HAN_FULL = frozenset(
    "的一是不了在人有我他這個們中來上大為和國地到以說時要就出會可也你對生能而子那得於著下自之年過發後作裡"
    "用道行所然家種事成方多經麼去法學如都同現當沒動面起看定天分還進好小部其些主樣理心她本前開但因只從想實"
    "請問您號款付帳戶錢元謝收件已未再支交易訂單客服手機碼信息日期"
)
_CYRILLIC = frozenset("оеаинтсрвлкмдпуяыьгзбчйхжшю")
_CENTRAL = frozenset("áčďéěíňóřšťúůýžąćęłńśźżőűöüäß")
_WESTERN = frozenset("àáâãäåæçèéêëìíîïñòóôõöøùúûüýß‘’“”–—…•€£°»«©®\xa0´ÄÖÜÉÀÈ")


def commonness(text: str, charset: str) -> float:
    """From 0 to 1: the share of the letters beyond ASCII that are everyday ones where `charset` is written."""
    beyond = [char for char in text if char > "\x7f"]
    if not beyond:
        return 0.0
    if any("\x80" <= char <= "\x9f" for char in beyond):
        return 0.0
    common = sum(map(_everyday(charset), beyond)) / len(beyond)
    return common * _WEIGHT.get(charset, 1.0)


# an everyday Chinese text has about half its characters in the lists above; single-byte sets need nearly all
_WEIGHT = {"gb18030": 1.6, "big5hkscs": 1.6, "cp1252": 0.62, "cp1250": 0.6, "cp1253": 0.9, "cp1256": 0.9,
           "cp1255": 0.9, "cp874": 0.9, "koi8_r": 1.0, "cp1251": 1.0}  # fmt: skip


def _everyday(charset: str) -> Callable[[str], bool]:
    ranges: dict[str, Callable[[str], bool]] = {
        "cp932": lambda c: "\u3041" <= c <= "\u30ff" or c in "、。ー",
        "euc_jp": lambda c: "\u3041" <= c <= "\u30ff" or c in "、。ー",
        "cp949": lambda c: "\uac00" <= c <= "\ud7a3",
        "cp1253": lambda c: "\u03ac" <= c <= "\u03ce",
        "cp1255": lambda c: "\u05d0" <= c <= "\u05ea",
        "cp1256": lambda c: "\u0621" <= c <= "\u064a",
        "cp874": lambda c: "\u0e01" <= c <= "\u0e4e",
    }
    if charset in ranges:
        return ranges[charset]
    sets = {"gb18030": _HAN_PLAIN | frozenset("，。！？、：；“”（）"),
            "big5hkscs": _HAN_FULL | frozenset("，。！？、：；「」（）"),
            "koi8_r": _CYRILLIC, "cp1251": _CYRILLIC, "cp1250": _CENTRAL, "cp1252": _WESTERN}  # fmt: skip
    return sets[charset].__contains__
