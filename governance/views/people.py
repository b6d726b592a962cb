"""Sign-in, sign-out and the own password."""

from django.contrib import messages
from django.contrib.auth import views as auth_views
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import reverse_lazy
from django.utils.translation import gettext as _

from governance.duties import Duty
from governance.views_base import page, public_page


class PasswordChange(auth_views.PasswordChangeView):
    def form_valid(self, form: PasswordChangeForm) -> HttpResponse:
        messages.success(self.request, _("Your password is changed; other sessions of yours are signed out."))
        return super().form_valid(form)


sign_in = public_page(
    auth_views.LoginView.as_view(
        template_name="registration/sign_in.html", authentication_form=AuthenticationForm, redirect_authenticated_user=True
    )
)


@public_page
def admin_sign_in(request: HttpRequest) -> HttpResponse:
    """Instead of the admin's own: strangers sign in where everybody does, the others learn that it is not theirs.

    raises PermissionDenied
    """
    if request.user.is_authenticated:
        raise PermissionDenied
    return redirect_to_login(request.GET.get("next", ""))


sign_out = public_page(auth_views.LogoutView.as_view(next_page="sign_in"))
password_change = page(duties=Duty.values)(
    PasswordChange.as_view(template_name="registration/password_change.html", success_url=reverse_lazy("stars:home"))
)
