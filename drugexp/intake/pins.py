"""Hashes that manifests do not know: pinned in the data folder when a file is first fetched."""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from drugexp.errors import DataError
from drugexp.intake.atomic import atomic_path

LOCK_FILE = "drugexp-lock.json"


class Pin(BaseModel):
    """What a file was when it was first fetched.

    Attributes
    ----------
    sha256
        Hexadecimal digest.
    bytes
        Size.
    source
        Where it came from.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    bytes: int = Field(ge=0)
    source: str


_PINS = TypeAdapter(dict[str, Pin])


def read_pins(root: Path) -> dict[str, Pin]:
    """Return the pins of a data folder by ``folder/path``.

    Raises
    ------
    DataError
        If the lock file is damaged.
    """
    path = root / LOCK_FILE
    try:
        return _PINS.validate_json(path.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValidationError) as error:
        raise DataError(
            f"the lock file cannot be read: {str(error).splitlines()[0]}",
            where=str(path),
            hint="Restore it, or remove it: files are then pinned anew.",
        ) from None


def add_pin(root: Path, relative: str, pin: Pin) -> None:
    """Write one more pin. Whoever calls holds the folder's lock, so that no other's pin is lost.

    Raises
    ------
    UsageError
        If the folder cannot be written to.
    """
    pins = {**read_pins(root), relative: pin}
    with atomic_path(root / LOCK_FILE) as partial:
        text = json.dumps({name: pins[name].model_dump() for name in sorted(pins)}, indent=1)
        partial.write_text(text + "\n", encoding="utf-8")
