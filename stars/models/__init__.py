from stars.models.case import PolicyCase
from stars.models.cells import CellEdit, CellRemark
from stars.models.deadline import DeadlineRequest
from stars.models.exception import PolicyException
from stars.models.filing import (
    NOT_APPLICABLE,
    NOT_FILED,
    Assessment,
    AssessmentChange,
    AssessmentPack,
    Event,
    Filing,
    FilingWindow,
    Upload,
)
from stars.models.minutes import FormMinutes
from stars.models.objection import Objection, ObjectionStep, Objector
from stars.models.offline import OfflineUpload
from stars.models.rating import Decision, Outcome, PayLine, PayList, Publication, PublishedRating, Rating
from stars.models.year import RatingYear, RosterEntry, RosterPost, StageMove

__all__ = [
    "NOT_APPLICABLE",
    "NOT_FILED",
    "Assessment",
    "AssessmentChange",
    "AssessmentPack",
    "CellEdit",
    "CellRemark",
    "DeadlineRequest",
    "Decision",
    "Event",
    "Filing",
    "FilingWindow",
    "FormMinutes",
    "Objection",
    "ObjectionStep",
    "Objector",
    "OfflineUpload",
    "Outcome",
    "PayLine",
    "PayList",
    "PolicyCase",
    "PolicyException",
    "Publication",
    "PublishedRating",
    "Rating",
    "RatingYear",
    "RosterEntry",
    "RosterPost",
    "StageMove",
    "Upload",
]
