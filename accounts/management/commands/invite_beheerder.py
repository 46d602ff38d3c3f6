"""`manage.py invite_beheerder NAME EMAIL`: the first functioneel beheerder of a new portal, who invites everybody else."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import services
from accounts.models import Organisation, OrganisationKind, User
from accounts.roles import Role
from accounts.rules import RuleBroken


class Command(BaseCommand):
    @property
    def help(self):
        return _(
            "Nodigt een functioneel beheerder uit. Nog een keer geven stuurt een nieuwe link, zolang dat nodig is."
        )

    def add_arguments(self, parser):
        parser.add_argument("name", metavar="NAME", help=_("de naam van de beheerder"))
        parser.add_argument("email", metavar="EMAIL", help=_("het e-mailadres waarmee de beheerder gaat inloggen"))
        parser.add_argument(
            "--organisation",
            metavar="NAME",
            default=_("Gemeente %s") % next(iter(settings.PROGRAMME_MUNICIPALITIES), ""),
            help=_("voor wie de beheerder werkt; nieuw wordt het een gemeente (nu: %(default)s)"),
        )

    def handle(self, *, name, email, organisation, **options):
        name, organisation = name.strip(), organisation.strip()
        longest = User._meta.get_field("name").max_length
        if not 0 < len(name) <= longest:
            raise CommandError(_("Geef een naam van hoogstens %d tekens.") % longest)
        if not 0 < len(organisation) <= Organisation._meta.get_field("name").max_length:
            raise CommandError(_("Geef een organisatie: --organisation NAME"))
        try:
            validate_email(email)
        except ValidationError:
            raise CommandError(_("%s is geen e-mailadres.") % email) from None
        try:
            user, is_sent = self.invite(name, email, organisation, now=timezone.now())
        except RuleBroken as refused:
            raise CommandError(refused.message) from None
        if is_sent:
            days = settings.INVITATION_DAYS
            self.stdout.write(
                _("De uitnodiging voor %(email)s staat klaar. De worker verstuurt haar; de link werkt %(days)d dagen.")
                % {"email": user.email, "days": days}
            )
        else:
            self.stdout.write(_("%s kan al inloggen en is functioneel beheerder.") % user.email)

    @transaction.atomic
    def invite(self, name, email, organisation, *, now):
        """Give the role, making organisation and account where they are missing. Returns (user, whether a link went out)."""
        known = Organisation.objects.filter(name__iexact=organisation).first()
        user = services.invite(
            email=email,
            name=name,
            role=Role.FUNCTIONEEL_BEHEERDER,
            organisation=known
            or services.save_organisation(name=organisation, kind=OrganisationKind.GEMEENTE, by=None),
            by=None,
            today=timezone.localdate(now),
            now=now,
        )
        if user.has_usable_password():
            return user, False
        # Nobody else can send the first beheerder a new link. A link of this minute stays the one.
        services.resend_invitation(user=user, by=None, now=now)
        return user, True
