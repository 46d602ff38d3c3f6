"""The matrix of access, played out: markers in every field of every zone, a lean client, and what an answer may hold.

`tests/test_matrix.py` uses it on the cast, with every address of the table; it also proves that a hole is found.
"""

import io
import logging
import re
import uuid
import zipfile
from collections import Counter
from contextlib import contextmanager, nullcontext
from functools import partial
from http.cookies import SimpleCookie
from unittest.mock import patch

from django.apps import apps
from django.conf import settings
from django.db import models, transaction
from django.http import HttpResponse
from django.test.client import ClientHandler, RequestFactory
from pypdf import PdfReader

from accounts.models import User
from accounts.roles import Role
from accounts.zones import READS, WITHOUT_KLANTMANAGER, Reach, Zone
from cases.models import Agreement, AgreementParty, Statushouder
from jas_portal import urls
from mentoring.models import CheckIn, CheckInKind, Mentor, Mentorship
from notifications.models import Notification
from tests.test_access import PUBLIC, SIGNED_IN, TABLE, address_of, addresses, is_sign_in, may, may_as_outsider

METHODS = ("GET", "HEAD", "POST", "PUT")
APPS = ("cases", "mentoring", "inburgering")
#: A marker names its zone and its number: no other text looks like it, whatever a page does to capitals.
MARKER = re.compile(r"zqmark([a-z]+)x(\d+)q", re.IGNORECASE)

_OF_THIS_TIME = re.compile(r'nonce="[^"]*"|name="(?:csrfmiddlewaretoken|key)" value="[^"]*"')

# --- Markers -------------------------------------------------------------------------------------------

#: Fields that hold no words of people: numbers, codes and paths that the portal makes itself.
NO_WORDS = {
    "key", "number", "external_number", "template", "link", "code", "error", "file_name", "token", "claimed_by",
    "gedragscode_version", "worker", "kind", "postal_code",
}  # fmt: skip
#: Titles and texts that the portal writes itself, in words of the programme (model §5.6: titles are programme).
OWN_WORDS = {("Alert", "title"), ("JournalEntry", "text")}
#: Models that are not about a person in the programme, or that a role reads by another rule.
NOT_MARKED = {"CaseloadImport", "CaseloadImportRow", "ProgrammeSettings", "Institute", "BreakGlass", "Disclosure"}


class Marks:
    """The markers that were put into the database: number → where it stands and in which zone."""

    def __init__(self):
        self.where = {}

    def new(self, zone, where):
        number = len(self.where) + 1
        self.where[number] = where
        return f"Zqmark{zone}x{number}q"

    def put_everywhere(self):
        """Put a marker into each field with words of each row about a person in the programme. Returns how many."""
        before = len(self.where)
        for app in APPS:
            for model in apps.get_app_config(app).get_models():
                if model.__name__ not in NOT_MARKED:
                    self._put_into(model)
        for user in User.objects.filter(pk__in=Statushouder.objects.values("user")):
            User.objects.filter(pk=user.pk).update(
                name=self.new(Zone.CONTACT, ("User", "name", user.pk)),
                phone=self.new(Zone.CONTACT, ("User", "phone", user.pk)),
                email=f"{self.new(Zone.CONTACT, ('User', 'email', user.pk))}@voorbeeld.example",
            )
        return len(self.where) - before

    def _put_into(self, model):
        fields = [field for field in model._meta.concrete_fields if self._holds_words(model, field)]
        for row in model.objects.all():
            zone = str(row.zone) if getattr(row, "zone", None) else None
            if zone is None:
                continue
            values = {}
            for field in fields:
                where = (model.__name__, field.name, row.pk)
                if getattr(row, "template", "") and not row.template.startswith("own-"):
                    continue  # one of the nineteen: its title is the programme's
                marker = self.new(zone, where)
                values[field.name] = f"{marker}@voorbeeld.example" if isinstance(field, models.EmailField) else marker
            if values:
                model.objects.filter(pk=row.pk).update(**values)

    @staticmethod
    def _holds_words(model, field):
        return (
            isinstance(field, models.CharField | models.TextField)
            and not field.choices
            and not field.unique
            and field.name not in NO_WORDS
            and (model.__name__, field.name) not in OWN_WORDS
            and (field.max_length or 1000) >= 30
        )

    def found_in(self, text):
        """{(zone, place)} of the markers in a text."""
        return {(zone.lower(), self.where[int(number)]) for zone, number in MARKER.findall(text)}


# --- What a role may read ------------------------------------------------------------------------------


def is_agreement_with_vwn(place):
    return (
        place[0] == "Agreement"
        and Agreement.objects.filter(pk=place[2], party=AgreementParty.MAATSCHAPPELIJK_BEGELEIDER).exists()
    )


def is_summary_of_first_talk(place):
    return place[:2] == ("CheckIn", "summary") and CheckIn.objects.filter(pk=place[2], kind=CheckInKind.M3).exists()


def is_wish_of_an_open_request(place):
    return place[:2] == ("MatchRequest", "wishes")


#: Role → places it may read although the zone is closed to it or open in summary only, with the rule that says so.
ALSO_READS = {
    # Model §5.7, Z2: of a plan the agreements addressed to VluchtelingenWerk.
    Role.MAATSCHAPPELIJK_BEGELEIDER: [is_agreement_with_vwn],
    # Model §5.7: takes part in the first talk and writes its summary; asks for a mentor and says what the person would like.
    Role.KLANTMANAGER: [is_summary_of_first_talk, is_wish_of_an_open_request],
    # Model §5.7, export and inzage: the privacy officer approves, and so reads what was asked and answered.
    Role.PRIVACY_OFFICER: [lambda place: place[0] == "RightsRequest"],
}
#: The same of a dossier without klantmanager: its alerts stand on the homes of all of them (model §5.7 (9)).
ALSO_READS_NARROW = {Role.KLANTMANAGER: [lambda place: place[:2] == ("Alert", "detail")]}
#: Role → places within its own zones that it may not read (model §5.7, Z0: a mentor knows the name of every day and the
#: chosen way to reach somebody).
NEVER_READS = {
    Role.MENTOR: [
        lambda place: (
            place[:2]
            in (("Statushouder", "full_name"), ("Statushouder", "email"), ("User", "name"), ("User", "email"))
        )
    ],
}


def open_zones(role, *, narrow=False):
    """The zones whose words this role may read."""
    zones = {zone for zone, how in READS.get(role, {}).items() if how is Reach.FULL}
    return zones & set(WITHOUT_KLANTMANAGER) if narrow else zones


def own_words(user):
    """The places that are about this very person, that a proposal puts to this mentor, and a coordinator's own mentors."""
    if user is None:
        return set()
    coordinated = ()
    if user.role == Role.VRIJWILLIGERSCOORDINATOR:
        coordinated = Mentor.objects.filter(organisation=user.acting_as.organisation_id).values_list("pk", flat=True)
    mentor = Mentor.objects.filter(user=user).first()
    proposals = Mentorship.objects.proposed().filter(mentor=mentor).select_related("case") if mentor else ()
    return {
        ("User", user.pk),
        ("Mentor", mentor.pk if mentor else 0),
        *(("Mentor", pk) for pk in coordinated),
        *(("MatchRequest", row.request_id) for row in proposals),
        *(("Statushouder", row.case.statushouder_id) for row in proposals),
    }


class Words:
    """What one person may read in one relation, asked of an answer."""

    def __init__(self, marks, role, user, *, related, narrow):
        self.marks, self.role = marks, role
        self.zones = open_zones(role, narrow=narrow) if related else set()
        # Who watches over all of it stands around no dossier.
        also = (ALSO_READS_NARROW if narrow else ALSO_READS) if related or role == Role.PRIVACY_OFFICER else {}
        self.also, self.never = also.get(role, ()), NEVER_READS.get(role, ())
        self.own = own_words(user)

    def closed_in(self, text):
        """[(zone, place)] of the markers in `text` that this person may not read."""
        return [
            (zone, place)
            for zone, place in sorted(self.marks.found_in(text), key=str)
            if any(rule(place) for rule in self.never) or not self._is_open(zone, place)
        ]

    def _is_open(self, zone, place):
        return zone in self.zones or (place[0], place[2]) in self.own or any(rule(place) for rule in self.also)


# --- Asking --------------------------------------------------------------------------------------------


class Ear(logging.Handler):
    """Hears everything that is logged."""

    def __init__(self):
        super().__init__()
        self.heard = []

    def emit(self, record):
        self.heard.append(self.format(record))

    def take(self):
        """What was heard since the last time, as one text."""
        heard, self.heard = "\n".join(self.heard), []
        return heard


class Lean:
    """A client that asks and keeps nothing: a request costs what the portal costs, no template is copied for it."""

    handler = ClientHandler(enforce_csrf_checks=False)

    def __init__(self, session_key=None):
        self.factory = RequestFactory()
        if session_key:
            self.factory.cookies = SimpleCookie({settings.SESSION_COOKIE_NAME: session_key})

    def ask(self, method, address):
        request = self.factory.generic(method, address)
        environ = {**request.environ, "wsgi.input": io.BytesIO(b"")}
        return self.handler(environ)


def words_of(response):
    """Everything an answer tells: its headers, and its body as text; of a PDF its words."""
    body = b"".join(response.streaming_content) if response.streaming else response.content
    return "\n".join(f"{name}: {value}" for name, value in response.items()) + words_in(body)


def words_in(content):
    """The words of a file: of a PDF those on its pages, of a ZIP or spreadsheet those of all files in it."""
    if content.startswith(b"%PDF"):
        return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
    if content.startswith(b"PK\x03\x04"):
        archive = zipfile.ZipFile(io.BytesIO(content))
        return "\n".join(f"{name}\n{words_in(archive.read(name))}" for name in archive.namelist())
    return content.decode("utf-8", "replace")


def always_alike(response):
    """The body of a page without what differs each time: secrets of forms, the nonce, keys. Of a file nothing."""
    is_page = response.headers.get("Content-Type", "").startswith("text/html")
    return _OF_THIS_TIME.sub("", response.content.decode()) if is_page else ""


def plain_refusal(request, exception=None, *, status):
    return HttpResponse("refused", status=status)


@contextmanager
def plain_refusals():
    """Answer a refusal in one word instead of with its page."""
    pages = {f"handler{status}": partial(plain_refusal, status=status) for status in (403, 404)}
    with patch.multiple(urls, create=True, **pages):
        yield


@contextmanager
def taken_back():
    """What is written inside never was."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


#: What an address answers that is open to everybody, or to everybody who is signed in: no matter of a dossier.
NO_MATTER = {200, 302, 400, 401, 403, 404, 405, 409, 410, 429, 503}
#: Relation → addresses with an id that stay open without a relation to the dossier: what is one's own (a Startgroep, an
#: institute, a message, a proposal), or the little that a waiting dossier shows. The zones are checked there all the same.
STAYS_OPEN = {
    "ended": {
        "inburgering:startgroep", "inburgering:add_participant", "inburgering:move_session", "inburgering:call_roll",
        "inburgering:cancel_session", "inburgering:finish_startgroep", "inburgering:institute",
        "inburgering:edit_institute", "mentoring:answer_proposal", "mentoring:mentor", "mentoring:change_mentor",
        "mentoring:move_mentor", "cases:end_deputyship", "mfa_edit_webauthn", "mfa_remove_webauthn",
        "accounts:end_session", "accounts:forget_device",
        "notifications:revoke_feed", "work:job", "work:progress", "work:cancel",
    },
    "waiting": {
        "cases:case", "cases:timeline", "cases:changes", "cases:messages", "cases:take_case", "cases:hand_over", "cases:alert",
        "cases:record_follow_up", "inburgering:case_learning", "inburgering:enrolment",
    },
}  # fmt: skip
#: A meeting stays in the agenda of who takes part in it; leaving a dossier takes it away (`notifications.vacate`).
STAYS_OPEN["not yet begun"] = STAYS_OPEN["ended"] | {
    f"notifications:{name}" for name in ("meeting", "meeting_calendar", "message", "message_calendar")
}


def expected(name, arguments, role, relation, method):
    """The statuses with which the portal may answer: the table, the relation and the method decide.

    405 says only that an address knows no such method, whatever its id.
    """
    who = TABLE[name]
    if who == PUBLIC:
        return NO_MATTER
    if relation == "signed out":
        return {"sign-in"}
    if who == SIGNED_IN:
        return NO_MATTER
    if role is None or not may(name, role):
        return {404 if arguments else 403, 405}
    is_open = not arguments or relation == "own" or name in STAYS_OPEN.get(relation, ())
    if not is_open and not may_as_outsider(name, role):
        return {404, 405}
    if role == Role.STATUSHOUDER and relation != "own":
        return {200, 302, 400, 404, 405}  # "my" pages of somebody without a dossier
    if method == "PUT" and not name.startswith("mfa_"):
        return {405}
    return {200, 302, 405} if is_open and method in ("GET", "HEAD") else {200, 302, 400, 404, 405}


class Round:
    """Ask every address as one person, and hold each answer against what the table, the relation and the zones say."""

    def __init__(self, ids, marks, names=None):
        self.ids, self.marks = ids, marks
        # A name that the table lacks fails elsewhere (tests/test_access.py).
        names = TABLE.keys() & (names or TABLE.keys())
        self.places = [(name, arguments) for name, arguments in addresses() if name in names]
        self.wrong, self.asked, self.ear = [], Counter(), Ear()

    def ask(self, client, role, user, relation, *, related, narrow=False, methods=METHODS):
        """Go round once; what is wrong is added to `self.wrong`."""
        words = Words(self.marks, role, user, related=related, narrow=narrow)
        logging.getLogger().addHandler(self.ear)
        try:
            self._ask_all(client, role, relation, words, methods)
        finally:
            logging.getLogger().removeHandler(self.ear)
        return self

    def _ask_all(self, client, role, relation, words, methods):
        for name, arguments in self.places:
            if not self._is_asked(name, role, relation):
                continue
            address = address_of(name, arguments, self.ids)
            for method in methods:
                self._ask_one(client, name, arguments, address, role, relation, method, words)

    @staticmethod
    def _is_asked(name, role, relation):
        """Public pages once; and a role that is refused in its own relation is refused in every other."""
        if TABLE[name] == PUBLIC:
            return relation == "signed out" or (relation == "own" and role == Role.KLANTMANAGER)
        return relation in ("own", "signed out") or role is None or may(name, role)

    def _ask_one(self, client, name, arguments, address, role, relation, method, words):
        self.asked[relation] += 1
        last_mail = Notification.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        where = f"{role} ({relation}) {method} {name}"
        # The page of a refusal is the same for all of them: it is drawn for the own relation and GET.
        plain = nullcontext() if relation == "own" and method == "GET" else plain_refusals()
        with taken_back(), plain:
            response = client.ask(method, address)
            mails = list(Notification.objects.filter(pk__gt=last_mail)) if method == "POST" else []
        allowed = expected(name, arguments, role, relation, method)
        status = "sign-in" if is_sign_in(response) and "sign-in" in allowed else response.status_code
        if status not in allowed:
            self.wrong.append(f"{where}: {status}, not one of {sorted(allowed, key=str)}")
        if TABLE[name] != PUBLIC and "no-store" not in response.headers.get("Cache-Control", ""):
            self.wrong.append(f"{where}: may stay in the browser")
        for zone, place in words.closed_in(words_of(response)):
            self.wrong.append(f"{where}: tells {zone}, {'.'.join(map(str, place))}")
        if self.marks.found_in(self.ear.take()):
            self.wrong.append(f"{where}: the log tells of a person")
        for mail in mails:
            if self.marks.found_in(mail.subject + mail.body + mail.calendar):
                self.wrong.append(f"{where}: its mail tells of a person ({mail.kind})")


def a_number():
    """A key as a form would send it."""
    return str(uuid.uuid4())
