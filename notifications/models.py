"""The outbox and the calendar: messages we owe, meetings we planned. Both know a dossier by its number only."""

import re
import uuid

from django.conf import settings
from django.db import models
from django.db.models import Case, Q, Value, When
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import RoleAssignment, User
from accounts.roles import Role
from accounts.searching import every_word
from accounts.zones import Zone
from notifications import kinds, rules


class NotificationStatus(models.TextChoices):
    QUEUED = "queued", _("In de wachtrij")
    SENDING = "sending", _("Wordt verzonden")
    SENT = "sent", _("Verzonden")
    FAILED = "failed", _("Niet aangekomen")
    CANCELLED = "cancelled", _("Ingetrokken")
    PORTAL_ONLY = "portal_only", _("Alleen in het portaal")
    #: Waits for the digest of its receiver; `next_attempt_at` is when that is due.
    HELD = "held", _("Wacht op het verzamelbericht")
    IN_DIGEST = "in_digest", _("In het verzamelbericht")
    #: Its address was refused before: nothing was sent, somebody must phone or write.
    BLOCKED = "blocked", _("Niet verstuurd")


#: What `claimed_by` begins with when its lease ran out and its holder is asked whether it lives.
CALLED_OUT = "?"
#: What a sweep may still have to deliver.
UNDELIVERED = (NotificationStatus.QUEUED, NotificationStatus.SENDING)
#: What has not gone out yet and may still be withdrawn.
WAITING = (NotificationStatus.QUEUED, NotificationStatus.HELD)
#: What nobody received by mail.
NOT_RECEIVED = (NotificationStatus.FAILED, NotificationStatus.BLOCKED)


def shown_receiver(row):
    """Who is meant by a row with an address, as who keeps the accounts may read it: of a person in the programme without
    address or name. Reads the roles of `row.user`; `with_receivers` has them at hand."""
    if row.user_id is None:
        return (
            _("Statushouder van dossier %(number)s") % {"number": row.case_number} if row.case_number else row.address
        )
    if {held.role for held in row.user.role_assignments.all()} == {Role.STATUSHOUDER}:
        return _("Statushouder, account %d") % row.user_id
    return row.address


def without_hidden_address(row, text):
    """Of why a message did not arrive what may be read by who may not know the address of `row`: of a server's answer the
    codes alone, for its words may hold a name or half of the address. Who sees the address anyway reads all.
    """
    if shown_receiver(row) == row.address:
        return text
    return rules.codes(text) or re.sub(re.escape(row.address), "…", text, flags=re.IGNORECASE)


def _to_nameless():
    """The condition that a message was for an account whose person is not named to who keeps the accounts."""
    nameless = User.objects.nameless()
    return Q(user__in=nameless.values("pk")) | Q(address__in=nameless.values("email"))


class NotificationQuerySet(models.QuerySet):
    def due(self, now):
        """Waiting messages whose moment has come, and claims that were called out in vain."""
        is_free = Q(status=NotificationStatus.QUEUED) | Q(claimed_by__startswith=CALLED_OUT)
        return self.filter(is_free, status__in=UNDELIVERED, next_attempt_at__lte=now)

    def ran_out(self, now):
        """Claims whose lease ran out, and that nobody called out yet."""
        claims = self.filter(status=NotificationStatus.SENDING, next_attempt_at__lte=now)
        return claims.exclude(claimed_by__startswith=CALLED_OUT)

    def in_turn(self):
        """In the order of sending: first what carries a secret, because somebody waits for it, then the oldest."""
        return self.order_by("-is_secret", "next_attempt_at", "pk")

    def inbox_of(self, user):
        """Messages to this account in the role worked in now, or to the account as such, newest first."""
        if user.acting_as is None:
            return self.none()
        return (
            self.filter(user=user, in_inbox=True)
            .filter(Q(role="") | Q(role=user.acting_as.role))
            .exclude(status=NotificationStatus.CANCELLED)
            .order_by("-created_at", "-pk")
        )

    visible_to = inbox_of

    def unread(self):
        return self.filter(read_at=None)

    def about(self, case_number):
        """What went to whom about a dossier, newest first."""
        return self.filter(case_number=case_number).select_related("user").order_by("-created_at", "-pk")

    def kept(self):
        """Mail that was kept instead of sent, newest first: what the Demo-postvak shows."""
        return self.filter(status=NotificationStatus.SENT).order_by("-created_at", "-pk")

    def undelivered(self):
        """Failed, or still to be delivered."""
        return self.filter(status__in=(NotificationStatus.FAILED, *UNDELIVERED))

    def searched(self, words, *, addresses=False):
        """With these words in subject or text, and with `addresses` in the receiver's address; without words all."""
        if not words:
            return self
        return self.filter(every_word(words, "subject", "body", *(["address"] if addresses else [])))

    def addressed_to(self, words):
        """With these words in the receiver as the beheerder reads it (`shown_receiver`); without words all."""
        if not words:
            return self
        of_statushouder = Q(user=None) | Q(role=Role.STATUSHOUDER)
        is_closed = (of_statushouder & ~Q(case_number="")) | _to_nameless()
        return self.filter((Q(address__icontains=words) & ~is_closed) | (Q(case_number__icontains=words) & is_closed))

    def with_receivers(self):
        """With what `shown_receiver` reads, in two queries more."""
        return self.select_related("user").prefetch_related("user__role_assignments")

    def in_order(self, order):
        """Unread first and then newest; or simply "newest" or "oldest" first."""
        if order == "oldest":
            return self.order_by("created_at", "pk")
        newest = ("-created_at", "-pk")
        if order == "newest":
            return self.order_by(*newest)
        return self.order_by(Case(When(read_at=None, then=Value(0)), default=Value(1)), *newest)

    def failed(self):
        """Given up: nobody received it."""
        return self.filter(status=NotificationStatus.FAILED)

    def not_received(self):
        """Given up, or not sent because the address was refused before."""
        return self.filter(status__in=NOT_RECEIVED)

    def due_for_digest(self, now):
        """Messages whose digest is due."""
        return self.filter(status=NotificationStatus.HELD, next_attempt_at__lte=now)

    def told_in(self, zones, reader):
        """Of a dossier's messages those that tell of what lies in `zones`, and those to the reader."""
        about_meetings = Q(kind__in=(kinds.INVITATION, kinds.ANSWER))
        return self.filter(
            Q(kind__in=kinds.seen_in(zones, reader.role))
            | (about_meetings & Q(meeting__kind__in=kinds.meetings_seen_in(zones)))
            | Q(user=reader, role=reader.role or "-")
        )

    def retrying(self):
        """Tried in vain, will be tried again."""
        return self.filter(status__in=UNDELIVERED).exclude(error="")


class Notification(models.Model):
    """Bericht: one message to one receiver, written in the transaction of what it tells about, delivered later.

    `key` makes it unique: asking twice gives one message. The text names no statushouder and no content.

    `next_attempt_at` is the one moment a sweep looks at: of a waiting message when to try, of a claimed one when its
    lease ends and another worker may call it out, and then take it over.
    """

    zone = Zone.CONTACT

    key = models.CharField(max_length=200, unique=True)
    kind = models.CharField(_("soort"), max_length=50)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="+")
    role = models.CharField(_("rol van de ontvanger"), max_length=30, blank=True)
    address = models.EmailField(_("adres"), blank=True)
    subject = models.CharField(_("onderwerp"), max_length=200)
    body = models.TextField(_("tekst"), blank=True)
    link = models.CharField(_("pad in het portaal"), max_length=300, blank=True)
    calendar = models.TextField(_("kalenderbestand"), blank=True)
    calendar_method = models.CharField(max_length=10, blank=True)
    meeting = models.ForeignKey(
        "Meeting", models.SET_NULL, null=True, blank=True, related_name="notifications", verbose_name=_("agendapunt")
    )
    case_number = models.CharField(_("dossiernummer"), max_length=30, blank=True, db_index=True)
    language = models.CharField(_("taal"), max_length=10, blank=True)
    digest = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="gathered", verbose_name=_("verzamelbericht")
    )
    in_inbox = models.BooleanField(_("ook in het portaal"), default=True)
    is_secret = models.BooleanField(_("draagt een geheim"), default=False)

    status = models.CharField(_("stand"), max_length=20, choices=NotificationStatus, default=NotificationStatus.QUEUED)
    created_at = models.DateTimeField(_("gemaakt op"), default=timezone.now)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    next_attempt_at = models.DateTimeField(_("volgende poging"), default=timezone.now)
    claimed_by = models.CharField(max_length=40, blank=True)
    attempts = models.PositiveSmallIntegerField(_("pogingen"), default=0)
    error = models.CharField(_("fout"), max_length=300, blank=True)
    sent_at = models.DateTimeField(_("verzonden op"), null=True, blank=True)
    read_at = models.DateTimeField(_("gelezen op"), null=True, blank=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name = _("bericht")
        verbose_name_plural = _("berichten")
        indexes = [
            models.Index(fields=["status", "next_attempt_at"], name="notification_due"),
            models.Index(
                fields=["-is_secret", "next_attempt_at", "id"],
                condition=Q(status__in=UNDELIVERED),
                name="notification_turn",
            ),
            models.Index(fields=["user", "read_at"], name="notification_inbox"),
        ]
        constraints = [models.CheckConstraint(condition=~Q(address=""), name="notification_has_receiver")]

    def __str__(self):
        return self.subject

    def get_absolute_url(self):
        return reverse("notifications:message", kwargs={"pk": self.pk})

    @property
    def is_read(self):
        return self.read_at is not None

    @property
    def shown_receiver(self):
        """To whom it was, for who keeps the accounts: of a person in the programme without one, the dossier's number.

        Their addresses are contact data, and mostly their names (model §5.7).
        """
        return shown_receiver(self)

    @property
    def shown_error(self):
        """What the mail server said; only its codes when the reader may not know the address."""
        return without_hidden_address(self, self.error)

    @property
    def was_refused(self):
        """Whether the mail server refused it for good, rather than being out of reach."""
        return self.status == NotificationStatus.FAILED and bool(re.match(r"5\d\d ", self.error))

    @property
    def may_be_stopped(self):
        """Whether its receiver may stop mail of this sort: there is an account whose messages stay in the portal."""
        return self.user_id is not None and kinds.may_be_stopped(self.kind)

    @property
    def kind_label(self):
        """What sort of message this is, in Dutch words."""
        return kinds.label(self.kind)

    @property
    def portal_path(self):
        """The path its button opens, or "" when it has none within the portal."""
        return self.link if self.link.startswith("/") and not self.link.startswith("//") else ""


class RefusedAddressQuerySet(models.QuerySet):
    def with_receivers(self):
        """With what `shown_receiver` reads, in two queries more."""
        return self.select_related("user").prefetch_related("user__role_assignments")

    def of(self, address):
        """The mark on this address, whatever its capitals."""
        return self.filter(address=address.lower())

    def shown_as(self, words):
        """With these words in the receiver as the beheerder reads it (`shown_receiver`); without words all."""
        if not words:
            return self
        is_closed = (Q(user=None) & ~Q(case_number="")) | Q(user__in=User.objects.nameless())
        return self.filter(
            (every_word(words, "address", "user__name") & ~is_closed) | (Q(case_number__icontains=words) & is_closed)
        )


class RefusedAddress(models.Model):
    """Geweigerd adres: a mail server said for good that it takes no mail for it. Mail that arrives ends it."""

    zone = Zone.CONTACT

    #: In lower case.
    address = models.EmailField(_("adres"), unique=True)
    answer = models.CharField(_("wat de mailserver zei"), max_length=300)
    refused_at = models.DateTimeField(_("geweigerd op"))
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="+")
    case_number = models.CharField(_("dossiernummer"), max_length=30, blank=True)

    objects = RefusedAddressQuerySet.as_manager()

    class Meta:
        ordering = ["-refused_at", "-pk"]
        verbose_name = _("geweigerd adres")
        verbose_name_plural = _("geweigerde adressen")

    def __str__(self):
        return str(self.shown)

    @property
    def shown(self):
        """The address as the beheerder may read it: of a person in the programme without account, the dossier's number."""
        return shown_receiver(self)

    @property
    def shown_answer(self):
        """What the mail server said; only its codes when the reader may not know the address."""
        return without_hidden_address(self, self.answer)


class MeetingState(models.TextChoices):
    PLANNED = "planned", _("Gepland")
    CANCELLED = "cancelled", _("Afgezegd")


class MeetingQuerySet(models.QuerySet):
    def planned(self):
        return self.filter(state=MeetingState.PLANNED)

    def of_user(self, user):
        """Meetings this account takes part in, in the role worked in now."""
        if user.acting_as is None:
            return self.none()
        mine = MeetingParticipant.objects.filter(user=user).filter(Q(role="") | Q(role=user.acting_as.role))
        return self.filter(pk__in=mine.values("meeting_id"))

    def visible_to(self, user):
        """Meetings whose page this account sees in the role worked in now: those it takes part in, and those it planned."""
        if user.acting_as is None:
            return self.none()
        planned_it = Q(organiser=user, organiser_role=user.acting_as.role)
        mine = MeetingParticipant.objects.filter(user=user).filter(Q(role="") | Q(role=user.acting_as.role))
        return self.filter(planned_it | Q(pk__in=mine.values("meeting_id")))

    def of_kind(self, kind):
        """Of one sort; "" is every sort."""
        return self.filter(kind=kind) if kind else self

    def upcoming(self, now):
        """Planned and not over yet."""
        return self.planned().filter(ends_at__gt=now)

    def between(self, start, end):
        """Meetings that begin from `start` up to but not including `end` (moments)."""
        return self.filter(starts_at__gte=start, starts_at__lt=end)


class Meeting(models.Model):
    """Agendapunt: one appointment with a place in people's calendars. Its title names no person.

    Only `schedule`, `move` and `cancel` of `notifications.services` write it.
    """

    zone = Zone.PROGRAMME

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    sequence = models.PositiveIntegerField(default=0)
    kind = models.CharField(_("soort"), max_length=30)
    title = models.CharField(_("titel"), max_length=120)
    starts_at = models.DateTimeField(_("begint"), db_index=True)
    ends_at = models.DateTimeField(_("eindigt"))
    place = models.CharField(_("plaats"), max_length=200, blank=True)
    link = models.CharField(_("pad in het portaal"), max_length=300, blank=True)
    case_number = models.CharField(_("dossiernummer"), max_length=30, blank=True, db_index=True)
    state = models.CharField(_("stand"), max_length=20, choices=MeetingState, default=MeetingState.PLANNED)
    changed_at = models.DateTimeField(_("gewijzigd op"), default=timezone.now)
    #: Who planned it and in which role: sees the answers and hears of a refusal, also without taking part.
    organiser = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    organiser_role = models.CharField(max_length=30, blank=True)

    objects = MeetingQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "pk"]
        verbose_name = _("agendapunt")
        verbose_name_plural = _("agendapunten")
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=models.F("starts_at")), name="meeting_ends_after_start")
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("notifications:meeting", kwargs={"pk": self.pk})

    @property
    def is_cancelled(self):
        return self.state == MeetingState.CANCELLED

    @property
    def unreachable(self):
        """Participants that no message can reach: somebody must phone or write. Reads `participants`, prefetched or not."""
        return [row for row in self.participants.all() if not row.can_be_reached]


class Answer(models.TextChoices):
    YES = "ja", _("Komt")
    NO = "nee", _("Komt niet")
    MAYBE = "misschien", _("Weet het nog niet")


class MeetingParticipant(models.Model):
    """Deelnemer aan een agendapunt: an account or an address; with neither somebody must phone or write."""

    zone = Zone.PROGRAMME

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="participants")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="+")
    role = models.CharField(_("rol"), max_length=30, blank=True)
    address = models.EmailField(_("adres"), blank=True)
    answer = models.CharField(_("antwoord"), max_length=20, choices=Answer, blank=True)
    answered_at = models.DateTimeField(_("geantwoord op"), null=True, blank=True)
    #: How often this place was asked to come: a changed meeting asks again, and the links of before stop.
    asked = models.PositiveIntegerField(default=0)
    #: Whose place it is in a meeting that is itself about no dossier: two people may have one address between them.
    case_number = models.CharField(_("dossiernummer"), max_length=30, blank=True, db_index=True)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("deelnemer")
        verbose_name_plural = _("deelnemers")
        constraints = [
            models.UniqueConstraint(
                fields=["meeting", "role", "user"], condition=Q(user__isnull=False), name="participant_once_per_user"
            ),
            models.UniqueConstraint(
                fields=["meeting", "role", "address", "case_number"],
                condition=Q(user=None) & ~Q(address=""),
                name="participant_once_per_address",
            ),
        ]

    def __str__(self):
        return str(self.role_label)

    @property
    def role_label(self):
        """The Dutch name of the role; without one the address."""
        return Role(self.role).label if self.role else self.address

    @property
    def email(self):
        """Where invitations go, in lower case; "" when nowhere. Reads `user`."""
        return (self.user.email if self.user else self.address).lower()

    @property
    def own_answer(self):
        """What was answered, said to who answered."""
        return {Answer.YES: _("U komt"), Answer.NO: _("U komt niet"), Answer.MAYBE: _("U weet het nog niet")}.get(
            self.answer, ""
        )

    @property
    def can_be_reached(self):
        """Whether an invitation can be sent at all."""
        return bool(self.user_id or self.address)


#: Of a sort that was stopped by link: nothing had been chosen for it.
NOT_CHOSEN = ("not_chosen", _("Niet gekozen"))


class Preference(models.Model):
    """Keuze bij Meldingen: how somebody receives one sort of message in one role. Without a row the default counts."""

    zone = Zone.CONTACT

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    role = models.CharField(_("rol"), max_length=30, choices=Role)
    kind = models.CharField(_("soort"), max_length=50)
    way = models.CharField(_("hoe"), max_length=20, choices=kinds.Way)
    #: What a stop by link replaced and an undo brings back; "" when nothing was stopped by link.
    before = models.CharField(
        _("hoe het was voor het stoppen"), max_length=20, blank=True, choices=[*kinds.Way.choices, NOT_CHOSEN]
    )
    changed_at = models.DateTimeField(_("gewijzigd op"), default=timezone.now)

    class Meta:
        ordering = ["user", "role", "kind"]
        verbose_name = _("keuze bij meldingen")
        verbose_name_plural = _("keuzes bij meldingen")
        constraints = [models.UniqueConstraint(fields=["user", "role", "kind"], name="preference_once")]

    def __str__(self):
        return f"{self.kind}: {self.get_way_display()}"


class MailSettings(models.Model):
    """Rustige uren en stoplinks: when somebody gets no mail, and what the links to stop mail are signed with."""

    zone = Zone.CONTACT

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    quiet_from = models.TimeField(_("rustig vanaf"), null=True, blank=True)
    quiet_until = models.TimeField(_("rustig tot"), null=True, blank=True)
    #: The numbers of the weekdays on which quiet hours begin, 0 for Monday.
    quiet_days = models.CharField(_("op welke dagen"), max_length=7, blank=True)
    #: Another value makes the links in all mail sent before worthless.
    link_key = models.CharField(max_length=32, blank=True)

    class Meta:
        verbose_name = _("rustige uren")
        verbose_name_plural = _("rustige uren")
        constraints = [
            models.CheckConstraint(
                condition=Q(quiet_from=None, quiet_until=None)
                | Q(quiet_from__isnull=False, quiet_until__isnull=False),
                name="mail_settings_quiet_hours_whole",
            )
        ]

    def __str__(self):
        return f"{self.user_id}"

    @property
    def has_quiet_hours(self):
        return self.quiet_from is not None and bool(self.quiet_days)


class CalendarFeed(models.Model):
    """Agendalink: a secret address where a calendar app reads the meetings of one person in one role.

    The secret itself is nowhere; here is its hash. It works as long as the role does.
    """

    zone = Zone.PROGRAMME

    role_assignment = models.OneToOneField(RoleAssignment, models.CASCADE, related_name="+")
    token_hash = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField(_("gemaakt op"), default=timezone.now)
    #: When a meeting last left this agenda: what is gone tells no moment of its own.
    changed_at = models.DateTimeField(_("gewijzigd op"), default=timezone.now)

    class Meta:
        ordering = ["role_assignment"]
        verbose_name = _("agendalink")
        verbose_name_plural = _("agendalinks")

    def __str__(self):
        return f"{self.role_assignment_id}"
