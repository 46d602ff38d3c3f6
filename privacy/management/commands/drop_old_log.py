"""manage.py drop_old_log: let whole sealed batches that are older than READ_LOG_MONTHS leave; their seals stay."""

from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import ProgrammingError
from django.utils import timezone

from accounts.rules import RuleBroken
from privacy.services.sealing import drop_old_batches


class Command(BaseCommand):
    help = "Remove lines of the read log whose time is over. On PostgreSQL as the owner of the tables."

    def add_arguments(self, parser):
        parser.add_argument("--months", type=int, default=settings.READ_LOG_MONTHS, help="keep this many months")

    def handle(self, *args, months, **options):
        if months < 1:
            raise CommandError("Keep at least one month.")
        before = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0) - relativedelta(months=months)
        try:
            count = drop_old_batches(before=before)
        except RuleBroken as refused:
            raise CommandError(refused.message) from None
        except ProgrammingError as refused:
            raise CommandError(f"{refused}Run this as the owner of the tables (docs/production.md).") from None
        self.stdout.write(f"{count} lines of before {before:%Y-%m-%d} left; their seals stay")
