"""Who is in a Startgroep has a place of their own in its coming sessions, at the address or account of now.

A place was found back by its address alone: after a correction it stayed at the old one, and who left kept it.
"""

from django.db import migrations
from django.utils import timezone

STATUSHOUDER = "statushouder"


def settle_places(apps, _schema_editor):
    """Give every place in a coming session the dossier whose it is; drop those of nobody, add those that are missing."""
    session_model = apps.get_model("inburgering", "StartgroepSession")
    place_model = apps.get_model("notifications", "MeetingParticipant")
    participant_model = apps.get_model("inburgering", "StartgroepParticipant")
    coming = session_model.objects.filter(meeting__starts_at__gt=timezone.now(), cancelled_at=None)
    for session in coming.order_by("pk"):
        places = list(place_model.objects.filter(meeting=session.meeting_id, role=STATUSHOUDER, case_number=""))
        current = participant_model.objects.filter(startgroep=session.startgroep_id, left_on=None)
        for participant in current.select_related("case__statushouder").order_by("pk"):
            number, person = participant.case.number, participant.case.statushouder
            if place_model.objects.filter(meeting=session.meeting_id, role=STATUSHOUDER, case_number=number).exists():
                continue
            address = "" if person.user_id else person.email
            place = next(
                (row for row in places if (row.user_id, row.address) == (person.user_id, address)),
                place_model(meeting_id=session.meeting_id, role=STATUSHOUDER, user_id=person.user_id, address=address),
            )
            if place in places:
                places.remove(place)
            place.case_number = number
            place.save()
        place_model.objects.filter(pk__in=[place.pk for place in places]).delete()


class Migration(migrations.Migration):
    dependencies = [("inburgering", "0001_initial"), ("notifications", "0004_whose_place_it_is")]

    operations = [migrations.RunPython(settle_places, migrations.RunPython.noop)]
