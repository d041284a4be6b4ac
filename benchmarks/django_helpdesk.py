"""Takes mail in with django-helpdesk, for comparison; run by its own Python, which has that installed and not desk.

Reads messages from a folder and prints how many a second were taken in.
"""

from __future__ import annotations

import logging
import sys
import tempfile
import time
from pathlib import Path
from types import ModuleType


def main(folder: Path) -> None:
    """Take every file of the folder in, each in a transaction of its own, as its mail command does."""
    with tempfile.TemporaryDirectory() as scratch:
        _set_up(Path(scratch))
        from django.core.management import call_command
        from django.db import transaction

        call_command("migrate", verbosity=0)
        from helpdesk.email import extract_email_metadata
        from helpdesk.models import Queue

        queue = Queue.objects.create(title="Support", slug="support", allow_email_submission=True)
        logger = logging.getLogger("silent")
        logger.disabled = True
        texts = [path.read_text(encoding="utf-8", errors="surrogateescape") for path in sorted(folder.iterdir())]
        started = time.perf_counter()
        for text in texts:
            with transaction.atomic():
                extract_email_metadata(text, queue, logger)
        print(len(texts) / (time.perf_counter() - started))


def _name_addresses() -> None:
    """A module of addresses, which its mails to staff name."""
    from django.urls import include, path

    module = ModuleType("addresses")
    module.urlpatterns = [path("", include("helpdesk.urls", namespace="helpdesk"))]  # type: ignore[attr-defined]
    sys.modules["addresses"] = module


def _set_up(folder: Path) -> None:
    import django
    from django.conf import settings

    settings.configure(
        SECRET_KEY="benchmark",  # noqa: S106  (a database for one run)
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(folder / "helpdesk.db")}},
        INSTALLED_APPS=[
            "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "django.contrib.sites",
            "django.contrib.admin", "django.contrib.messages", "django.contrib.humanize",
            "rest_framework", "helpdesk",
        ],
        SITE_ID=1, ROOT_URLCONF="addresses", USE_TZ=True, MEDIA_ROOT=str(folder), HELPDESK_TEAMS_MODE_ENABLED=False,
        HELPDESK_ACTIVATE_API_ENDPOINT=False, DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend",
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
    )  # fmt: skip
    django.setup()
    _name_addresses()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
