from django.urls import path

from governance.views import calendar, coordination, docket

app_name = "governance"

urlpatterns = [
    path("docket/", docket.docket, name="docket"),
    path("docket/new/", docket.new_item, name="new_docket_item"),
    path("docket/<int:docket_item_id>/", docket.item, name="docket_item"),
    path("docket/files/<int:docket_file_id>/", docket.evidence_file, name="docket_file"),
    path("bodies/", coordination.bodies, name="bodies"),
    path("bodies/<int:unit_id>/", coordination.body, name="body"),
    path("meetings/<int:meeting_id>/", coordination.meeting, name="meeting"),
    path("tasks/", coordination.task_lists, name="task_lists"),
    path("tasks/<int:task_list_id>/", coordination.task_list, name="task_list"),
    path("tasks/<int:task_list_id>/wall/", coordination.task_wall, name="task_wall"),
    path("tasks/<int:task_list_id>/list.xlsx", coordination.task_list_download, name="task_list_download"),
    path("tasks/<int:task_list_id>/upload/", coordination.task_upload, name="task_upload"),
    path("tasks/<int:task_list_id>/dispatch/", coordination.dispatch_page, name="dispatch"),
    path("tasks/<int:task_list_id>/dispatch.xlsx", coordination.dispatch_xlsx, name="dispatch_xlsx"),
    path("tasks/<int:task_list_id>/dispatch.pdf", coordination.dispatch_document, name="dispatch_pdf"),
    path("task-uploads/<int:task_upload_id>/", coordination.task_preview, name="task_preview"),
    path("task-uploads/<int:task_upload_id>/marked.xlsx", coordination.task_marked, name="task_marked"),
    path("calendar/", calendar.this_year, name="this_year"),
    path("calendar/<int:year>/", calendar.year, name="calendar"),
]
