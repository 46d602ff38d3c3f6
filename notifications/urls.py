"""Addresses of notifications."""

from django.urls import path

from notifications import views

app_name = "notifications"
urlpatterns = [
    path("", views.inbox, name="inbox"),
    path("alles-gelezen/", views.mark_all_read, name="mark_all_read"),
    path("<int:pk>/", views.message, name="message"),
    path("<int:pk>/afspraak.ics", views.message_calendar, name="message_calendar"),
    path("agenda/", views.agenda, name="agenda"),
    path("agenda/<int:pk>/", views.meeting, name="meeting"),
    path("agenda/<int:pk>/afspraak.ics", views.meeting_calendar, name="meeting_calendar"),
    path("niet-aangekomen/", views.failed, name="failed"),
    path("niet-aangekomen/opnieuw/", views.retry_all, name="retry_all"),
    path("niet-aangekomen/<int:pk>/opnieuw/", views.retry, name="retry"),
    path("demo-postvak/", views.demo_mailbox, name="demo_mailbox"),
    path("demo-postvak/<int:pk>/", views.demo_message, name="demo_message"),
    path("demo-postvak/<int:pk>/afspraak.ics", views.demo_calendar, name="demo_calendar"),
]
