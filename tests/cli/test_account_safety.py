"""`desk safety` about accounts: signs, the playbook for a stolen one, the watch list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.cli.conftest import document, letter

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result


def test_an_account_is_frozen_and_looked_at_without_screens(run: Callable[..., Result]) -> None:
    assert run("intake", "mail", "-", typed=letter()).exit_code == 0
    assert "No account is watched" in run("safety", "watched").output
    assert "no playbook for a stolen account" in run("safety", "playbook", "1").output
    assert run("safety", "signs", "7").exit_code == 1
    asked = document(run("safety", "signs", "#1", "--ask", "--json"))
    assert (asked["account"], asked["state"], asked["unknown"]) == ("WA00000001", "active", "")
    assert "kept" in run("safety", "freeze", "1", "--reason", "phone stolen").output
    steps = {each["step"]: each["state"] for each in document(run("safety", "playbook", "1", "--json"))["steps"]}
    assert (steps["freeze"], steps["unfreeze"]) == ("asked", "todo"), "not confirmed before the wallet says so"
    again = document(run("safety", "freeze", "1", "--reason", "once more", "--json"))
    assert (again["case"], again["state"], again["reason"]) == (1, "running", "phone stolen"), "one at a time"
    (watched,) = document(run("safety", "watched", "--json"))["playbooks"]
    assert (watched["case"], watched["state"], watched["reason"]) == (1, "running", "phone stolen")
