"""When a customer is called back, in their words and by the service's clock: `Kamis 26 November, 08.00–08.30 WIB`."""

from __future__ import annotations

from datetime import datetime, tzinfo

DAYS = {
    "id": ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "zh": ("星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日"),
}
MONTHS = {
    "id": (
        "Januari", "Februari", "Maret", "April", "Mei", "Juni",
        "Juli", "Agustus", "September", "Oktober", "November", "Desember",
    ),
    "en": (
        "January", "February", "March", "April", "May", "June",
        "July", "August", "September", "October", "November", "December",
    ),
}  # fmt: skip


def slot_words(start: datetime, end: datetime, language: str, zone: tzinfo) -> str:
    """A slot (aware) as text to customers in `id`, `en` or `zh`; the zone is named."""
    first, last = start.astimezone(zone), end.astimezone(zone)
    day, zone_name = DAYS[language][first.weekday()], f"{first:%Z}"
    if language == "zh":
        return f"{first.month}月{first.day}日（{day}）{first:%H:%M}–{last:%H:%M}（{zone_name}）"
    month = MONTHS[language][first.month - 1]
    clock = "%H.%M" if language == "id" else "%H:%M"
    return f"{day} {first.day} {month}, {first:{clock}}–{last:{clock}} {zone_name}"
