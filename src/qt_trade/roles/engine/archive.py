"""What the engine remembers beside the journal is written away one after the other."""

import asyncio
from collections import deque

from qt_trade.kit.logs import get_logger
from qt_trade.model.audit import AuditEntry, KeptSetting
from qt_trade.model.journal import JournalAwayError
from qt_trade.wiring import FencedAudit

RETRY_S = 0.25
WAITING_MAX = 10_000
"""Entries kept while the database is away; sessions that come and go must not fill the memory."""
BATCH = 100


class Archive:
    """Takes entries at once and stores them in order, across the database's absence."""

    def __init__(self, audit: FencedAudit) -> None:
        self._audit = audit
        self._waiting: deque[tuple[AuditEntry | None, KeptSetting | None]] = deque(
            maxlen=WAITING_MAX
        )
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
                batch = [self._waiting[index] for index in range(min(BATCH, len(self._waiting)))]
                try:
                    await self._audit.add(
                        [entry for entry, _ in batch if entry is not None],
                        [kept for _, kept in batch if kept is not None],
                    )
                except JournalAwayError as away:
                    self._log.warning("archive.away", words=str(away))
                    await asyncio.sleep(RETRY_S)
                else:
                    self._done(len(batch))

    def _done(self, count: int) -> None:
        for _ in range(min(count, len(self._waiting))):
            self._waiting.popleft()
