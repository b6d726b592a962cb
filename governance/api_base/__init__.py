"""What every endpoint under /api/ stands on.

Empty on purpose: REST_FRAMEWORK names these modules while rest_framework.views is still being imported.
"""
