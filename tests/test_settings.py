"""Settings: where they come from, and that a wrong one is told with its key, its place and the fix."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from desk.cli import cli
from desk.settings import Settings, SettingsError, load, load_with_sources, shown

BOX = "[mail.mailboxes.other]\nhost = 'h'\nuser = 'u'\n[mail.mailboxes.support]\nhost = 'h'\nuser = 'u'\n"


def from_file(tmp_path: Path, text: str, **environment: str) -> Settings:
    (tmp_path / "config.toml").write_text(text, encoding="utf-8")
    return load({"DESK_CONFIG": str(tmp_path / "config.toml")} | environment)


def test_without_anything_the_defaults_are_in_force(tmp_path: Path) -> None:
    assert load({"DESK_CONFIG": str(tmp_path / "none.toml")}) == Settings()


def test_the_environment_goes_before_the_file(tmp_path: Path) -> None:
    text = 'agent = "sari"\n[mail.smtp]\nhost = "a.example"\nport = 25\n'
    settings = from_file(tmp_path, text, DESK_MAIL__SMTP__HOST="b.example", DESK_AGENT="")
    assert (settings.mail.smtp.host, settings.mail.smtp.port, settings.agent) == ("b.example", 25, "sari")


def test_each_setting_knows_where_it_comes_from(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("[mail.smtp]\nport = 25\n", encoding="utf-8")
    _, sources = load_with_sources({"DESK_CONFIG": str(path), "DESK_MAIL__SMTP__HOST": "b.example"})
    assert sources["mail.smtp.port"] == str(path)
    assert sources["mail.smtp.host"] == "DESK_MAIL__SMTP__HOST"
    assert "mail.smtp.user" not in sources


@pytest.mark.parametrize("text", ["send --to 'the shop'", '["send", "--to", "the shop"]'])
def test_a_list_in_the_environment_is_a_command_line_or_json(tmp_path: Path, text: str) -> None:
    assert from_file(tmp_path, "", DESK_OUTBOX__COMMAND=text).outbox.command == ("send", "--to", "the shop")


def test_a_mailbox_can_come_from_file_and_environment_together(tmp_path: Path) -> None:
    variables = {"PASSWORD": "hunter2", "PORT": "143", "TOKEN_COMMAND": "get-token 'for me'"}
    named = {f"DESK_MAIL__MAILBOXES__SUPPORT__{key}": value for key, value in variables.items()}
    settings = from_file(tmp_path, BOX, **named)
    support = settings.mail.mailboxes["support"]
    assert (support.host, support.port, support.password) == ("h", 143, "hunter2")
    assert support.token_command == ("get-token", "for me")
    assert "hunter2" not in json.dumps(shown(settings))


def test_a_table_in_the_environment_is_json(tmp_path: Path) -> None:
    settings = from_file(tmp_path, "", DESK_SCREEN__KEYS='{"case.take": "t,f3"}')
    assert settings.screen.keys == {"case.take": "t,f3"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[mail.smtp]\nhsot = 'x'", ["mail.smtp.hsot", "config.toml", "Did you mean mail.smtp.host?"]),
        ("colour = 'red'", ["colour", "country", "database_url"]),
        ("[mail.smtp]\nport = 'smtp'", ["mail.smtp.port", "whole number"]),
        ("[mail.smtp]\nport = 99999", ["mail.smtp.port", "65535"]),
        ("country = 'indonesia'", ["country", "two capital letters"]),
        ("fallback_language = 'fr'", ["fallback_language", "id or en or zh"]),
        ("mail = 3", ["mail", "table"]),
        ("[mail]\nfrom_address = 'support'", ["mail.from_address", "support@example.com"]),
        ('[mail]\nfrom_name = "a\\nBcc: x"', ["mail.from_name"]),
        ("[outbox]\ncommand = 'send'", ["outbox.command", "list"]),
        (
            "[mail.mailboxes.support]\nprot = 1",
            ["mailboxes.support.prot", "mean mail.mailboxes.support.port?"],
        ),
        (BOX + "port = 'x'", ["mail.mailboxes.support.port", "whole number"]),
        (BOX + "security = 'ssl'", ["mail.mailboxes.support.security", "tls or starttls or none"]),
        (BOX + "reply_address = 'x'", ["mail.mailboxes.support.reply_address", "refunds@example.com"]),
        (BOX + "after = 'move'", ["mail.mailboxes.support", "set move_to"]),
        (BOX + "keyring = 'a'\ntoken_file = 'b'", ["mail.mailboxes.support", "keyring and token_file"]),
        ("[mail.mailboxes.support]\nhost = 'h'", ["mail.mailboxes.support", "user is not set"]),
        (BOX.replace("support", "Support"), ["'Support'", "small letters"]),
        ("[mail.mailboxes]\nsupport = 3", ["mail.mailboxes.support", "table"]),
        ("database_url = 'mysql://u:hunter2@h/d'", ["database_url", "postgresql://"]),
        ("agent = 'a' 'b'", ["not valid TOML", "line 1"]),
        ("agent = '\udcff'", ["cannot be read"]),
    ],
)
def test_a_wrong_setting_is_told_with_key_place_and_fix(tmp_path: Path, text: str, said: list[str]) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(SettingsError) as caught:
        load({"DESK_CONFIG": str(path)})
    assert all(word in str(caught.value) for word in [*said, "config.toml"])
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DESK_MAIL__SMTP__PORT", "mail"),
        ("DESK_MAIL__SMTP__HSOT", "x"),
        ("DESK_MAIL", "x"),
        ("DESK_COUNTRY__NAME", "x"),
        ("DESK_SCREEN__KEYS", "{"),
        ("DESK_OUTBOX__COMMAND", "send 'the"),
    ],
)
def test_a_wrong_variable_is_named(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        from_file(tmp_path, "", **{name: value})


def test_no_secret_is_shown(tmp_path: Path) -> None:
    url = "postgresql://desk:hunter2@db.local/desk?password=hunter2"
    settings = from_file(tmp_path, "", DESK_DATABASE_URL=url, DESK_MAIL__SMTP__PASSWORD="hunter2")
    assert "hunter2" not in json.dumps(shown(settings))


def config(tmp_path: Path, *words: str, **environment: str) -> Any:
    environment |= {"DESK_CONFIG": str(tmp_path / "config.toml"), "DESK_DATA_DIR": str(tmp_path)}
    return CliRunner().invoke(cli, ["config", *words], env=environment)


def test_what_is_shown_can_be_put_into_a_file_as_it_is(tmp_path: Path) -> None:
    first = config(tmp_path, "show", DESK_OUTBOX__COMMAND="send 'a \"b\"'", DESK_SCREEN__KEYS='{"case.take": "t"}')
    (tmp_path / "config.toml").write_text(first.stdout, encoding="utf-8")
    again = load({"DESK_CONFIG": str(tmp_path / "config.toml")})
    assert again.outbox.command == ("send", 'a "b"')
    assert again.screen.keys == {"case.take": "t"}


def test_show_tells_the_source_of_each_setting_and_hides_secrets(tmp_path: Path) -> None:
    result = config(tmp_path, "show", "--json", DESK_MAIL__SMTP__PASSWORD="hunter2", DESK_AGENT="sari")
    told = json.loads(result.stdout)
    assert told["settings"]["mail.smtp.password"] == {"value": "***", "source": "DESK_MAIL__SMTP__PASSWORD"}
    assert told["settings"]["agent"] == {"value": "sari", "source": "DESK_AGENT"}
    assert told["settings"]["country"]["source"] == "default"
    assert config(tmp_path, "path").stdout.strip() == told["file"] == str(tmp_path / "config.toml")


def test_wrong_settings_end_a_command_with_78(tmp_path: Path) -> None:
    result = config(tmp_path, "show", DESK_COUNTRY="indonesia")
    assert (result.exit_code, result.stdout) == (78, "")
    assert result.stderr.startswith("desk: Setting country (DESK_COUNTRY)")


def test_every_setting_is_described(tmp_path: Path) -> None:
    settings = json.loads(config(tmp_path, "show", "--json").stdout)["settings"]
    page = (Path(__file__).parents[1] / "docs" / "command-line.md").read_text(encoding="utf-8")
    table = page[page.index("| setting |") :]
    assert [key for key in settings if f"`{key}`" not in table and f"`.{key.rpartition('.')[2]}`" not in table] == []
