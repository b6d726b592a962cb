"""The shape of databases, caches and broker, the same for every setting."""

from pathlib import Path
from typing import Any

from config.settings import env


def databases(application_url: str, owner_url: str) -> dict[str, dict[str, Any]]:
    """`default` is the application's role: no DDL. `owner` migrates, grants and verifies. Both are one database."""
    both = {"default": env.database("DATABASE_URL", application_url)}
    if owner_url:
        both["owner"] = env.database("DATABASE_OWNER_URL", owner_url)
    return both


def caches(redis_url: str, var: Path, prefix: str = "xingheng") -> dict[str, dict[str, Any]]:
    """`shared` is seen by web, worker and beat alike, which local memory is not."""
    if redis_url:
        redis = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": redis_url, "KEY_PREFIX": prefix}
        return {"default": redis, "shared": redis}
    return {
        "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
        "shared": {"BACKEND": "django.core.cache.backends.filebased.FileBasedCache", "LOCATION": str(var / "cache")},
    }


def broker(redis_url: str, var: Path) -> tuple[str, dict[str, Any]]:
    if redis_url:
        return redis_url, {"visibility_timeout": 3600}
    queue, control = var / "broker" / "queue", var / "broker" / "control"
    for folder in (queue, control):
        folder.mkdir(parents=True, exist_ok=True)
    return "filesystem://localhost", {
        "data_folder_in": str(queue),
        "data_folder_out": str(queue),
        "control_folder": str(control),
        "polling_interval": 0.1,
    }
