"""The ground's tables in the admin."""

from django.contrib import admin
from django.contrib.auth.models import Group

from governance.admin import accounts, calendar, docket, people, places, policies, records, trainings

admin.site.unregister(Group)  # what somebody may do follows from posts

__all__ = ["accounts", "calendar", "docket", "people", "places", "policies", "records", "trainings"]
