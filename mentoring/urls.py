"""Addresses of mentoring."""

app_name = "mentoring"
urlpatterns = []
