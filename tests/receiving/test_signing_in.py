"""Signing in: with which secret, and with OAuth2 tokens as the mechanisms want them."""

from __future__ import annotations

import base64
import socketserver
import sys
import threading
import types
from typing import TYPE_CHECKING, Any

import pytest

from desk.channels.mail.imap import connected
from desk.channels.mail.mailbox_errors import MailboxError, SignInError
from desk.channels.mail.secrets import secret_of
from desk.channels.mail.signing_in import oauthbearer, xoauth2
from desk.settings import Mailbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.dovecot import Dovecot

TOKEN = "ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg"


class StandIn(socketserver.ThreadingTCPServer):
    """A stand-in for a provider with OAuth2, which no server at hand can be: it speaks just enough IMAP to sign in."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, mechanism: str) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.mechanism = mechanism
        self.heard: list[bytes] = []


class _Talk(socketserver.StreamRequestHandler):
    server: StandIn

    def handle(self) -> None:
        mechanism = self.server.mechanism
        self.wfile.write(f"* OK [CAPABILITY IMAP4rev1 AUTH={mechanism}] ready\r\n".encode())
        while line := self.rfile.readline():
            tag, command, *_ = line.split()
            if command == b"CAPABILITY":
                self.wfile.write(f"* CAPABILITY IMAP4rev1 AUTH={mechanism}\r\n".encode())
            elif command == b"AUTHENTICATE" and not self._is_let_in(tag):
                continue
            elif command == b"LOGOUT":
                self.wfile.write(b"* BYE\r\n" + tag + b" OK bye\r\n")
                return
            self.wfile.write(tag + b" OK done\r\n")

    def _is_let_in(self, tag: bytes) -> bool:
        said = self._answer(b"")
        if TOKEN.encode() in said:
            return True
        self._answer(base64.b64encode(b'{"status":"401"}'))
        self.wfile.write(tag + b" NO [AUTHENTICATIONFAILED] Invalid credentials\r\n")
        return False

    def _answer(self, challenge: bytes) -> bytes:
        self.wfile.write(b"+ " + challenge + b"\r\n")
        self.server.heard.append(base64.b64decode(self.rfile.readline().strip()))
        return self.server.heard[-1]


@pytest.fixture(params=["XOAUTH2", "OAUTHBEARER"])
def provider(request: pytest.FixtureRequest) -> Iterator[StandIn]:
    with StandIn(request.param) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def mailbox(**changed: Any) -> Mailbox:
    values: dict[str, Any] = {"host": "127.0.0.1", "user": "support@example.com", "security": "none"}
    return Mailbox(**(values | changed))


def test_the_strings_are_those_of_the_mechanisms() -> None:
    example = (
        "dXNlcj1zb21ldXNlckBleGFtcGxlLmNvbQFhdXRoPUJlYXJlciB5YTI5LnZGOWRm"
        "dDRxbVRjMk52YjNSbGNrQmhkSFJoZG1semRHRXVZMjl0Q2cBAQ=="
    )
    assert base64.b64encode(xoauth2("someuser@example.com", TOKEN)).decode() == example
    assert (
        oauthbearer("a,b=c@example.com", "T", "mail.example.com", 993)
        == b"n,a=a=2Cb=3Dc@example.com,\x01host=mail.example.com\x01port=993\x01auth=Bearer T\x01\x01"
    )


def test_a_token_from_a_command_signs_in(provider: StandIn) -> None:
    port = provider.server_address[1]
    asked = mailbox(port=port, token_command=(sys.executable, "-c", f"print({TOKEN!r})"))
    with connected(asked):
        pass
    said = (
        xoauth2(asked.user, TOKEN)
        if provider.mechanism == "XOAUTH2"
        else oauthbearer(asked.user, TOKEN, "127.0.0.1", port)
    )
    assert provider.heard == [said]


def test_a_token_that_has_run_out_ends_in_plain_words_without_it(provider: StandIn, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("stale-token\n")
    asked = mailbox(port=provider.server_address[1], token_file=str(tmp_path / "token"))
    with pytest.raises(SignInError, match="token is fresh") as caught, connected(asked):
        pass
    assert "stale-token" not in str(caught.value)
    assert provider.heard[1] == (b"" if provider.mechanism == "XOAUTH2" else b"\x01")


def test_a_server_without_oauth2_is_not_given_the_token(dovecot: Dovecot) -> None:
    asked = dovecot.mailbox(token_command=("echo", TOKEN))
    with pytest.raises(SignInError, match="does not take OAuth2"), connected(asked):
        pass


def test_the_plain_password_is_never_used_beside_another_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "secret").write_text("from the file\n")
    keyring = types.ModuleType("keyring")
    errors = types.ModuleType("keyring.errors")
    keyring.get_password = lambda service, user: f"{service} of {user}"  # type: ignore[attr-defined]
    errors.KeyringError = Exception  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "keyring", keyring)
    monkeypatch.setitem(sys.modules, "keyring.errors", errors)
    plain = {"password": "plain"}
    assert secret_of(mailbox(**plain)) == "plain"
    assert secret_of(mailbox(**plain, password_file=str(tmp_path / "secret"))) == "from the file"
    assert secret_of(mailbox(**plain, keyring="desk")) == "desk of support@example.com"
    with pytest.raises(MailboxError):
        secret_of(mailbox(**plain, password_file=str(tmp_path / "none")))


def test_a_keyring_that_is_not_installed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(MailboxError, match=r"desk\[keyring\]"):
        secret_of(mailbox(keyring="desk"))


def test_passwords_of_any_script_sign_in_or_are_refused_in_words(dovecot: Dovecot) -> None:
    with pytest.raises(SignInError, match="refuses the login"), connected(dovecot.mailbox(password="пароль 密码")):
        pass
