"""Addresses of inburgering."""

app_name = "inburgering"
urlpatterns = []
