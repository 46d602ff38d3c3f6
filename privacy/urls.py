"""Addresses of privacy."""

app_name = "privacy"

urlpatterns = []
