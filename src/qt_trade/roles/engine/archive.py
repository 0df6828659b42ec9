"""What the engine remembers beside the journal is written away one after the other."""

import asyncio
from collections import deque

from qt_trade.kit.logs import get_logger
from qt_trade.model.audit import AuditEntry, KeptSetting
from qt_trade.model.journal import JournalAwayError
from qt_trade.storage.errors import InvalidValueError
from qt_trade.wiring import FencedAudit

RETRY_S = 0.25
WAITING_MAX = 10_000
"""Entries kept while the database is away; sessions that come and go must not fill the memory."""
BATCH = 100

_Line = tuple[AuditEntry | None, KeptSetting | None]


class Archive:
    """Takes entries at once and stores them in order, across the database's absence."""

    def __init__(self, audit: FencedAudit) -> None:
        self._audit = audit
        self._waiting: deque[_Line] = deque(maxlen=WAITING_MAX)
        self._filled = asyncio.Event()
        self._log = get_logger()

    def note(self, entry: AuditEntry | None, kept: KeptSetting | None = None) -> None:
        """Take an entry, and the setting it is about as it is to be kept."""
        self._waiting.append((entry, kept))
        self._filled.set()

    async def run(self) -> None:
        """Store until cancelled. Raises FencedError when the lease is another's."""
        while True:
            await self._filled.wait()
            self._filled.clear()
            while self._waiting:
                await self._store(
                    [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
                )

    async def _store(self, batch: list[_Line]) -> None:
        entries = [entry for entry, _ in batch if entry is not None]
        kept = [setting for _, setting in batch if setting is not None]
        while True:
            try:
                await self._audit.add(entries, kept)
            except JournalAwayError as away:
                self._log.warning("archive.away", words=str(away))
                await asyncio.sleep(RETRY_S)
            except InvalidValueError as refused:
                self._log.error("archive.refused", words=str(refused), lines=len(batch))
                return
            else:
                return
