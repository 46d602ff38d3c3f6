"""`manage.py import_caseload FILE`: read a caseload and apply it, the same run as on screen, without a worker."""

import uuid
from pathlib import Path

from django.core.files.base import ContentFile
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from accounts.models import RoleAssignment
from accounts.roles import Role
from accounts.rules import RuleBroken
from cases.caseload import overviews, reader
from cases.models import ImportState, RowStatus
from cases.services import caseload


class Command(BaseCommand):
    @property
    def help(self):
        return _("Leest een bestand met dossiers in (CSV of XLSX) en maakt de dossiers.")

    def add_arguments(self, parser):
        parser.add_argument("file", metavar="FILE", help=_("het bestand"))
        parser.add_argument("--by", metavar="E-MAIL", help=_("de functioneel beheerder op wiens naam dit gebeurt"))
        parser.add_argument("--dry-run", action="store_true", help=_("alleen lezen en tonen, niets maken"))

    def handle(self, *, file, by, dry_run, **options):
        path = Path(file)
        if not path.is_file():
            raise CommandError(_("Het bestand %s is er niet.") % file)
        if path.stat().st_size > reader.MAX_BYTES:
            raise CommandError(reader.too_large_message())
        user = self.beheerder(by) if by else None
        worker = f"command-{uuid.uuid4().hex}"[:40]
        try:
            run = caseload.upload(content=ContentFile(path.read_bytes()), name=path.name, by=user, worker=worker)
            run = caseload.finish(run=run, worker=worker)
            if run.state == ImportState.MISLUKT:
                raise CommandError(run.problem)
            if dry_run:
                self.report(run)
                caseload.cancel_import(run=run, by=user)
                self.stdout.write(_("Niets gemaakt: dit was alleen een proef (--dry-run)."))
                return
            run = caseload.finish(run=caseload.apply_import(run=run, by=user, worker=worker), worker=worker)
        except RuleBroken as refused:
            raise CommandError(refused.message) from None
        self.report(run)

    def beheerder(self, email):
        held = RoleAssignment.objects.current().filter(user__email__iexact=email, role=Role.FUNCTIONEEL_BEHEERDER)
        found = held.select_related("user").first()
        if not found:
            raise CommandError(_("%s is geen functioneel beheerder.") % email)
        return found.user.act_as(Role.FUNCTIONEEL_BEHEERDER)

    def report(self, run):
        """The counts, and a line for each row with a reason: its number, never what stood in it."""
        counts = overviews.counts_of([run])[run.pk]
        if run.ignored_headings:
            self.stdout.write(_("Niet gelezen kolommen: %s") % ", ".join(run.ignored_headings))
        for row in run.rows.exclude(reasons=[]).order_by("number").defer("values").iterator():
            row.values = None
            label = RowStatus(row.status).label
            self.stdout.write(
                _("Rij %(row)s: %(result)s. %(why)s")
                % {"row": row.number, "result": label, "why": " ".join(overviews.reasons_of(row))}
            )
        self.stdout.write(f"{counts.sentence()}.")
