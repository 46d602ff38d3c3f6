"""`manage.py retention`: make a list of what is past its time, or carry an approved list out, without a worker."""

import uuid

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import RoleAssignment
from accounts.roles import Role
from accounts.rules import RuleBroken
from privacy.models import ItemState, RetentionRun, RetentionState
from privacy.overviews.retention import run_shown
from privacy.services import retention


class Command(BaseCommand):
    @property
    def help(self):
        return _("Maakt een proefrun van wat te oud is, of voert een goedgekeurde proefrun uit.")

    def add_arguments(self, parser):
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--dry-run", action="store_true", help=_("maak een proefrun; er verandert niets"))
        what.add_argument("--run", type=int, metavar="NUMMER", help=_("ruim op wat in deze proefrun staat"))
        parser.add_argument(
            "--approved-by",
            metavar="E-MAIL",
            help=_("de privacy officer die deze proefrun goedkeurt, als dat nog niet op het scherm is gedaan"),
        )

    def handle(self, *, dry_run, run, approved_by, **options):
        worker = f"command-{uuid.uuid4().hex}"[:40]
        try:
            done = self.make_list(worker) if dry_run else self.carry_out(run, approved_by, worker)
        except RuleBroken as refused:
            raise CommandError(refused.message) from None
        if done.state == RetentionState.MISLUKT:
            raise CommandError(done.problem)
        self.report(done)

    def make_list(self, worker):
        today = timezone.localdate()
        return retention.finish(run=retention.prepare_run(by=None, today=today, worker=worker), worker=worker)

    def carry_out(self, pk, approved_by, worker):
        run = RetentionRun.objects.filter(pk=pk).first()
        if run is None:
            raise CommandError(_("Er is geen proefrun met nummer %s.") % pk)
        if run.waits_for_approval:
            if not approved_by:
                raise CommandError(_("Deze proefrun is nog niet goedgekeurd."))
            officer = self.privacy_officer(approved_by)
            run = retention.approve_run(run=run, by=officer, today=timezone.localdate(), worker=worker)
        elif run.state == RetentionState.RUIMT_OP:
            run = retention.claim(run=run, worker=worker, now=timezone.now())
            if run is None:
                raise CommandError(_("De worker voert deze run al uit."))
        if not run.is_working:
            return run
        return retention.finish(run=run, worker=worker)

    def privacy_officer(self, email):
        held = RoleAssignment.objects.current().filter(user__email__iexact=email, role=Role.PRIVACY_OFFICER)
        found = held.select_related("user").first()
        if not found:
            raise CommandError(_("%s is geen privacy officer.") % email)
        return found.user.act_as(Role.PRIVACY_OFFICER)

    def report(self, run):
        """The counts per rule, and what stays for now: numbers, never a name."""
        shown = run_shown(run)
        self.stdout.write(
            _("Opruimrun %(pk)s, peildatum %(day)s: %(state)s.")
            % {"pk": run.pk, "day": f"{run.as_of:%d-%m-%Y}", "state": run.get_state_display()}
        )
        for result in shown.results:
            done = f" / {result.done}" if run.was_approved else ""
            self.stdout.write(f"  {result.listed:>8}{done}  {result.model}, {result.period}: {result.action}")
        held = run.items.filter(state=ItemState.HELD).count()
        left = run.items.filter(state=ItemState.LEFT).count()
        self.stdout.write(_("Aangehouden: %(held)s. Gebleven: %(left)s.") % {"held": held, "left": left})
        if run.waits_for_approval:
            self.stdout.write(_("Een privacy officer keurt goed op de pagina Bewaartermijnen."))
