"""Addresses of privacy."""

from django.urls import path

from privacy.views import log, retention

app_name = "privacy"

urlpatterns = [
    # The read log
    path("logboek/", log.log, name="log"),
    path("logboek/bestand/", log.log_export, name="log_export"),
    path("logboek/zegels/", log.seals, name="seals"),
    path("logboek/controleren/", log.check_log, name="check_log"),
    # Retention
    path("bewaartermijnen/", retention.retention, name="retention"),
    path("bewaartermijnen/regels/", retention.retention_rules, name="retention_rules"),
    path("bewaartermijnen/proefrun/", retention.prepare_retention, name="prepare_retention"),
    path("bewaartermijnen/opgeschort/", retention.retention_holds, name="retention_holds"),
    path("bewaartermijnen/opgeschort/nieuw/", retention.place_hold, name="place_hold"),
    path("bewaartermijnen/opgeschort/<int:pk>/opheffen/", retention.end_hold, name="end_hold"),
    path("bewaartermijnen/<int:pk>/", retention.retention_run, name="retention_run"),
    path("bewaartermijnen/<int:pk>/voortgang/", retention.retention_progress, name="retention_progress"),
    path("bewaartermijnen/<int:pk>/goedkeuren/", retention.approve_retention, name="approve_retention"),
    path("bewaartermijnen/<int:pk>/stoppen/", retention.cancel_retention, name="cancel_retention"),
]
