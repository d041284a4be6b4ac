"""Draws the real screens as SVG, for the README: `python docs/make_pictures.py URL LOGIN FOLDER`.

Each picture is the screen after some keys. Chinese and Indonesian text stays readable in browsers and in rsvg-convert.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from desk.tui.app import DeskApp
from desk.tui.gateway import Gateway

PICTURES = {
    "queue": ((120, 32), ()),
    "queue-80": ((80, 24), ("j", "j")),
    "case": ((120, 32), ("enter",)),
    "answers": ((120, 32), ("enter", "c")),
    "keys": ((80, 24), ("question_mark",)),
}
"""Name to the size in cells and the keys pressed."""

FONTS = "'Fira Code', 'DejaVu Sans Mono', 'Noto Sans Mono CJK SC', monospace"
SETTLED_SECONDS = 1.5


def readable(svg: str) -> str:
    """The picture with fonts that have Chinese, and blanks that every renderer keeps."""
    svg = svg.replace("&#160;", " ").replace("font-family: Fira Code", f"font-family: {FONTS}")
    return svg if "xml:space" in svg else svg.replace("<text ", '<text xml:space="preserve" ')


async def picture(url: str, login: str, size: tuple[int, int], keys: tuple[str, ...]) -> str:
    """The screen of that size after those keys."""
    gateway = Gateway(url=url, login=login)
    app = DeskApp(gateway, with_worker=False)
    try:
        async with app.run_test(size=size) as pilot:
            for key in ("", *keys):
                if key:
                    await pilot.press(key)
                await pilot.pause(SETTLED_SECONDS)
            return readable(app.export_screenshot(title="desk"))
    finally:
        gateway.close()


def main() -> None:
    """Draw them all."""
    url, login, folder = sys.argv[1:4]
    for name, (size, keys) in PICTURES.items():
        path = Path(folder) / f"{name}.svg"
        path.write_text(asyncio.run(picture(url, login, size, keys)), encoding="utf-8")
        sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    main()
