from django.contrib import admin
from django.urls import include, path
from django.views.i18n import set_language

from config import errors
from config.health import healthz
from governance.views import people
from governance.views_base import public_page
from governance.views_inbox import inbox

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("language/", public_page(set_language), name="set_language"),
    path("sign-in/", people.sign_in, name="sign_in"),
    path("sign-out/", people.sign_out, name="sign_out"),
    path("password/", people.password_change, name="password_change"),
    path("inbox/", inbox, name="inbox"),
    path("admin/login/", people.admin_sign_in),
    path("admin/r/<path:row>", public_page(errors.nothing_here)),  # the admin's own looks any row up, whoever asks
    path("admin/", admin.site.urls),
    path("api/v1/", include("config.api_urls")),
    path("", include("governance.urls")),
    path("", include("stars.urls")),
]
handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler500 = errors.failed
