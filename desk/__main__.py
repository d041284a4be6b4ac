"""The command `desk`."""

from __future__ import annotations


def main() -> None:
    """Run the command line; the program's only entry point."""
    from desk.cli import cli

    cli(prog_name="desk")


if __name__ == "__main__":
    main()
