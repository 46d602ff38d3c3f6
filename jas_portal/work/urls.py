"""Addresses of jobs and of periodic work."""

from django.urls import path

from jas_portal.work import views

app_name = "work"
urlpatterns = [
    path("", views.job_list, name="jobs"),
    path("periodiek/", views.periodic_work, name="periodic"),
    path("periodiek/<slug:name>/nu/", views.run_now, name="run_now"),
    path("nieuw/<slug:kind>/", views.ask_job, name="ask"),
    path("<int:pk>/", views.job, name="job"),
    path("<int:pk>/voortgang/", views.job_progress, name="progress"),
    path("<int:pk>/stoppen/", views.cancel_job, name="cancel"),
    path("<int:pk>/bestand/", views.job_file, name="file"),
]
