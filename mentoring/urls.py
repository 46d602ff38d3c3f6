"""Addresses of mentoring."""

from django.urls import path

from cases import converters  # noqa: F401 - it registers <case_number:…>
from mentoring.views import check_ins, contacts, matching, mentors, mentorships

app_name = "mentoring"
urlpatterns = [
    path("", mentors.mentors, name="mentors"),
    path("nieuw/", mentors.register_mentor, name="register_mentor"),
    path("profiel/", mentors.my_profile, name="my_profile"),
    path("profiel/gedragscode/", mentors.accept_gedragscode, name="accept_gedragscode"),
    path("<int:pk>/", mentors.mentor, name="mentor"),
    path("<int:pk>/wijzigen/", mentors.change_mentor, name="change_mentor"),
    path("<int:pk>/stand/", mentors.move_mentor, name="move_mentor"),
    path("koppelen/", matching.match_requests, name="match_requests"),
    path("koppelen/<int:pk>/", matching.match_request, name="match_request"),
    path("koppelen/<int:pk>/vergelijken/", matching.compare_candidates, name="compare_candidates"),
    path("koppelen/<int:pk>/voorstellen/<int:mentor>/", matching.propose_match, name="propose_match"),
    path("koppelen/<int:pk>/wensen/", matching.change_match_request, name="change_match_request"),
    path("koppelen/<int:pk>/intrekken/", matching.withdraw_match_request, name="withdraw_match_request"),
    path("voorstellen/<int:pk>/", matching.answer_proposal, name="answer_proposal"),
    path("voorstellen/<int:pk>/intrekken/", matching.withdraw_proposal, name="withdraw_proposal"),
    path("voorstellen/<int:pk>/bevestigen/", matching.confirm_match, name="confirm_match"),
    path("koppelingen/", mentorships.mentorships, name="mentorships"),
    path("koppelingen/<int:pk>/", mentorships.mentorship, name="mentorship"),
    path("koppelingen/<int:pk>/beeindigen/", mentorships.end_mentorship, name="end_mentorship"),
    path("koppelingen/<int:pk>/zonder-mentor/", mentorships.end_without_mentor, name="end_without_mentor"),
    path("koppelingen/<int:mentorship>/contact/", contacts.log_contact, name="log_contact"),
    path("contact/", contacts.contacts, name="contacts"),
    path("contact/<int:pk>/", contacts.change_contact, name="change_contact"),
    path("contact/<int:pk>/verwijderen/", contacts.remove_contact, name="remove_contact"),
    path("gesprekken/", check_ins.check_ins, name="check_ins"),
    path("gesprekken/<int:pk>/", check_ins.check_in, name="check_in"),
    path("gesprekken/<int:pk>/verzetten/", check_ins.move_check_in, name="move_check_in"),
    path("gesprekken/<int:pk>/niet-doorgegaan/", check_ins.miss_check_in, name="miss_check_in"),
    path("gesprekken/<int:pk>/vastleggen/", check_ins.record_check_in, name="record_check_in"),
    path("dossier/<case_number:number>/", mentorships.case_mentor, name="case_mentor"),
    path("dossier/<case_number:number>/koppelverzoek/", matching.open_match_request, name="open_match_request"),
]
