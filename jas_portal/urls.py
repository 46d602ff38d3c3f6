"""All addresses of the portal."""

from django.urls import include, path

from jas_portal import access_review, health, styleguide, views
from jas_portal.security import security_txt
from notifications.agenda_views import calendar_feed

urlpatterns = [
    path("", views.home, name="home"),
    path(".well-known/security.txt", security_txt.security_txt, name="security_txt"),
    path("healthz", health.healthz, name="healthz"),
    path("toegangsrechten/", access_review.access_review, name="access_review"),
    path("toegangsrechten/beginnen/", access_review.start_access_review, name="start_access_review"),
    path("toegangsrechten/afronden/", access_review.sign_off_access_review, name="sign_off_access_review"),
    path("toegangsrechten/<int:pk>/", access_review.decide_access, name="decide_access"),
    path("stijlgids/", styleguide.styleguide, name="styleguide"),
    path("accounts/", include("accounts.urls")),
    path("accounts/", include("accounts.sign_in_urls")),
    path("dossiers/", include("cases.urls")),
    path("mentoren/", include("mentoring.urls")),
    path("inburgering/", include("inburgering.urls")),
    path("berichten/", include("notifications.urls")),
    # Short and apart from the pages: calendar apps come here, and its secret stands in no other address.
    path("agenda/<str:token>.ics", calendar_feed, name="calendar_feed"),
    path("privacy/", include("privacy.urls")),
    path("opdrachten/", include("jas_portal.work.urls")),
]
