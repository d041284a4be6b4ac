"""The doctor: what is wrong, in plain words, with what to do, and never a secret."""

from __future__ import annotations

import base64
import json
import shutil
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from desk.services.seed_files import seeds_folder
from desk.settings import Mailbox
from tests.dovecot import PASSWORD, free_port
from tests.smtp_server import SmtpServer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.dovecot import Dovecot


@pytest.fixture
def doctor(run: Callable[..., Any]) -> Callable[..., Any]:
    """Runs the doctor with one mailbox, called support."""

    def doctor_(mailbox: Mailbox | None = None, **env: str) -> Any:
        table = {"support": msgspec.to_builtins(mailbox)} if mailbox else {}
        if mailbox:
            env["DESK_MAIL__MAILBOXES"] = json.dumps(table)
        result = run("doctor", "--json", env=env)
        assert PASSWORD not in result.output
        return json.loads(result.stdout) | {"code": result.exit_code}

    return doctor_


def words(told: Any, state: str, about: str = "mailbox support") -> str:
    return "\n".join(each["words"] for each in told["findings"] if each["state"] == state and each["about"] == about)


def test_a_mailbox_that_works_is_told_with_all_that_was_looked_at(doctor: Callable[..., Any], dovecot: Dovecot) -> None:
    told = doctor(dovecot.mailbox())
    said = words(told, "well")
    assert (told["well"], told["code"]) == (True, 0)
    assert all(word in said for word in ["signed in", "over TLS", "INBOX", "IDLE", "into Sent"])


def test_everything_else_is_looked_at_as_well(doctor: Callable[..., Any]) -> None:
    told = doctor()
    abouts = {each["about"] for each in told["findings"]}
    assert abouts - {"refunds"} == {"settings", "database", "spool", "disk", "smtp", "wallet"}
    assert told["code"] == 0


def test_what_keeps_merchants_from_being_asked_or_from_answering_is_told(
    doctor: Callable[..., Any], run: Callable[..., Any], tmp_path: Path
) -> None:
    assert "can answer by mail only. Set it to" in words(doctor(), "note", "refunds")
    assert doctor()["code"] == 0
    told = doctor(DESK_REFUNDS__LINK_URL="https://desk.example")
    assert "answer at https://desk.example" in words(told, "well", "refunds")
    assert "reads links that answer" in words(doctor(DESK_REFUNDS__LINK_URL="http://desk.example"), "wrong", "refunds")
    for kind in ("merchants", "refund-paths"):
        shutil.copytree(seeds_folder() / kind, tmp_path / "policies" / kind)
    shop = tmp_path / "policies" / "merchants" / "toko-maju.toml"
    shop.write_text(shop.read_text().replace('address = "refund@', 'webhook = "https://'))
    assert run("refunds", "policy", "apply", str(tmp_path / "policies")).exit_code == 0
    told = doctor()
    assert "toko-maju cannot answer at all" in words(told, "wrong", "refunds")
    assert "refunds.webhooks.toko-maju.secret_file" in words(told, "wrong", "refunds")
    secret = "whsec_" + base64.b64encode(b"k" * 32).decode()
    url = {"DESK_REFUNDS__LINK_URL": "https://desk.example"}
    told = doctor(**url, DESK_REFUNDS__WEBHOOKS__TOKO_MAJU__SECRET=secret)
    assert words(told, "well", "refunds")
    assert secret not in run("config", env={"DESK_REFUNDS__WEBHOOKS__TOKO_MAJU__SECRET": secret}).output


def wrong_mailboxes() -> list[Any]:
    """How a mailbox is changed, and what is said of it."""
    return [
        pytest.param({"password": "hunter2"}, ["refuses the login", "user", "password"], id="password"),
        pytest.param({"password": ""}, ["No password is set", "password_file"], id="no password"),
        pytest.param({"password_file": "/none/there"}, ["/none/there", "No such file"], id="password file"),
        pytest.param({"token_command": ["false"]}, ["token_command", "code 1"], id="token command"),
        pytest.param({"host": "nowhere.invalid"}, ["no host nowhere.invalid", "`host`"], id="host"),
        pytest.param({"port": free_port()}, ["Nothing listens", "`port`"], id="port"),
        pytest.param({"ca_file": ""}, ["certificate", "ca_file"], id="certificate"),
        pytest.param({"ca_file": "/none/there"}, ["/none/there", "No such file"], id="certificates' file"),
        pytest.param({"folder": "Supprot"}, ["no folder 'Supprot'"], id="folder"),
        pytest.param({"after": "move", "move_to": "Done"}, ["no folder 'Done'", "move_to"], id="move_to"),
        pytest.param({"sent_folder": "Gesendet"}, ["no folder 'Gesendet'"], id="Sent folder"),
    ]


@pytest.mark.slow
@pytest.mark.parametrize(("changed", "said"), wrong_mailboxes())
def test_what_is_wrong_with_a_mailbox_is_told_with_what_to_do(
    doctor: Callable[..., Any], dovecot: Dovecot, changed: dict[str, Any], said: list[str]
) -> None:
    told = doctor(dovecot.mailbox(**changed))
    assert (told["well"], told["code"]) == (False, 1)
    assert [word for word in said if word not in words(told, "wrong")] == []
    assert "hunter2" not in json.dumps(told)


def test_a_port_without_tls_is_told_with_the_security_that_fits(doctor: Callable[..., Any], dovecot: Dovecot) -> None:
    assert "starttls" in words(doctor(dovecot.mailbox(port=dovecot.port)), "wrong")
    assert doctor(dovecot.mailbox(port=dovecot.port, security="starttls"))["code"] == 0


def test_a_server_for_outgoing_mail_that_does_not_answer_is_told(doctor: Callable[..., Any]) -> None:
    told = doctor(DESK_MAIL__SMTP__HOST="localhost", DESK_MAIL__SMTP__PORT=str(free_port()))
    assert "mail.smtp.port" in words(told, "wrong", "smtp")
    assert told["code"] == 1


def test_the_doctor_signs_in_for_outgoing_mail_with_the_secret_that_sending_uses(
    doctor: Callable[..., Any], tmp_path: Path
) -> None:
    server = SmtpServer()
    server.start()
    try:
        secret = tmp_path / "secret"
        secret.write_text("of-the-file\n", encoding="utf-8")
        options = {"HOST": "127.0.0.1", "PORT": str(server.port), "SECURITY": "none", "USER": "u", "PASSWORD": PASSWORD}
        server.answers["ehlo"] = ["250-here\r\n250 AUTH PLAIN"]
        told = doctor(
            DESK_MAIL__SMTP__PASSWORD_FILE=str(secret),
            **{f"DESK_MAIL__SMTP__{name}": value for name, value in options.items()},
        )
    finally:
        server.stop()
    sent = next(line for line in server.heard if line.startswith("AUTH PLAIN"))
    assert base64.b64decode(sent.split()[-1]).split(b"\0")[2] == b"of-the-file"
    assert "takes mail from u" in words(told, "well", "smtp")


def test_people_whom_customers_know_by_their_login_are_told(
    doctor: Callable[..., Any], run: Callable[..., Any]
) -> None:
    assert run("queue").exit_code == 0
    assert "desk agents rename sari" in words(doctor(), "note", "people")
    assert run("agents", "rename", "sari", "Sari Dewi").exit_code == 0
    assert words(doctor(), "note", "people") == ""


def test_wrong_settings_are_a_finding(doctor: Callable[..., Any]) -> None:
    assert "DESK_COUNTRY" in words(doctor(DESK_COUNTRY="indonesia"), "wrong", "settings")


def test_people_get_a_line_for_each_finding(run: Callable[..., Any]) -> None:
    result = run("doctor")
    assert result.exit_code == 0
    assert any(line.startswith("well   spool: ") for line in result.stdout.splitlines())


@pytest.mark.slow
def test_the_wallet_is_asked_and_that_it_does_not_answer_is_said_with_what_becomes_of_refunds(
    doctor: Callable[..., Any], tmp_path: Path
) -> None:
    assert "moves no real money" in words(doctor(), "note", "wallet")
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    shape = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (tmp_path / "desk.pem").write_bytes(key.private_bytes(*shape))
    address = f"http://127.0.0.1:{free_port()}"
    env = {
        "DESK_WALLET__KIND": "http", "DESK_WALLET__URL": address, "DESK_WALLET__PARTNER_ID": "desk",
        "DESK_WALLET__CLIENT_SECRET": PASSWORD, "DESK_WALLET__PRIVATE_KEY_FILE": str(tmp_path / "desk.pem"),
        "DESK_WALLET__TIMEOUT_SECONDS": "1",
    }  # fmt: skip
    for _ in range(2):
        told = doctor(**env)
    assert told["code"] == 1
    said = words(told, "wrong", "wallet")
    assert address in said
    assert "refunds are kept and sent later" in said
