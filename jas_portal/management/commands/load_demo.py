"""manage.py load_demo [--cases N]: the demo municipality, or N plain dossiers beside it for load."""

import sys
import time

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from jas_portal.demo.load import load
from jas_portal.demo.plain import make_plain_cases


class Command(BaseCommand):
    help = "Load the demo municipality into an empty database; with --cases N also N plain dossiers, for load."

    def add_arguments(self, parser):
        parser.add_argument("--cases", type=int, default=0, metavar="N", help="this many plain dossiers more")

    def handle(self, *args, cases=0, verbosity=1, **options):
        if not settings.DEMO:
            raise CommandError("This is not a demo (DEMO is not set): nothing was loaded.")
        today, began = timezone.localdate(), time.monotonic()
        if not User.objects.exists():
            number = load(today)
            if verbosity:
                self.stdout.write(f"{number} dossiers in {time.monotonic() - began:.1f} s")
        elif not cases:
            raise CommandError("There are accounts already: the demo is loaded into an empty database only.")
        if cases:
            klantmanagers = list(
                User.objects.filter(role_assignments__role=Role.KLANTMANAGER).distinct().order_by("pk")
            )
            make_plain_cases(cases, klantmanagers, today=today, progress=self._progress(cases, verbosity))

    def _progress(self, total, verbosity):
        def show(done):
            if verbosity and sys.stdout.isatty():
                self.stdout.write(f"\r{done} of {total}", ending="")

        return show
