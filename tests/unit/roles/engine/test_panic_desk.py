"""Word of a panic is taken by the engine before all else, and once."""

from pathlib import Path

import pytest
from tests.unit.roles.engine.shop import buy, open_shop
from tests.unit.roles.panic.test_notes import note
from tests.unit.roles.parts import running
from tests.unit.trading.make import IBM

from qt_trade import wiring
from qt_trade.roles.engine.panic_desk import PanicDesk
from qt_trade.roles.panic.notes import FOLDER, PanicNotes
from qt_trade.trading.events import OrderFilled


@pytest.mark.asyncio
async def test_the_engine_stops_and_closes_what_a_note_asks_for(
    lead: wiring.Lead, tmp_path: Path
) -> None:
    """Once, however often it starts."""
    shop = await open_shop(lead)
    async with running(shop.dealer.run()):
        await shop.dealer.handle(buy())
        await shop.heard(OrderFilled)
        PanicNotes(tmp_path).leave(note())
        await PanicDesk(tmp_path, shop.dealer).take()
        assert shop.core.halted == "fire"
        await shop.heard(OrderFilled, 2)
        journal = len(await shop.told())
        await PanicDesk(tmp_path, shop.dealer).take()
        assert len(await shop.told()) == journal
    assert shop.core.account.quantity(IBM) == 0


@pytest.mark.asyncio
async def test_a_note_nobody_can_read_stops_all_trading(lead: wiring.Lead, tmp_path: Path) -> None:
    folder = tmp_path / FOLDER
    folder.mkdir()
    (folder / "x.json").write_text("half a no")
    shop = await open_shop(lead)
    await PanicDesk(tmp_path, shop.dealer).take()
    assert str(shop.core.halted).startswith("a panic's note cannot be read")
