"""The work behind ``qtrade contract``."""

import sys
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import msgspec
import typer

from qt_trade.cli.console import print_json, print_table
from qt_trade.cli.errors import USAGE, RefusalError
from qt_trade.contract.codec import Codec
from qt_trade.contract.endpoints import Document, Endpoint, Framing
from qt_trade.contract.errors import InvalidMessageError
from qt_trade.contract.exports import changes, files, page, schemas
from qt_trade.contract.exports.asyncapi import travels
from qt_trade.contract.exports.right import right_at
from qt_trade.contract.registry import KEYS


def list_keys(*, as_json: bool) -> None:
    """Print every key."""
    if as_json:
        print_json([_facts(key) for key in KEYS])
    else:
        print_table("The contract", page.COLUMNS, page.key_rows(), whole="key")


def show(name: str, *, as_json: bool) -> None:
    """Print one key. Raises RefusalError for a key that is none."""
    key = find_key(name)
    if as_json:
        print_json({**_facts(key), "redis": travels(key), "schema": schemas.schema_of(key)})
        return
    facts = dict(zip(page.COLUMNS, page.row_of(key), strict=True))
    rows = [*facts.items(), *((f"redis: {word}", words) for word, words in travels(key).items())]
    print_table(key.name, ("fact", "words"), rows)
    for payload in page.payloads_of(key):
        if isinstance(payload, type) and issubclass(payload, msgspec.Struct):
            print_table(payload.__name__, ("field", "type"), page.field_rows(payload))
        else:
            typer.echo(f"The word: {page.type_in_words(payload)}")


def export(folder: Path, *, as_json: bool) -> None:
    """Write all files. Raises RefusalError when the folder cannot be written."""
    made = files.contract_files()
    try:
        changed = files.write(folder, made)
    except OSError as error:
        raise RefusalError(f"{folder}: {error.strerror or error}") from error
    if as_json:
        print_json({"folder": str(folder), "files": sorted(made), "changed": sorted(changed)})
    else:
        typer.echo(f"{folder}: {len(made)} files, {len(changed)} of them changed")


def validate(name: str, file: Path, *, as_json: bool) -> None:
    """Judge one message; exits with 1 when it does not fit.

    Raises RefusalError for a key that is none and for a file that cannot be read.
    """
    key = find_key(name)
    data = _read(file)
    framing = key.framing if isinstance(key, Document) else Framing.JSON
    if framing is Framing.WORD:
        data = data.removesuffix(b"\n")  # an editor's; a word's own file has none
    try:
        Codec(key, framing).decode(data)
    except InvalidMessageError as invalid:
        _say_invalid(key, invalid, as_json=as_json)
        raise typer.Exit(1) from invalid
    if as_json:
        print_json({"key": key.name, "valid": True})
    else:
        typer.echo(f"{key.name}: valid")


def _say_invalid(key: Endpoint[Any], invalid: InvalidMessageError, *, as_json: bool) -> None:
    right = right_at(key.payload, invalid)
    if as_json:
        found = {"path": invalid.path, "reason": invalid.reason, "right": right or None}
        print_json({"key": key.name, "valid": False, **found})
        return
    words = f"{key.name}: {invalid.path}: {invalid.reason}"
    typer.echo(f"{words}; right would be: {right}" if right else words)


def diff(old_folder: Path, *, as_json: bool) -> None:
    """Compare; exits with 1 when a change breaks somebody. Raises RefusalError."""
    new = {schemas.file_name(key): schemas.schema_of(key) for key in KEYS}
    new[schemas.REPLY_FILE] = schemas.reply_schema()
    try:
        found = changes.changes(changes.load(old_folder), new)
    except changes.NoExportError as error:
        raise RefusalError(str(error), USAGE) from error
    breaking = sum(1 for change in found if change.breaks)
    if as_json:
        print_json({"breaking": breaking, "safe": len(found) - breaking, "changes": found})
    else:
        _print_changes(found)
    if breaking:
        raise typer.Exit(1)


def _print_changes(found: list[changes.Change]) -> None:
    if not found:
        typer.echo("nothing changed")
        return
    rows = [
        (change.key, change.path, change.words, " and ".join(change.breaks) or "nobody")
        for change in sorted(found, key=lambda change: not change.breaks)
    ]
    print_table("Changes", ("key", "path", "change", "breaks"), rows, whole="key")


def find_key(name: str) -> Endpoint[Any]:
    """Return the key of a name, a member of a family, or the name of a schema's file.

    Raises RefusalError that names the closest ones.
    """
    for key in KEYS:
        head = key.name.partition("{")[0]
        if name in {key.name, schemas.safe_name(key)} or (
            key.family and name.startswith(head) and name != head
        ):
            return key
    close = get_close_matches(name, [key.name for key in KEYS], 3, 0.5)
    hint = f"did you mean {' or '.join(close)}?" if close else "`qtrade contract list` shows all"
    raise RefusalError(f"{name} is no key of the contract; {hint}", USAGE)


def _facts(key: Endpoint[Any]) -> dict[str, Any]:
    return {**schemas.facts_of(key), "payload": page.payload_names(key), "what": key.what,
            "schema": f"{files.SCHEMAS}/{schemas.file_name(key)}"}  # fmt: skip


def _read(file: Path) -> bytes:
    try:
        return sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise RefusalError(f"{file}: {error.strerror or error}", USAGE) from error
