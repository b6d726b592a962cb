from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """No tables: installed for the commands that run the product and for the checks of its settings."""

    name = "config"
