"""The portal's addresses, and beside them a hand-written floor and Django's admin."""

from django.contrib import admin
from django.urls import include, path

from bench import floor

urlpatterns = [
    path("bench/floor/<int:user>/", floor.public_floor),
    path("bench/signed-in/<int:user>/", floor.signed_in_floor),
    path("bench/admin/", admin.site.urls),
    path("", include("jas_portal.urls")),
]
