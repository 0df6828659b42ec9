"""What a callback was told, and a way to wait for it without sleeping."""

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")

PATIENCE_S = 20.0


class Seen(list[T], Generic[T]):
    """A list that is called: hand it over as a callback, then wait ``until`` it tells enough."""

    def __init__(self) -> None:
        super().__init__()
        self._news = asyncio.Event()

    def __call__(self, item: T) -> None:
        self.append(item)
        self._news.set()

    async def until(self, enough: Callable[[list[T]], bool]) -> list[T]:
        """Wait until the condition holds; fails after PATIENCE_S and shows what was seen."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not enough(self):
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"in vain; seen were {list(self)}") from None
        return self

    async def count(self, number: int) -> list[T]:
        """Wait for that many items."""
        return await self.until(lambda items: len(items) >= number)
