"""Addresses of notifications."""

from django.urls import path

from notifications import agenda_views, preference_views, views

app_name = "notifications"
urlpatterns = [
    # Messages
    path("", views.inbox, name="inbox"),
    path("alles-gelezen/", views.mark_all_read, name="mark_all_read"),
    path("<int:pk>/", views.message, name="message"),
    path("<int:pk>/afspraak.ics", views.message_calendar, name="message_calendar"),
    # How one receives them
    path("meldingen/", preference_views.preferences, name="preferences"),
    path("meldingen/adres/", preference_views.trust_my_address, name="trust_my_address"),
    path("meldingen/stoplinks/", preference_views.revoke_stop_links, name="revoke_stop_links"),
    path("stop/<str:token>/", preference_views.stop_by_link, name="stop_by_link"),
    # Agenda
    path("agenda/", agenda_views.agenda, name="agenda"),
    path("agenda/koppelen/", agenda_views.feeds, name="feeds"),
    path("agenda/koppelen/<int:pk>/intrekken/", agenda_views.revoke_feed, name="revoke_feed"),
    path("agenda/<int:pk>/", agenda_views.meeting, name="meeting"),
    path("agenda/<int:pk>/antwoord/", agenda_views.answer_meeting, name="answer_meeting"),
    path("agenda/<int:pk>/afspraak.ics", agenda_views.meeting_calendar, name="meeting_calendar"),
    path("afspraak/<str:token>/", agenda_views.answer_by_link, name="answer_by_link"),
    # Mail that did not arrive
    path("niet-aangekomen/", views.failed, name="failed"),
    path("niet-aangekomen/opnieuw/", views.retry_all, name="retry_all"),
    path("niet-aangekomen/<int:pk>/opnieuw/", views.retry, name="retry"),
    path("niet-aangekomen/adressen/", views.refused_addresses, name="refused_addresses"),
    path("niet-aangekomen/adressen/<int:pk>/weer-mailen/", views.trust_address, name="trust_address"),
    # The mailbox of a demo
    path("demo-postvak/", views.demo_mailbox, name="demo_mailbox"),
    path("demo-postvak/<int:pk>/", views.demo_message, name="demo_message"),
    path("demo-postvak/<int:pk>/afspraak.ics", views.demo_calendar, name="demo_calendar"),
]
