from config.celery import app as celery_app

__all__ = ["celery_app"]  # imported with the project, so that shared tasks bind to this app
