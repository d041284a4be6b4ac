"""What is looked at before an answer is sent: each check by its name, pure, in three languages.

A check says what it found and where. Whether that keeps the answer back is a policy (`seeds/quality.toml`).
"""

from __future__ import annotations

from desk.rules.quality.checks import CHECKS, TITLES, findings
from desk.rules.quality.written import Finding, Written

__all__ = ["CHECKS", "TITLES", "Finding", "Written", "findings"]
