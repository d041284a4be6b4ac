"""`desk incidents`: from opening to telling, for people and for machines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.cli.conftest import document, letter

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result

    Run = Callable[..., Result]

TEXT = ("--text", "en", "Transfers are late.", "--text", "id", "Transfer telat.")


def test_an_incident_is_opened_linked_told_stopped_and_ended(run: Run, database_url: str) -> None:
    def desk(*words: str, **more: object) -> Result:
        result = run(*words, url=database_url, **more)
        assert result.exit_code == 0, result.output
        return result

    desk("intake", "mail", "-", typed=letter())
    row = document(desk("incidents", "open", "Banks fail", *TEXT, "--word", "saldo", "--json"))
    assert (row["id"], row["key"], row["state"], row["words"]) == (1, "banks-fail", "open", ["saldo"])
    assert "1 case linked" in desk("incidents", "link", "1", "1").stdout
    assert document(desk("incidents", "tell", "1", "--json"))["updates"][0]["pending"] == 1
    assert document(desk("incidents", "tell", "1", "--stop", "--json")) == {"stopped": 1, "told": 0}
    desk("incidents", "update", "1", "--text", "en", "Half arrive.", "--recovering", "--tell")
    desk("worker", "--once")
    shown = document(desk("incidents", "show", "1", "--json"))
    assert (shown["state"], shown["updates"][0]["told"]) == ("recovering", 1)
    assert "Transfer telat." in desk("case", "1").stdout, "the customer wrote in Indonesian"
    assert "Banks fail" in desk("incidents", "list").stdout
    assert document(desk("incidents", "resolve", "1", "--then", "solved", "--json"))["state"] == "resolved"
    assert document(desk("incidents", "list", "--json"))["incidents"] == []
    assert "Half arrive." in desk("incidents", "show", "1").stdout


def test_what_cannot_be_is_said_in_a_sentence(run: Run, sqlite_url: str) -> None:
    for words, said in (
        (("open", "x"), "no public text in en"),
        (("open", "x", *TEXT, "--since", "yesterday"), "is no moment"),
        (("open", "x", *TEXT, "--expected", "2026-01-01T00:00"), "no offset"),
        (("open", "x", *TEXT, "--maintenance"), "say when"),
        (("show", "9"), "There is no incident 9"),
        (("update", "9"), "Say what is new"),
    ):
        result = run("incidents", *words, url=sqlite_url)
        assert result.exit_code != 0
        assert said in result.output
