"""Addresses of accounts."""

from django.urls import path

from accounts import oversight_views, sign_in_views, views

app_name = "accounts"
urlpatterns = [
    path("demo/", views.sign_in_as, name="sign_in_as"),
    path("rol/", views.switch_role, name="switch_role"),
    path("uitnodiging/<str:uid>/<str:token>/", views.accept_invitation, name="accept_invitation"),
    path("mijn-account/", views.my_account, name="my_account"),
    path("mijn-account/gegevens/", views.edit_my_account, name="edit_my_account"),
    path("mijn-account/sessies/<int:pk>/afmelden/", sign_in_views.end_session, name="end_session"),
    path("mijn-account/apparaten/<int:pk>/vergeten/", sign_in_views.forget_device, name="forget_device"),
    path("tijd/", sign_in_views.time_left, name="time_left"),
    path("bewaard/", sign_in_views.kept, name="kept"),
    path("mensen/<int:pk>/tweede-stap/", sign_in_views.reset_second_factor, name="reset_second_factor"),
    path("mensen/", views.people, name="people"),
    path("mensen/uitnodigen/", views.invite, name="invite"),
    path("mensen/<int:pk>/", views.person, name="person"),
    path("mensen/<int:pk>/rol/", views.give_role, name="give_role"),
    path("mensen/<int:pk>/rol/<int:assignment>/beeindigen/", views.end_role, name="end_role"),
    path("mensen/<int:pk>/opnieuw-uitnodigen/", views.resend_invitation, name="resend_invitation"),
    path("mensen/<int:pk>/uitzetten/", views.deactivate, name="deactivate"),
    path("mensen/<int:pk>/aanzetten/", views.reactivate, name="reactivate"),
    path("wie-mag-wat-zien/", oversight_views.who_sees_what, name="who_sees_what"),
    path("organisaties/", views.organisations, name="organisations"),
    path("organisaties/nieuw/", views.add_organisation, name="add_organisation"),
    path("organisaties/<int:pk>/", views.edit_organisation, name="edit_organisation"),
]
