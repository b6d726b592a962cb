from governance.models.audit import AuditEntry
from governance.models.calendar import CalendarDay
from governance.models.docket import DocketBlob, DocketEvent, DocketFile, DocketHelper, DocketItem
from governance.models.job import Job
from governance.models.organization import PartyOrganization
from governance.models.people import Award, Person, Post, User
from governance.models.policy import PolicyAdoption, PolicyVersion
from governance.models.territory import Territory, TerritorySuccession
from governance.models.token import ApiReply, ApiToken
from governance.models.unit import Unit, UnitMember

__all__ = [
    "ApiReply",
    "ApiToken",
    "AuditEntry",
    "Award",
    "CalendarDay",
    "DocketBlob",
    "DocketEvent",
    "DocketFile",
    "DocketHelper",
    "DocketItem",
    "Job",
    "PartyOrganization",
    "Person",
    "PolicyAdoption",
    "PolicyVersion",
    "Post",
    "Territory",
    "TerritorySuccession",
    "Unit",
    "UnitMember",
    "User",
]
