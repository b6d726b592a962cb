"""/api/v1/: a version is an address; what is added to it breaks no client, and what would break one is a new address."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from governance.api import docket, ground
from governance.api_base.docs import DocsView, SchemaView
from stars.api import completeness, filings, ratings, years

router = SimpleRouter()
router.register("ratings", ratings.RatingViewSet, basename="api-ratings")
router.register("publications", ratings.PublicationViewSet, basename="api-publications")
router.register("rating-years", years.RatingYearViewSet, basename="api-rating-years")
router.register("filings", filings.FilingViewSet, basename="api-filings")
router.register("policies", ground.PolicyViewSet, basename="api-policies")
router.register("docket", docket.DocketViewSet, basename="api-docket")
router.register("territories", ground.TerritoryViewSet, basename="api-territories")

urlpatterns = [
    path("ratings.csv", ratings.RatingsCsv.as_view(), name="api-ratings-csv"),
    path("ratings.ndjson", ratings.RatingsNdjson.as_view(), name="api-ratings-ndjson"),
    path("completeness/", completeness.CompletenessView.as_view(), name="api-completeness"),
    path("schema/", SchemaView.as_view(), name="api-schema"),
    path("docs/", DocsView.as_view(), name="api-docs"),
    path("", include(router.urls)),
]
