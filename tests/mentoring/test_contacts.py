"""A mentor logs a contact: done, refused, twice; dates in Amsterdam; nothing typed gets lost."""

import uuid
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse

from accounts.rules import RuleBroken
from cases.models import Alert, AlertStatus, JournalEntry, JournalKind
from mentoring import services
from mentoring.models import ContactChannel, ContactMoment, Mentorship
from notifications.models import Notification
from tests import factories
from tests.factories import TODAY
from tests.mentoring.matches import NOW, at, make_match

KEY = uuid.UUID(int=7)


def log(match, by, **fields):
    fields = {
        "on": TODAY,
        "channel": ContactChannel.SAMEN_OP_PAD,
        "minutes": 90,
        "key": KEY,
        "today": TODAY,
        "now": NOW,
        **fields,
    }
    return services.log_contact(mentorship=match, by=by, **fields)


def lines(case):
    return list(
        JournalEntry.objects.filter(case=case, kind=JournalKind.CONTACT).order_by("pk").values_list("text", flat=True)
    )


# --- The service ----------------------------------------------------------------------------------------------


def test_log_contact_writes_the_moment_and_a_line_without_the_note(cast, match):
    moment = log(match, cast.mentor, note="  Naar de bibliotheek. ")
    assert (moment.on, moment.channel, moment.minutes, moment.note, moment.logged_by) == (
        TODAY,
        "samen_op_pad",
        90,
        "Naar de bibliotheek.",
        cast.mentor,
    )
    assert lines(cast.case) == ["Contact van mentor en statushouder op 23 november 2026"]
    assert not Alert.objects.exists()


def test_log_contact_twice_with_one_key_is_one_row(cast, match):
    assert log(match, cast.mentor) == log(match, cast.mentor, note="anders")
    assert ContactMoment.objects.get().note == ""
    assert len(lines(cast.case)) == 1


def test_an_attempt_takes_no_time_and_is_no_contact(cast, match):
    moment = log(match, cast.mentor, channel=ContactChannel.NIET_BEREIKT, minutes=0)
    assert (moment.minutes, moment.was_reached) == (0, False)
    assert lines(cast.case) == ["Mentor zocht contact op 23 november 2026"]
    assert Mentorship.objects.with_contact().get().last_contact_on is None


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"on": TODAY + timedelta(days=1)}, "toekomst"),
        ({"on": TODAY - timedelta(days=1)}, "koppeling begon"),
        ({"minutes": 0}, "hoe lang"),
        ({"minutes": 1441}, "hoe lang"),
    ],
)
def test_log_contact_refuses_what_cannot_be(cast, match, fields, reason):
    with pytest.raises(RuleBroken, match=reason):
        log(match, cast.mentor, **fields)
    assert not ContactMoment.objects.exists()
    assert lines(cast.case) == []


def test_log_contact_is_the_mentors_own(cast, match):
    for user in (cast.vrijwilligerscoordinator, cast.outsider.mentor, None):
        with pytest.raises(RuleBroken, match="mentor zelf"):
            log(match, user)


def test_log_contact_is_refused_after_the_match_ended(cast, match):
    services.end_mentorship(
        mentorship=match, reason="afgerond", by=cast.vrijwilligerscoordinator, today=TODAY, now=NOW
    )
    with pytest.raises(RuleBroken, match="beëindigd"):
        log(match, cast.mentor)


def test_a_concern_raises_one_alert_for_the_coordinator_alone(cast, match):
    for _twice in range(2):
        log(match, cast.mentor, concern=True, note="Slaapt slecht")
    alert = Alert.objects.get()
    assert (alert.for_role, alert.zone, alert.status) == ("vrijwilligerscoordinator", "mentoring", "nieuw")
    assert "Slaapt" not in alert.title + alert.detail
    assert list(Alert.objects.visible_to(cast.vrijwilligerscoordinator, TODAY)) == [alert]
    for user in (cast.klantmanager, cast.mentor, cast.outsider.vrijwilligerscoordinator):
        assert not Alert.objects.visible_to(user, TODAY).exists()
    message = Notification.objects.get(user=cast.vrijwilligerscoordinator, kind="mentor_concern")
    assert "Selam" not in message.subject + message.body


def test_change_contact_corrects_and_takes_the_concern_back(cast, match):
    moment = log(match, cast.mentor, concern=True)
    change = {"on": TODAY, "channel": "bellen", "minutes": 30, "note": "Gebeld", "concern": False}
    for _twice in range(2):
        moment = services.change_contact(moment=moment, by=cast.mentor, today=TODAY, now=NOW, **change)
    assert (moment.channel, moment.minutes, moment.note) == ("bellen", 30, "Gebeld")
    assert Alert.objects.get().status == AlertStatus.VERVALLEN
    assert lines(cast.case)[1:] == ["Contactmoment van 23 november 2026 gecorrigeerd"]
    services.change_contact(moment=moment, by=cast.mentor, today=TODAY, now=NOW, **{**change, "concern": True})
    assert Alert.objects.get().status == AlertStatus.NIEUW


def test_change_and_remove_are_the_mentors_own_for_fourteen_days(cast, match):
    moment = log(match, cast.mentor)
    change = {"on": TODAY, "channel": "bellen", "minutes": 30}
    last_day = NOW + timedelta(days=14)
    assert services.change_contact(moment=moment, by=cast.mentor, today=TODAY, now=last_day, **change).minutes == 30
    too_late = last_day + timedelta(minutes=1)
    with pytest.raises(RuleBroken, match="te oud"):
        services.change_contact(moment=moment, by=cast.mentor, today=TODAY, now=too_late, **change)
    with pytest.raises(RuleBroken, match="te oud"):
        services.remove_contact(moment=moment, by=cast.mentor, now=too_late)
    with pytest.raises(RuleBroken, match="mentor zelf"):
        services.remove_contact(moment=moment, by=cast.vrijwilligerscoordinator, now=NOW)


def test_remove_contact_leaves_a_line(cast, match):
    services.remove_contact(moment=log(match, cast.mentor, concern=True), by=cast.mentor, now=NOW)
    assert not ContactMoment.objects.exists()
    assert Alert.objects.get().status == AlertStatus.VERVALLEN
    assert lines(cast.case)[-1] == "Contactmoment van 23 november 2026 verwijderd"


# --- The form on a phone ----------------------------------------------------------------------------------------


@pytest.fixture
def phone(cast, match, sign_in, time_machine):
    """The mentor at the form: `phone.get()`, `phone.save(**changes)`; the choices are those the page made already."""
    time_machine.move_to(NOW, tick=False)

    class Phone:
        url = reverse("mentoring:log_contact", args=[match.pk])
        client = sign_in(cast.mentor)

        def get(self):
            return self.client.get(self.url)

        def sign_in_again(self):
            """After hours the session is over."""
            self.client.force_login(cast.mentor, backend="django.contrib.auth.backends.ModelBackend")

        def save(self, page=None, **changes):
            form = (page or self.get()).context["form"]
            data = {name: form[name].value() for name in form.fields}
            data = {name: value for name, value in data.items() if value not in (None, False)}
            return self.client.post(self.url, {**data, **changes})

    return Phone()


def test_from_the_home_one_page_and_one_button_log_a_contact(cast, match, phone):
    assert phone.save().url == reverse("home")
    moment = ContactMoment.objects.get()
    assert (moment.on, moment.channel, moment.minutes, moment.note) == (TODAY, "samen_op_pad", 90, "")


def test_the_form_suggests_what_it_was_last_time(cast, match, phone):
    log(match, cast.mentor, channel=ContactChannel.THUIS, minutes=60)
    form = phone.get().context["form"]
    assert (form["channel"].value(), form["duration"].value(), form["day"].value()) == ("thuis", 60, "2026-11-23")


def test_a_double_click_is_one_row(phone):
    page = phone.get()
    assert [phone.save(page).status_code, phone.save(page).status_code] == [302, 302]
    assert ContactMoment.objects.count() == 1


def test_a_second_moment_on_one_day_is_asked_about_once(cast, match, phone):
    log(match, cast.mentor)
    assert "staat al: Samen op pad" in phone.get().content.decode()
    asked = phone.save(note="Ook nog gebeld")
    assert asked.status_code == 200
    assert "Is dit een tweede keer op dezelfde dag?" in asked.content.decode()
    assert "Ook nog gebeld" in asked.content.decode()
    assert ContactMoment.objects.count() == 1
    assert phone.save(asked).status_code == 302
    assert ContactMoment.objects.count() == 2


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"day": "anders"}, "Kies de dag"),
        ({"day": "anders", "other_day": "2026-11-24"}, "Deze dag komt nog"),
        ({"day": "anders", "other_day": "2026-11-22"}, "begon op 23 november 2026"),
        ({"day": "2026-11-24"}, "geldige keuze"),
        ({"duration": "anders"}, "hoeveel minuten"),
        ({"duration": "anders", "other_minutes": "-5"}, "1"),
        ({"note": "x" * 501}, "500"),
    ],
)
def test_an_error_keeps_everything_that_was_filled_in(phone, changes, words):
    page = phone.save(**{"note": "Naar de markt geweest", "concern": "on", **changes})
    text = page.content.decode()
    assert page.status_code == 200
    assert words in text
    assert changes.get("note", "Naar de markt geweest") in text
    assert page.context["form"]["concern"].value() is True
    assert not ContactMoment.objects.exists()


def test_another_day_and_another_duration_without_any_script(cast, match, phone):
    Mentorship.objects.update(start_date=date(2026, 11, 2))
    phone.save(day="anders", other_day="2026-11-14", duration="anders", other_minutes="45", channel="bellen")
    moment = ContactMoment.objects.get()
    assert (moment.on, moment.minutes, moment.channel) == (date(2026, 11, 14), 45, "bellen")


def test_an_attempt_needs_no_duration(phone):
    assert phone.save(channel="niet_bereikt", duration="anders").status_code == 302
    assert ContactMoment.objects.get().minutes == 0


def test_the_page_says_who_reads_it_and_warns(phone):
    text = phone.get().content.decode()
    assert "Schrijf geen medische of financiële zaken op. Alleen de coördinator en Selam lezen dit." in text


def test_correct_and_remove_by_the_pages(cast, match, phone):
    moment = log(match, cast.mentor, minutes=45, note="Naar de markt")
    url = reverse("mentoring:change_contact", args=[moment.pk])
    form = phone.client.get(url).context["form"]
    assert (form["duration"].value(), form["other_minutes"].value(), form["note"].value()) == (
        "anders",
        45,
        "Naar de markt",
    )
    phone.client.post(url, {"day": "2026-11-23", "channel": "thuis", "duration": "120", "note": "Thuis"})
    moment.refresh_from_db()
    assert (moment.channel, moment.minutes, moment.note) == ("thuis", 120, "Thuis")
    remove = reverse("mentoring:remove_contact", args=[moment.pk])
    assert phone.client.get(remove).status_code == 200
    assert ContactMoment.objects.count() == 1
    phone.client.post(remove)
    assert ContactMoment.objects.count() == 0


def test_the_own_moments_are_filtered(cast, match, phone):
    log(match, cast.mentor, note="Naar de markt")
    log(match, cast.mentor, key=uuid.uuid4(), channel="bellen", minutes=30, note="Even gebeld")
    url = reverse("mentoring:contacts")
    overview = phone.client.get(f"{url}?hoe=bellen&koppeling={match.pk}").context["overview"]
    assert [row.note for row in overview.rows] == ["Even gebeld"]
    assert overview.months[0].text == "november 2026: 2 uur"
    assert phone.client.get(f"{url}?hoe=onzin&koppeling=x").status_code == 200


AMSTERDAM = ZoneInfo("Europe/Amsterdam")


@pytest.mark.parametrize(
    ("moment", "today"),
    [
        (datetime(2026, 11, 25, 23, 30, tzinfo=AMSTERDAM), "2026-11-25"),
        (datetime(2026, 11, 26, 0, 10, tzinfo=AMSTERDAM), "2026-11-26"),
        (datetime(2027, 3, 28, 2, 30, tzinfo=ZoneInfo("UTC")), "2027-03-28"),  # the night in which summer time begins
        (datetime(2027, 3, 28, 23, 30, tzinfo=AMSTERDAM), "2027-03-28"),
        (datetime(2027, 10, 31, 2, 30, tzinfo=AMSTERDAM), "2027-10-31"),  # this half hour comes twice
        (datetime(2027, 10, 31, 23, 30, tzinfo=AMSTERDAM), "2027-10-31"),
        (datetime(2027, 6, 1, 22, 30, tzinfo=ZoneInfo("UTC")), "2027-06-02"),
    ],
)
def test_today_is_the_day_in_amsterdam_at_any_hour(cast, match, phone, time_machine, moment, today):
    time_machine.move_to(moment, tick=False)
    phone.sign_in_again()
    page = phone.get()
    assert page.context["form"]["day"].value() == today
    assert phone.save(page).status_code == 302
    assert ContactMoment.objects.get().on.isoformat() == today


def test_a_page_opened_before_midnight_means_the_day_it_said(cast, match, phone, time_machine):
    time_machine.move_to(at(TODAY, 23, 58), tick=False)
    phone.sign_in_again()
    page = phone.get()
    time_machine.move_to(at(TODAY + timedelta(days=1), 0, 3), tick=False)
    assert phone.save(page).status_code == 302
    assert ContactMoment.objects.get().on == TODAY


def test_two_mentors_of_one_coordinator_do_not_see_each_others_moments(cast, match):
    other = make_match(cast, case=factories.make_case(), mentor=cast.outsider.mentor_file)
    log(match, cast.mentor)
    log(other, cast.outsider.mentor, key=uuid.uuid4())
    assert ContactMoment.objects.visible_to(cast.mentor, TODAY).get().mentorship == match
    assert ContactMoment.objects.visible_to(cast.vrijwilligerscoordinator, TODAY).count() == 2
