"""Addresses of cases."""

from django.urls import include, path

app_name = "cases"
urlpatterns = [
    path("imports/", include("cases.caseload.urls")),
]
