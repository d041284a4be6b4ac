"""`desk config`: the settings in force, where each comes from, and where the file is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from desk import settings as configuration
from desk.commands.output import json_text, line, print_json

DEFAULT = "default"


@click.group("config", help="Settings in force, and where each comes from.")
def command() -> None:
    """The group; its commands change nothing."""


@command.command("path")
def path() -> None:
    """Print the settings file's name; it need not exist."""
    click.echo(line(str(configuration.config_path())))


@command.command("show")
@click.option("--json", "as_json", is_flag=True, help="One JSON document; docs/command-line.md describes it.")
def show(*, as_json: bool) -> None:
    """Print every setting in force, secrets hidden, as a settings file would say it."""
    settings, sources = configuration.load_with_sources()
    file = configuration.config_path()
    values = dict(_flat(configuration.shown(settings)))
    if as_json:
        told = {key: {"value": value, "source": _source(key, sources)} for key, value in values.items()}
        print_json({"file": str(file), "exists": file.exists(), "settings": told})
        return
    click.echo(line(f"# {file}{'' if file.exists() else ' (there is none)'}"))
    section = ""
    for key, value in values.items():
        before, _, name = key.rpartition(".")
        if before != section:
            section = before
            click.echo(f"\n[{section}]")
        click.echo(line(f"{name} = {_toml(value)}  # {_source(key, sources)}"))


def _source(key: str, sources: dict[str, str]) -> str:
    """Where a setting comes from: a file, a variable, or nowhere."""
    return sources.get(key, DEFAULT)


def _flat(values: dict[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """Plain values before tables, as TOML wants them."""
    for name, value in values.items():
        if not isinstance(value, dict) or f"{before}{name}" in configuration.TABLES:
            yield f"{before}{name}", value
    for name, value in values.items():
        if isinstance(value, dict) and f"{before}{name}" not in configuration.TABLES:
            yield from _flat(value, f"{before}{name}.")


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_toml(name)} = {_toml(each)}" for name, each in value.items()) + "}"
    if isinstance(value, str):
        return (
            json_text(value) if not value.isprintable() else '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
        )
    return json_text(value, indent=None)
