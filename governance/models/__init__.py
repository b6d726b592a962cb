from governance.models.audit import AuditEntry
from governance.models.calendar import CalendarDay, CalendarHours, CalendarNotice
from governance.models.job import Job
from governance.models.organization import PartyOrganization
from governance.models.people import Award, Person, Post, User
from governance.models.policy import PolicyAdoption, PolicyVersion
from governance.models.territory import Territory, TerritorySuccession
from governance.models.token import ApiReply, ApiToken

__all__ = [
    "ApiReply",
    "ApiToken",
    "AuditEntry",
    "Award",
    "CalendarDay",
    "CalendarHours",
    "CalendarNotice",
    "Job",
    "PartyOrganization",
    "Person",
    "PolicyAdoption",
    "PolicyVersion",
    "Post",
    "Territory",
    "TerritorySuccession",
    "User",
]
