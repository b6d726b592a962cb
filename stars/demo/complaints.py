"""Two objections in the county whose results hang: one that a township wrote down and the county answered, one that waits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

from governance.models import User
from stars.models import Objection, Rating, RatingYear
from stars.periods import local_day, start_of
from stars.services.objections import Words, accept_objection, answer_objection, record_objection

FIRST = Words(
    "该同志七月组织村民清运河道垃圾，平安稳定、人居环境两项得分偏低，与实际不符。", "请核对七月的考核原始材料，如有误请更正得分。"
)
ANSWER = "已调阅该镇七月考核原始记录、现场检查照片和两名检查人员的签字：河道清运已计入人居环境得分，平安稳定扣分系一起未按期办结的矛盾纠纷，扣分依据充分。得分无误，异议不成立。"
SECOND = Words("公示的星级与村民平时评价有出入，希望说明群众评议是怎么算的。", "请说明群众评议得分的来源。")


def object_and_answer(rating_year: RatingYear, users: Mapping[str, User], first: date) -> None:
    """On the first morning of the publicity."""
    rated = (
        Rating.objects.filter(rating_year=rating_year, outcome=0)
        .select_related("entry__territory")
        .order_by("entry__territory__path")
    )
    one, other = rated[3].entry, rated[40].entry
    received = start_of(first) + timedelta(hours=10)
    answered = _record(one.pk, "person", "卫建民", FIRST, users[f"clerk-{one.territory.township_path}"], received)
    accept_objection(objection_id=answered.pk, by=users["county"], at=received + timedelta(hours=1))
    answer_objection(objection_id=answered.pk, upheld=False, answer=ANSWER, by=users["county4"], at=received + timedelta(hours=6))
    _record(other.pk, "telephone", "景秀兰", SECOND, users["county"], received + timedelta(hours=7))


def _record(entry_id: int, way: str, name: str, words: Words, by: User, at: datetime) -> Objection:
    return record_objection(
        entry_id=entry_id, way=way, name=name, contact="", words=words, received_on=local_day(at),
        once=uuid5(NAMESPACE_URL, f"{entry_id} {way}"), by=by, at=at,
    )  # fmt: skip
