"""Where the desktop program and the command `clawpair` keep a user's things."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path


def data(environment: Mapping[str, str]) -> Path | None:
    """What the desktop program keeps, its platform among it. `None` where no home is known."""
    return _named(environment, "CLAWPAIR_DATA_DIR") or _below(
        _place(environment, "LOCALAPPDATA", "XDG_DATA_HOME", ".local/share"), "clawpair"
    )


def settings(environment: Mapping[str, str]) -> Path | None:
    """What the command keeps: which servers it knows, and what lets it in where there is no keyring."""
    return _named(environment, "CLAWPAIR_CONFIG_DIR") or _below(
        _place(environment, "APPDATA", "XDG_CONFIG_HOME", ".config"), "clawpair-cli"
    )


def _named(environment: Mapping[str, str], variable: str) -> Path | None:
    named = environment.get(variable)
    return Path(named) if named else None


def _place(environment: Mapping[str, str], windows: str, unix: str, in_home: str) -> Path | None:
    """Where the system keeps such things. As those programs do, a variable that is not absolute is passed over."""
    if sys.platform == "win32":
        return _absolute(environment, windows)
    home = _absolute(environment, "HOME")
    if sys.platform == "darwin":
        return _below(home, "Library/Application Support")
    return _absolute(environment, unix) or _below(home, in_home)


def _absolute(environment: Mapping[str, str], variable: str) -> Path | None:
    path = _named(environment, variable)
    return path if path is not None and path.is_absolute() else None


def _below(folder: Path | None, name: str) -> Path | None:
    return None if folder is None else folder / name
