"""What the start is compared with: a Textual app that paints one empty screen and imports nothing else."""

from __future__ import annotations

from textual.app import App


class EmptyApp(App[None]):
    """Paints nothing."""


if __name__ == "__main__":
    EmptyApp().run()
