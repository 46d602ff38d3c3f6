"""Addresses of cases."""

from django.urls import include, path

from cases import converters  # noqa: F401 - it registers <case_number:…>
from cases.views import (
    alerts,
    case_page,
    cover,
    history,
    lists,
    messages,
    people,
    plan,
    programme,
    rights,
    tasks,
    who_looked,
)

app_name = "cases"
urlpatterns = [
    # The import of a caseload.
    path("imports/", include("cases.caseload.urls")),
    # Lists
    path("", lists.case_list, name="list"),
    path("overdragen/", lists.hand_over_several, name="hand_over_several"),
    path("zonder-klantmanager/", lists.unassigned, name="unassigned"),
    path("openen/", people.open_case, name="open_case"),
    # Who stands in for whom
    path("vervanging/", cover.deputies, name="deputies"),
    path("vervanging/nieuw/", cover.name_deputy, name="name_deputy"),
    path("vervanging/<int:pk>/beeindigen/", cover.end_deputyship, name="end_deputyship"),
    path("noodtoegang/", cover.break_glass, name="break_glass"),
    path("noodtoegang/overzicht/", cover.break_glasses, name="break_glasses"),
    path("noodtoegang/<int:pk>/", cover.review_break_glass, name="review_break_glass"),
    # Alerts
    path("signalen/", alerts.alerts, name="alerts"),
    path("signalen/<int:pk>/", alerts.alert, name="alert"),
    path("signalen/<int:pk>/opvolgen/", alerts.record_follow_up, name="record_follow_up"),
    # Programme
    path("instellingen/", programme.settings, name="settings"),
    path("instellingen/nieuw/", programme.change_settings, name="change_settings"),
    # Tasks and agreements
    path("taken/", tasks.tasks, name="tasks"),
    path("taken/<int:pk>/klaar/", tasks.tick_task, name="tick_task"),
    path("taken/<int:pk>/heropenen/", tasks.reopen_task, name="reopen_task"),
    path("taken/<int:pk>/wachten/", tasks.wait_for, name="wait_for"),
    path("taken/<int:pk>/punten/nieuw/", tasks.add_item, name="add_item"),
    path("punten/<int:pk>/", tasks.tick_item, name="tick_item"),
    path("afspraken/<int:pk>/", plan.change_agreement, name="change_agreement"),
    path("afspraken/<int:pk>/gedaan/", plan.tick_agreement, name="tick_agreement"),
    path("afspraken/<int:pk>/verwijderen/", plan.delete_agreement, name="delete_agreement"),
    path("mijn-plan/", plan.my_plan, name="my_plan"),
    path("wie-keek/", who_looked.who_looked, name="who_looked"),
    # The rights of the person
    path("mijn-gegevens/", rights.my_data, name="my_data"),
    path("mijn-gegevens/kopie-vragen/", rights.ask_copy, name="ask_copy"),
    path("mijn-gegevens/verbetering-vragen/", rights.ask_correction, name="ask_correction"),
    path("verzoeken/", rights.rights_requests, name="rights_requests"),
    path("verzoeken/<int:pk>/", rights.rights_request, name="rights_request"),
    path("verzoeken/<int:pk>/intrekken/", rights.withdraw_request, name="withdraw_request"),
    path("verzoeken/<int:pk>/verklaring/", rights.add_statement, name="add_statement"),
    path("verzoeken/<int:pk>/klaarzetten/", rights.prepare_copy, name="prepare_copy"),
    path("verzoeken/<int:pk>/goedkeuren/", rights.approve_copy, name="approve_copy"),
    path("verzoeken/<int:pk>/ophalen/", rights.fetch_copy, name="fetch_copy"),
    path("verzoeken/<int:pk>/verlengen/", rights.extend_request, name="extend_request"),
    path("verzoeken/<int:pk>/weigeren/", rights.refuse_request, name="refuse_request"),
    path("verzoeken/<int:pk>/afronden/", rights.close_correction, name="close_correction"),
    path("verstrekkingen/", rights.disclosures, name="disclosures"),
    path("privacyuitleg/", rights.notices, name="notices"),
    path("privacyuitleg/nieuw/", rights.add_notice, name="add_notice"),
    # One dossier
    path("<case_number:number>/", case_page.case, name="case"),
    path("<case_number:number>/wijzigingen/", history.changes, name="changes"),
    path("<case_number:number>/verzoek/", rights.register_request, name="register_request"),
    path("<case_number:number>/verstrekking/", rights.record_disclosure, name="record_disclosure"),
    path("<case_number:number>/privacyuitleg/", rights.explain_notice, name="explain_notice"),
    path("<case_number:number>/tijdlijn/", case_page.timeline, name="timeline"),
    path("<case_number:number>/berichten/", messages.messages, name="messages"),
    path("<case_number:number>/op-mij-nemen/", lists.take_case, name="take_case"),
    path("<case_number:number>/overdragen/", lists.hand_over, name="hand_over"),
    path("<case_number:number>/begeleider/", case_page.assign_begeleider, name="assign_begeleider"),
    path("<case_number:number>/fase/", case_page.move_phase, name="move_phase"),
    path("<case_number:number>/termijn/", case_page.register_term, name="register_term"),
    path("<case_number:number>/leerroute/", case_page.change_route, name="change_route"),
    path("<case_number:number>/gegevens/", people.edit_person, name="edit_person"),
    path("<case_number:number>/adres/", people.edit_address, name="edit_address"),
    path("<case_number:number>/huishouden/", people.edit_household, name="edit_household"),
    path("<case_number:number>/uitnodigen/", people.invite_statushouder, name="invite_statushouder"),
    path("<case_number:number>/taken/nieuw/", tasks.add_task, name="add_task"),
    path("<case_number:number>/plan/", plan.plan, name="plan"),
    path("<case_number:number>/plan/wijzigen/", plan.edit_plan, name="edit_plan"),
    path("<case_number:number>/plan/vaststellen/", plan.establish_plan, name="establish_plan"),
    path("<case_number:number>/plan/afspraken/nieuw/", plan.add_agreement, name="add_agreement"),
    path("<case_number:number>/plan/pdf/", plan.plan_pdf, name="plan_pdf"),
    path("<case_number:number>/plan/versies/<int:version>/", plan.plan_version, name="plan_version"),
    path("<case_number:number>/plan/versies/<int:version>/pdf/", plan.plan_version_pdf, name="plan_version_pdf"),
]
