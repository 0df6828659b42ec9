"""What was refused is kept with its reason, so that a person can see and mend it."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from qt_trade.contract.endpoints import Party
from qt_trade.contract.errors import ContractError, DisconnectedError, InvalidMessageError
from qt_trade.contract.payloads.commands import DeadLetter
from qt_trade.kit.clock import Clock
from qt_trade.kit.logs import get_logger

RAW_KEPT = 2000
WAITING_MAX = 200
"""Letters kept while they cannot be written; a flood of damage must not become one of ours."""


class DeadLetterBox:
    """Counts refused messages and writes them away one after the other."""

    def __init__(
        self, party: Party, clock: Clock, append: Callable[[DeadLetter], Awaitable[object]]
    ) -> None:
        self._party = party
        self._clock = clock
        self._append = append
        self._waiting: deque[DeadLetter] = deque(maxlen=WAITING_MAX)
        self._filled = asyncio.Event()
        self._log = get_logger()
        self.count = 0

    def put(self, invalid: InvalidMessageError, raw: bytes) -> None:
        """Take a refused message."""
        self.count += 1
        self._log.warning(
            "message.refused", key=invalid.key, path=invalid.path, reason=invalid.reason
        )
        letter = DeadLetter(
            ts=self._clock.now(),
            source=self._party,
            key=invalid.key,
            path=invalid.path,
            reason=invalid.reason,
            raw=raw[: 4 * RAW_KEPT].decode("utf-8", "replace")[:RAW_KEPT],
        )
        self._waiting.append(letter)
        self._filled.set()

    def try_now(self) -> None:
        """Write what waits: the server is there."""
        self._filled.set()

    async def run(self) -> None:
        """Write letters until cancelled."""
        while True:
            await self._filled.wait()
            self._filled.clear()
            while self._waiting:
                letter = self._waiting.popleft()
                try:
                    await self._append(letter)
                except DisconnectedError:
                    self._waiting.appendleft(letter)
                    break
                except ContractError as error:
                    self._log.error("dead_letter.lost", key=letter.key, reason=str(error))
