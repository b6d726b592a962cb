"""The duties that a post or an account may carry, and the groups that tables name in `seen_by`."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Duty(TextChoices):
    COUNTY_STAFF = "county_staff", _("County organization department staff")
    COUNTY_LEADER = "county_leader", _("Leader of the county organization department")
    TOWNSHIP_CLERK = "township_clerk", _("Township clerk")
    TOWNSHIP_LEADER = "township_leader", _("Township leader")
    SECRETARY = "secretary", _("Village or community Party secretary")
    COMMITTEE_MEMBER = "committee_member", _("Village two-committee member")
    DIRECTOR = "director", _("Village committee director")
    DEPARTMENT = "department", _("Department user")
    AUDITOR = "auditor", _("Auditor")
    API_CLIENT = "api_client", _("API client")
    SYSTEM_ADMIN = "system_admin", _("System administrator")
    SECURITY_ADMIN = "security_admin", _("Security administrator")
    AUDIT_ADMIN = "audit_admin", _("Audit administrator")


COUNTY = frozenset({Duty.COUNTY_STAFF, Duty.COUNTY_LEADER})
OFFICE = COUNTY | {Duty.TOWNSHIP_CLERK, Duty.TOWNSHIP_LEADER, Duty.AUDITOR}
INSIDE = OFFICE | {Duty.SECRETARY}
CALENDAR_READERS = COUNTY | {Duty.AUDITOR, Duty.SYSTEM_ADMIN}
EVERYONE = INSIDE | {Duty.DEPARTMENT, Duty.API_CLIENT, Duty.SECURITY_ADMIN}
PUBLISHED = INSIDE | {Duty.API_CLIENT}
ADMINISTRATORS = frozenset({Duty.SYSTEM_ADMIN, Duty.SECURITY_ADMIN, Duty.AUDIT_ADMIN})
ADMIN_SITE = COUNTY | ADMINISTRATORS | {Duty.AUDITOR}
OF_VILLAGES = frozenset({Duty.SECRETARY, Duty.COMMITTEE_MEMBER, Duty.DIRECTOR})
OF_TOWNSHIPS = frozenset({Duty.TOWNSHIP_CLERK, Duty.TOWNSHIP_LEADER})
OF_PLACES = COUNTY | OF_TOWNSHIPS | {Duty.SECRETARY}  # these act for the office of the place that they are posted to
