from django.urls import path, register_converter

from stars.views import (
    amend,
    cell,
    cells,
    certificates,
    completeness,
    deadlines,
    events,
    filing,
    filings,
    home,
    objections,
    offline,
    paper,
    pay,
    policies,
    publicity,
    rating,
    review,
    uploads,
    whatif,
    windows,
    years,
)
from stars.views.objections import KindInPath
from stars.views.pages import QuarterInPath
from stars.views.steps import StepInPath

app_name = "stars"
register_converter(QuarterInPath, "quarter")
register_converter(StepInPath, "step")
register_converter(KindInPath, "objection_kind")

OF_QUARTER = "<int:rating_year_id>/<str:path>/<quarter:quarter>/"

urlpatterns = [
    path("", home.home, name="home"),
    path("filing/", filings.filings, name="filings"),
    path(f"filing/{OF_QUARTER}", filing.filing, name="filing"),
    path(f"filing/{OF_QUARTER}cells/", cells.cells, name="cells"),
    path(f"filing/{OF_QUARTER}cell/<int:sheet>/<int:period>/<int:post_id>/<int:place>/", cell.cell, name="cell"),
    path(f"filing/{OF_QUARTER}form.xlsx", uploads.form, name="form"),
    path(f"filing/{OF_QUARTER}offline.html", offline.form, name="offline_form"),
    path(f"filing/{OF_QUARTER}upload/", uploads.upload, name="upload"),
    path(f"filing/{OF_QUARTER}paper/", paper.paper, name="paper"),
    path(f"filing/{OF_QUARTER}amend/", amend.amend, name="amend"),
    path("uploads/<int:upload_id>/", uploads.preview, name="preview"),
    path("uploads/<int:upload_id>/marked.xlsx", uploads.marked, name="marked"),
    path("offline/<int:offline_upload_id>/", offline.preview, name="offline_preview"),
    path("uploads/<int:upload_id>/progress/", uploads.progress, name="upload_progress"),
    path("review/", review.review, name="review"),
    path(f"review/{OF_QUARTER}", review.review_page, name="review_page"),
    path("completeness/", completeness.completeness, name="completeness"),
    path("completeness/table.xlsx", completeness.download, name="completeness_download"),
    path("requests/", deadlines.requests, name="requests"),
    path("requests/ask/<int:filing_id>/", deadlines.ask_time, name="ask_time"),
    path("requests/<int:deadline_request_id>/", deadlines.deadline_request, name="request"),
    path("years/", years.years, name="years"),
    path("years/<int:rating_year_id>/", years.year, name="year"),
    path("years/<int:rating_year_id>/progress/", years.progress, name="progress"),
    path("years/<int:rating_year_id>/steps/<step:step>/", years.take_step, name="take_step"),
    path("years/<int:rating_year_id>/windows/", windows.windows, name="windows"),
    path("years/<int:rating_year_id>/roster/", years.roster_page, name="roster"),
    path("years/<int:rating_year_id>/ratings/", years.ratings, name="ratings"),
    path("years/<int:rating_year_id>/ratings/<int:roster_entry_id>/", rating.entry, name="entry"),
    path("ratings/<int:published_rating_id>/", rating.rating, name="rating"),
    path("ratings/<int:published_rating_id>/certificate.pdf", certificates.certificate, name="certificate"),
    path("my-star/", rating.my_star, name="my_star"),
    path("my-star/objection/<objection_kind:kind>/", objections.own, name="own_objection"),
    path("objections/", objections.objections, name="objections"),
    path("objections/new/", objections.record, name="objection_new"),
    path("objections/<int:objection_id>/", objections.objection, name="objection"),
    path("pay/", pay.pay_lists, name="pay_lists"),
    path("pay/<int:pay_list_id>/", pay.pay_list, name="pay_list"),
    path("pay/<int:pay_list_id>/list.xlsx", pay.pay_list_download, name="pay_list_download"),
    path("events/", events.events, name="events"),
    path("events/<int:event_id>/confirm/", events.confirm, name="confirm_event"),
    path("events/<int:event_id>/withdraw/", events.withdraw, name="withdraw_event"),
    path("policies/", policies.policies, name="policies"),
    path("policies/<int:policy_version_id>/", policies.policy, name="policy"),
    path("policies/<int:policy_version_id>/changes/", policies.changes, name="policy_changes"),
    path("policies/<int:policy_version_id>/what-if/", whatif.what_if_page, name="what_if"),
    path("publicity/", publicity.publicity, name="publicity"),
    path("verify/", certificates.verify, name="verify"),
    path("verify/<str:number>/", certificates.verify_number, name="verify_number"),
    path("publicity/<int:rating_year_id>/", publicity.publicity_year, name="publicity_year"),
]
