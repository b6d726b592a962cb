from django.urls import path

from governance.views import calendar

app_name = "governance"

urlpatterns = [
    path("calendar/", calendar.this_year, name="this_year"),
    path("calendar/<int:year>/", calendar.year, name="calendar"),
]
