"""Folders of policy documents that apps ship: an app registers its own when it starts."""

from pathlib import Path

_folders: list[Path] = []


def register_presets(folder: Path) -> None:
    if folder not in _folders:
        _folders.append(folder)


def preset_files() -> list[Path]:
    return [file for folder in _folders for file in sorted(folder.glob("*.yaml"))]
