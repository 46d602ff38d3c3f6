"""Addresses of the import of a caseload, included by cases."""

from django.urls import path

from cases.caseload import views

urlpatterns = [
    path("", views.imports, name="imports"),
    path("nieuw/", views.upload_caseload, name="upload_caseload"),
    path("<int:pk>/", views.caseload_import, name="caseload_import"),
    path("<int:pk>/voortgang/", views.import_progress, name="import_progress"),
    path("<int:pk>/toepassen/", views.apply_import, name="apply_import"),
    path("<int:pk>/annuleren/", views.cancel_import, name="cancel_import"),
    path("<int:pk>/terugdraaien/", views.undo_import, name="undo_import"),
    path("<int:pk>/resultaat.csv", views.download_import, name="download_import"),
]
