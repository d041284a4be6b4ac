"""The words of moments to come in the desk's languages, and where the countries' clocks are."""

from __future__ import annotations

DAYS = {
    name: number
    for number, names in enumerate(
        (
            ("monday", "mon", "senin", "周一", "星期一", "礼拜一"),
            ("tuesday", "tue", "selasa", "周二", "星期二", "礼拜二"),
            ("wednesday", "wed", "rabu", "周三", "星期三", "礼拜三"),
            ("thursday", "thu", "kamis", "周四", "星期四", "礼拜四"),
            ("friday", "fri", "jumat", "jum'at", "周五", "星期五", "礼拜五"),
            ("saturday", "sat", "sabtu", "周六", "星期六", "礼拜六"),
            ("sunday", "sun", "minggu", "ahad", "周日", "周天", "星期日", "星期天", "礼拜天"),
        )
    )
    for name in names
}
"""Days of the week to their numbers from Monday, 0."""

NEAR = {
    "yesterday": -1, "kemarin": -1, "昨天": -1,
    "today": 0, "hari ini": 0, "今天": 0,
    "tomorrow": 1, "besok": 1, "明天": 1,
    "day after tomorrow": 2, "lusa": 2, "后天": 2,
}  # fmt: skip
"""Days by how far off they are."""

UNITS = {
    "m": "minutes", "min": "minutes", "mins": "minutes", "minute": "minutes", "minutes": "minutes", "menit": "minutes",
    "分": "minutes", "分钟": "minutes",
    "h": "hours", "hour": "hours", "hours": "hours", "jam": "hours", "小时": "hours", "钟头": "hours",
    "d": "days", "day": "days", "days": "days", "hari": "days", "天": "days",
    "w": "weeks", "week": "weeks", "weeks": "weeks", "minggu": "weeks", "周": "weeks", "星期": "weeks",
}  # fmt: skip
"""Lengths of time to the words of `timedelta`."""

NOISE = frozenset({"at", "in", "on", "the", "until", "dalam", "lagi", "hingga", "sampai", "later"})
"""Words that change nothing about the moment."""

OPENING = frozenset(
    {"when they open", "they open", "opening", "saat buka", "ketika buka", "jam buka", "开门时", "上班时", "营业时"}
)
"""Ways to say: as soon as somebody is there."""

PARTS_OF_DAY = {
    "morning": ("am", 9), "pagi": ("am", 9), "早上": ("am", 9), "上午": ("am", 9),
    "afternoon": ("pm", 15), "siang": ("pm", 13), "sore": ("pm", 16), "下午": ("pm", 15),
    "evening": ("pm", 19), "malam": ("pm", 19), "晚上": ("pm", 19),
}  # fmt: skip
"""Which half of the day an hour is in, and the hour that is meant where none is said."""

ZONES = {
    "AU": ("Australia/Sydney", 10),
    "BN": ("Asia/Brunei", 8),
    "CN": ("Asia/Shanghai", 8),
    "GB": ("Europe/London", 0),
    "HK": ("Asia/Hong_Kong", 8),
    "ID": ("Asia/Jakarta", 7),
    "IN": ("Asia/Kolkata", 5.5),
    "JP": ("Asia/Tokyo", 9),
    "KR": ("Asia/Seoul", 9),
    "MY": ("Asia/Kuala_Lumpur", 8),
    "NL": ("Europe/Amsterdam", 1),
    "PH": ("Asia/Manila", 8),
    "SG": ("Asia/Singapore", 8),
    "TH": ("Asia/Bangkok", 7),
    "TL": ("Asia/Dili", 9),
    "TW": ("Asia/Taipei", 8),
    "US": ("America/New_York", -5),
    "VN": ("Asia/Ho_Chi_Minh", 7),
}
"""A country's zone where most of its people live, and its hours from UTC where the machine knows no zones."""
