"""Addresses of inburgering."""

from django.urls import path

from cases import converters  # noqa: F401 - it registers <case_number:…>
from inburgering.views import absence, enrolments, institutes, startgroepen

app_name = "inburgering"
urlpatterns = [
    path("startgroepen/", startgroepen.startgroepen, name="startgroepen"),
    path("startgroepen/plannen/", startgroepen.plan_startgroep, name="plan_startgroep"),
    path("startgroepen/<int:pk>/", startgroepen.startgroep, name="startgroep"),
    path("startgroepen/<int:pk>/deelnemer-toevoegen/", startgroepen.add_participant, name="add_participant"),
    path("startgroepen/<int:pk>/afronden/", startgroepen.finish_startgroep, name="finish_startgroep"),
    path("deelnemers/<int:pk>/stoppen/", startgroepen.remove_participant, name="remove_participant"),
    path("bijeenkomsten/<int:pk>/aanwezigheid/", startgroepen.call_roll, name="call_roll"),
    path("bijeenkomsten/<int:pk>/verzetten/", startgroepen.move_session, name="move_session"),
    path("bijeenkomsten/<int:pk>/afzeggen/", startgroepen.cancel_session, name="cancel_session"),
    path("instituten/", institutes.institutes, name="institutes"),
    path("instituten/toevoegen/", institutes.add_institute, name="add_institute"),
    path("instituten/<int:pk>/", institutes.institute, name="institute"),
    path("instituten/<int:pk>/bijwerken/", institutes.edit_institute, name="edit_institute"),
    path("cursisten/", enrolments.enrolments, name="enrolments"),
    path("inschrijvingen/<int:pk>/", enrolments.enrolment, name="enrolment"),
    path("inschrijvingen/<int:pk>/stap/<slug:step>/", enrolments.advance_enrolment, name="advance_enrolment"),
    path("inschrijvingen/<int:enrolment>/verzuim/", absence.report_absence, name="report_absence"),
    path("verzuim/<int:pk>/corrigeren/", absence.correct_absence, name="correct_absence"),
    path("dossiers/<case_number:number>/inschrijven/", enrolments.enrol, name="enrol"),
    path("dossiers/<case_number:number>/leren/", enrolments.case_learning, name="case_learning"),
]
