from governance.models.audit import AuditEntry
from governance.models.calendar import CalendarDay
from governance.models.inbox import Digest
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
    "Digest",
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
