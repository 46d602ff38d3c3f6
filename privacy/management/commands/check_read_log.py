"""manage.py check_read_log: walk through every line and every seal, and say what is wrong."""

import time

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from privacy.services.sealing import check_log


class Command(BaseCommand):
    help = "Verify the seals over the read log. Exits with 1 when a line or a seal was changed, removed or added."

    def handle(self, *args, **options):
        began = time.monotonic()
        report = check_log(now=timezone.now())
        for finding in report.findings:
            self.stdout.write(f"! {finding}")
        self.stdout.write(
            f"{report.lines} lines under {report.seals} seals, {report.waiting} waiting for the next one, "
            f"{report.removed} seals of which the lines left in time; {time.monotonic() - began:.1f} s"
        )
        if report.findings:
            raise CommandError("The log is not what was sealed.", returncode=1)
