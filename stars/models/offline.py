"""What an offline form saved, as it came in."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from governance.duties import OFFICE
from governance.models import Territory
from governance.models.upload import WorkbookUpload
from stars.models.year import RatingYear


class OfflineUpload(WorkbookUpload):
    """A data file of the offline form. Its cells are read from the file itself whenever they are merged.

    mistakes  [{"cell": "sheet/period/post/indicator", "where", "message"}] as found when it came, and when it was applied
    """

    scope_path = "territory__path"
    seen_by = OFFICE

    rating_year = models.ForeignKey(RatingYear, models.PROTECT, related_name="+", verbose_name=_("rating year"))
    territory = models.ForeignKey(Territory, models.PROTECT, related_name="+", verbose_name=_("filed by"))
    quarter = models.SmallIntegerField(_("quarter"))  # 0-3; 4 is the year's own sheets

    class Meta(WorkbookUpload.Meta):
        verbose_name = _("uploaded offline form")
        verbose_name_plural = _("uploaded offline forms")
