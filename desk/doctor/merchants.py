"""The doctor's look at how merchants are asked about refunds: the address of links, secrets of webhooks, folders."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing

from db.engine import DatabaseUnavailableError
from db.migrate import SchemaState, state_of
from desk.channels.sending import TryLaterError
from desk.channels.webhook import secrets_of
from desk.doctor.findings import Finding, note, well, wrong
from desk.rules.refunds.contacts import DROP, Way, way_of
from desk.services.refunds.policies import policies_of
from desk.settings import Settings, SettingsError
from desk.settings_wallet import is_safe

ABOUT = "refunds"
MOST_NAMED = 5
SET_IT = "Set it to where `desk serve` is reached from outside, as https://desk.example."


def merchants_found(settings: Settings) -> Iterator[Finding]:
    """What keeps merchants from being asked, or from answering. Says nothing where none are asked."""
    ways = _ways()
    by_way = {way: [key for key, address in ways if way_of(address) is way] for way in Way}
    troubles = [*_links(settings, by_way), *_webhooks(settings, by_way[Way.WEBHOOK]), *_drops(settings, ways)]
    yield from troubles
    if ways and not troubles:
        yield well(ABOUT, f"Merchants are asked, and answer at {settings.refunds.link_url}.")


def _ways() -> list[tuple[str, str]]:
    """The merchants that are asked, and at what address."""
    from desk.bootstrap import build

    try:
        desk = build()
        with closing(desk.database) as database:
            if database.path is not None and not database.path.exists():
                return []
            with database.read() as connection:
                if state_of(connection)[0] is not SchemaState.CURRENT:
                    return []
                policies = policies_of(connection, desk.clock().year)
    except (DatabaseUnavailableError, SettingsError):
        return []  # which is a finding of its own
    return [(key, file.contact[0].reached_at) for key, (file, _) in policies.merchants.items() if file.contact]


def _links(settings: Settings, by_way: dict[Way, list[str]]) -> Iterator[Finding]:
    url = settings.refunds.link_url
    programs = by_way[Way.WEBHOOK] + by_way[Way.DROP]
    if not url and programs:
        yield wrong(ABOUT, f"`refunds.link_url` is not set, so {_named(programs)} cannot answer at all. {SET_IT}")
    elif not url and by_way[Way.MAIL]:
        asked = _named(by_way[Way.MAIL])
        yield note(ABOUT, f"`refunds.link_url` is not set, so {asked} can answer by mail only. {SET_IT}")
    elif url and not is_safe(url):
        yield wrong(ABOUT, f"`refunds.link_url` is {url}: whoever is on the way reads links that answer. Use https://.")


def _webhooks(settings: Settings, merchants: list[str]) -> Iterator[Finding]:
    for key in merchants:
        try:
            secrets_of(settings.refunds.webhook(key), key)
        except TryLaterError as error:
            yield wrong(ABOUT, f"{key} is not asked: {error}")


def _drops(settings: Settings, ways: list[tuple[str, str]]) -> Iterator[Finding]:
    for key, address in ways:
        folder = settings.drop_folder / address.removeprefix(DROP)
        if way_of(address) is Way.DROP and folder.exists() and not os.access(folder, os.W_OK | os.X_OK):
            yield wrong(ABOUT, f"{key} is not asked: {folder} cannot be written. Let the worker's user write there.")


def _named(merchants: list[str]) -> str:
    more = f" and {len(merchants) - MOST_NAMED} more" if len(merchants) > MOST_NAMED else ""
    return ", ".join(merchants[:MOST_NAMED]) + more
