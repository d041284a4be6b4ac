"""How many secrets are masked, and how many numbers that only look like them, on the made list; and how fast."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from random import Random
from time import perf_counter

from benchmarks.made_secrets import look_alikes, secrets
from desk.rules.masking import masked_text

SEED = 20261126


@dataclass(frozen=True, slots=True)
class Measured:
    """Texts that were not as they should be, of how many."""

    true: int
    missed: list[str]
    alike: int
    wrong: list[str]


def measure(seed: int = SEED) -> Measured:
    """Mask the whole list. A secret is caught when it can't be read any more; of a card the last four stay."""
    random = Random(seed)
    true = list(secrets(random))
    alike = list(look_alikes(random))
    return Measured(
        len(true),
        [text for text, secret in true if not _is_caught(text, secret)],
        len(alike),
        [text for text in alike if masked_text(text)[0] != text],
    )


def run() -> None:
    """Print both shares, what was missed, and the time that a message takes."""
    found = measure()
    print(f"caught: {found.true - len(found.missed)} of {found.true}, {1 - len(found.missed) / found.true:.2%}")
    print(f"false: {len(found.wrong)} of {found.alike}, {len(found.wrong) / found.alike:.2%}")
    for kind, texts in (("missed", found.missed), ("false", found.wrong)):
        for text in texts[:8]:
            print(f"  {kind}: {text!r}")
    letter = "Halo, saya bayar di Toko Maju Rp150.000 tapi saldo terpotong dua kali. Nomor pesanan 1234567890.\n" * 10
    started = perf_counter()
    for _ in range(1_000):
        masked_text(letter)
    print(f"a message of {len(letter)} characters: {(perf_counter() - started) * 1_000:.0f} µs")


def _is_caught(text: str, secret: str) -> bool:
    hidden, found = masked_text(text)
    left = "".join(unicodedata.normalize("NFKC", sign) for sign in hidden if sign.isdecimal())
    if "card" in found:
        return secret[:-4] not in left and secret[4:12] not in left and secret[-4:] in left
    return bool(found) and secret not in left
