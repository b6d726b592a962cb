"""Workbooks: the form that clerks fill in, what comes back from them, and the lists for other offices.

form       a Grid as an Excel form                  reading   an upload as plain values, by way of governance.sandbox
checking   those values against the Grid            uploads   kept, applied or thrown away; her own file marked
lists      pay lists and published ratings
"""

from governance.workbooks.reading import read_upload
from stars.workbooks.checking import check_upload
from stars.workbooks.form import filing_form
from stars.workbooks.lists import pay_list_workbook, ratings_workbook
from stars.workbooks.uploads import apply_upload, discard_upload, marked_copy, recheck_upload, store_upload

__all__ = [
    "apply_upload", "check_upload", "discard_upload", "filing_form", "marked_copy", "pay_list_workbook", "ratings_workbook",
    "read_upload", "recheck_upload", "store_upload",
]  # fmt: skip
