from django.urls import path

from governance.views import docket

app_name = "governance"

urlpatterns = [
    path("docket/", docket.docket, name="docket"),
    path("docket/new/", docket.new_item, name="new_docket_item"),
    path("docket/<int:docket_item_id>/", docket.item, name="docket_item"),
    path("docket/files/<int:docket_file_id>/", docket.evidence_file, name="docket_file"),
]
