"""All files of ``docs/contract``, and whether a folder holds them as the code would write them."""

from collections.abc import Mapping
from pathlib import Path

from qt_trade import __version__
from qt_trade.contract.exports.acl import acl_template
from qt_trade.contract.exports.asyncapi import asyncapi_document
from qt_trade.contract.exports.schemas import schema_files, to_text

SCHEMAS = "schemas"


def contract_files() -> dict[str, str]:
    """Return the text of every file by its path below the folder."""
    return {
        "asyncapi.json": to_text(asyncapi_document(__version__)),
        "users.acl": acl_template(),
        **{f"{SCHEMAS}/{name}": text for name, text in schema_files().items()},
    }


def differing(folder: Path, files: Mapping[str, str]) -> list[str]:
    """Return the paths of those that are missing or differ, and of schemas that are one too many."""
    old = [name for name, text in files.items() if _text(folder / name) != text]
    known = {folder / name for name in files}
    more = [path for path in sorted(folder.rglob("*.schema.json")) if path not in known]
    return [*old, *(str(path.relative_to(folder)) for path in more)]


def write(folder: Path, files: Mapping[str, str], *, prune: bool = False) -> list[str]:
    """Write what differs; with ``prune`` also remove schemas of keys that are no more.

    Returns the changed paths. Raises OSError.
    """
    changed = [name for name in differing(folder, files) if prune or name in files]
    for name in changed:
        path = folder / name
        if name in files:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(files[name], encoding="utf-8")
        else:
            path.unlink()
    return changed


def _text(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None
