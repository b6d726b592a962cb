from urllib.parse import quote

from django.http import HttpResponse

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def attachment(content: bytes, name: str, content_type: str) -> HttpResponse:
    """To be saved, never shown, and kept by nobody on the way: what somebody handed in is not opened in this site's name."""
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cache-Control": "no-store",
    }
    return HttpResponse(content, content_type=content_type, headers=headers)


def workbook_response(workbook: bytes, name: str) -> HttpResponse:
    return attachment(workbook, name, XLSX)
