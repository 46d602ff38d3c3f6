"""Values of fields in words: what a screen, a PDF and a file for the person say of them."""

import json
from datetime import UTC, date, datetime

from django.db import models
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import RoleAssignment
from accounts.roles import Role
from accounts.zones import LABELS
from privacy.personal_data import labels


def field_label(model, name):
    """The Dutch name of a field, as a heading."""
    field = model._meta.get_field(name)
    has_own = str(field.verbose_name) != name.replace("_", " ")
    label = str(field.verbose_name) if has_own else labels().get(name, str(field.verbose_name))
    return label[:1].upper() + label[1:]


def words_of(field, value):
    """A value of a field that points nowhere, in Dutch words; "" for nothing. Lists of codes become lists of labels."""
    if value is None or value == "":
        return ""
    names = {str(key): str(label) for key, label in field.flatchoices}
    if not names and field.name in ("role", "owner_role", "for_role"):
        names = {role.value: str(role.label) for role in Role}
    if not names and field.name in ("zone", "about_zone"):
        names = {str(zone): str(label) for zone, label in LABELS.items()}
    if isinstance(value, bool):
        return _("ja") if value else _("nee")
    if isinstance(value, datetime):
        return date_format(timezone.localtime(value), "j F Y, H:i")
    if isinstance(value, date):
        return date_format(value, "j F Y")
    if isinstance(value, list):
        return ", ".join(words_of(field, part) for part in value)
    return names.get(str(value), str(value))


def kept_value(field, text):
    """What django-auditlog kept as text, as a value of the field again; text that is no such value stays text."""
    if text in ("None", "", None):
        return None
    if isinstance(field, models.BooleanField):
        return text == "True"
    if isinstance(field, models.DateTimeField):
        moment = parse_datetime(text)
        return moment.replace(tzinfo=UTC) if moment else text
    if isinstance(field, models.DateField):
        return parse_date(text) or text
    if isinstance(field, models.JSONField):
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text


def roles_of(keys):
    """{account: "Klantmanager, Gemeente Leiden"} of these accounts: what they are, not who. One query."""
    found = {}
    rows = RoleAssignment.objects.filter(user__in=set(keys)).select_related("organisation").order_by("starts_on", "pk")
    for row in rows:
        found[row.user_id] = ", ".join(filter(None, (str(Role(row.role).label), str(row.organisation or ""))))
    return found
