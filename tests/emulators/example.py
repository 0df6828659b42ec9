"""The made-up vendor of ``docs/examples/my_provider.py`` on loopback."""

from typing import Any, ClassVar

from aiohttp import web
from tests.emulators.provider import ProviderEmulator

from qt_trade.model.quotas import Limit, Window


class ExampleEmulator(ProviderEmulator):
    """As small as an emulator can be."""

    name = "myvendor"
    limits: ClassVar = {
        "free": (Limit(20, Window.MINUTE), Limit(1_000, Window.DAY)),
        "paid": (Limit(20, Window.MINUTE), Limit(1_000, Window.DAY)),
    }

    def routes(self, app: web.Application) -> None:
        app.router.add_get("/last", self._last)

    def given_key(self, request: web.Request) -> str:
        return request.headers.get("X-Key", "")

    def refused(self, request: web.Request) -> web.Response:
        return web.Response(status=401, text="who are you?")

    def too_many(self, limit: Limit) -> web.Response:
        return web.Response(status=429, text="slow down")

    def spelling(self, name: str) -> str:
        return name.replace(".", "_")

    async def _last(self, request: web.Request) -> web.Response:
        asked = request.query["symbols"].split(",")
        known = {self.spelling(name): name for name in self.market.names}
        return web.json_response({name: self._row(known[name]) for name in asked if name in known})

    def _row(self, name: str) -> dict[str, Any]:
        tick = self.tick(name)
        return {
            "price": None if tick.price is None else str(tick.price),
            "at": int(tick.at.timestamp()),
        }
