"""Card numbers, PINs, one-time codes and passwords in an answer: nobody here may send them."""

from __future__ import annotations

from collections.abc import Iterator

from desk.rules.quality.written import Finding, Written
from desk.rules.secrets import SecretKind, masked, secrets_in

NAMES = {
    SecretKind.CARD: "card number",
    SecretKind.PIN: "PIN",
    SecretKind.OTP: "one-time code",
    SecretKind.PASSWORD: "password",
}


def leaked_secrets(written: Written) -> Iterator[Finding]:
    """Each secret; what is said of it shows at most the last four digits of a card. Quoted text is sent as well."""
    found = secrets_in(written.text)
    shown = masked(written.text, found)
    for secret in found:
        yield Finding(
            "secret", f"{NAMES[secret.kind]} in the text ({shown[secret.start : secret.end]})", secret.start, secret.end
        )
