from governance.models.audit import AuditEntry
from governance.models.calendar import CalendarDay, CalendarHours, CalendarNotice
from governance.models.coordination import Aspect, Attendance, Meeting, MeetingDecision, Task, TaskList, TaskUpload
from governance.models.docket import DocketBlob, DocketEvent, DocketFile, DocketHelper, DocketItem
from governance.models.inbox import Digest
from governance.models.job import Job
from governance.models.organization import PartyOrganization
from governance.models.people import Award, Person, Post, User
from governance.models.policy import PolicyAdoption, PolicyVersion
from governance.models.territory import Territory, TerritorySuccession
from governance.models.token import ApiReply, ApiToken
from governance.models.training import Trainee, Training
from governance.models.unit import Unit, UnitMember

__all__ = [
    "ApiReply",
    "ApiToken",
    "Aspect",
    "Attendance",
    "AuditEntry",
    "Award",
    "CalendarDay",
    "CalendarHours",
    "CalendarNotice",
    "Digest",
    "DocketBlob",
    "DocketEvent",
    "DocketFile",
    "DocketHelper",
    "DocketItem",
    "Job",
    "Meeting",
    "MeetingDecision",
    "PartyOrganization",
    "Person",
    "PolicyAdoption",
    "PolicyVersion",
    "Post",
    "Task",
    "TaskList",
    "TaskUpload",
    "Territory",
    "TerritorySuccession",
    "Trainee",
    "Training",
    "Unit",
    "UnitMember",
    "User",
]
