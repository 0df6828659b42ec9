"""The work behind ``qtrade audit``."""

import asyncio
from pathlib import Path

from qt_trade import wiring
from qt_trade.cli import attach
from qt_trade.cli.console import print_json, print_table
from qt_trade.cli.errors import RefusalError
from qt_trade.kit.logs import mask_secrets
from qt_trade.model.audit import AuditEntry
from qt_trade.storage.errors import StorageError


def show(last: int, data_dir: Path | None, database_url: str | None, *, as_json: bool) -> None:
    """Print the newest lines, oldest first; with ``as_json`` one JSON object per line."""
    url = attach.find_database(data_dir, database_url)
    try:
        entries = asyncio.run(wiring.read_audit(url, last))
    except StorageError as error:
        words = " ".join(str(error).split())
        raise RefusalError(f"the database {mask_secrets(url)} cannot be read: {words}") from error
    if as_json:
        for entry in entries:
            print_json(entry)
        return
    columns = ("Time (UTC)", "What", "Who", "Of", "Words")
    print_table("Audit", columns, [_row(entry) for entry in entries], "Time (UTC)")


def _row(entry: AuditEntry) -> tuple[str, ...]:
    where = "" if entry.user is None else f"{entry.user}@{entry.host}"
    token = "" if entry.token is None else f"token {entry.token}"
    by = "" if entry.by is None else f"by {entry.by}"
    return (
        f"{entry.at:%Y-%m-%d %H:%M:%S}",
        entry.what.value.replace("_", " ").lower(),
        " ".join(part for part in (entry.name or "", where) if part),
        entry.key or entry.session_id or "",
        "; ".join(part for part in (entry.words, by, token) if part),
    )
