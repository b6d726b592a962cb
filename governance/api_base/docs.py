"""Where the description of the API is read."""

from drf_spectacular.views import SpectacularJSONAPIView, SpectacularSwaggerSplitView

from governance.api_base.access import Anyone
from governance.api_base.views import Guarded


class SchemaView(Guarded, SpectacularJSONAPIView):
    permission_classes = [Anyone]
    request_cost = 5  # it is made anew each time


class DocsView(Guarded, SpectacularSwaggerSplitView):
    """Swagger UI with its script in a file of its own, which the content security policy asks for."""

    permission_classes = [Anyone]
    url_name = "api-schema"
