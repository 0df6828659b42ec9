"""The control at work: asked for on the bus, passed by time and death, and shown to all."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from tests.unit.roles.engine import wires
from tests.unit.roles.engine.conftest import Connect
from tests.unit.roles.engine.desks import Desks, limits_of, open_desks
from tests.unit.roles.engine.shop import Shop, open_shop
from tests.unit.roles.parts import eventually, lose_everything, running
from tests.unit.trading.make import BALANCED, WALL

from qt_trade import wiring
from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.contract.endpoints import Party
from qt_trade.contract.payloads.commands import Reply
from qt_trade.contract.payloads.sessions import (
    AutoTradingControl,
    DeclineTakeover,
    ReleaseControl,
    SessionAction,
    SessionSettings,
    TakeControl,
)
from qt_trade.model.audit import Audited
from qt_trade.model.control import ControllerLoss
from qt_trade.roles.engine.command_desk import CommandDesk
from qt_trade.roles.engine.settings_desk import SettingsDesk
from qt_trade.roles.engine.wishes import WishesDesk
from qt_trade.trading.commands import StartAutoTrading
from qt_trade.trading.events import ControllerLost, ControlTaken

pytestmark = pytest.mark.asyncio


@dataclass
class Office:
    shop: Shop
    desks: Desks
    front: Bus

    async def opens(self, session_id: str, name: str) -> None:
        session = wires.session(session_id=session_id, name=name)
        await self.front.write(registry.SESSION, session, session_id)

    async def asks(self, kind: Any, command_id: str, by: str, **more: Any) -> Reply:
        return await self.send(wires.asked(kind, command_id, by, **more))

    async def send(self, action: SessionAction) -> Reply:
        return await self.front.send(registry.SESSION_ACTIONS, action)

    async def shows(self, holds: Callable[[AutoTradingControl], bool]) -> AutoTradingControl:
        shown: list[AutoTradingControl] = []

        async def there() -> bool:
            found = await self.front.read(registry.AUTOTRADING_CONTROL)
            shown[:] = [] if found is None else [found.value]
            return found is not None and holds(found.value)

        await eventually(there)
        return shown[0]

    async def word(self) -> str | None:
        found = await self.front.read(registry.AUTOTRADING_SESSION_ACTIVE)
        return None if found is None else found.value


@pytest_asyncio.fixture
async def office(lead: wiring.Lead, connect: Connect) -> AsyncIterator[Office]:
    shop = await open_shop(lead)
    bus, front = await connect(Party.ENGINE), await connect(Party.FRONTEND)
    desks = await open_desks(bus, shop, lead)
    token = desks.audit.next_control_token
    commands = CommandDesk(bus, shop.dealer, desks.people, token, shop.board(), shop.stamp, 60.0)
    commands.serve_people()
    wishes = WishesDesk(shop.dealer, lambda: None)
    settings = SettingsDesk(desks.keeping, limits_of(shop, desks), wishes, desks.control.on_policy)
    await settings.follow()
    async with running(shop.dealer.run(), settings.run()), desks.at_work():
        office = Office(shop, desks, front)
        await office.opens("desk-1", "Anna")
        await office.opens("desk-2", "Bert")
        await eventually(lambda: set(desks.people.traders) == {"desk-1", "desk-2"})
        yield office


async def test_nobody_holds_it_at_first(office: Office) -> None:
    """The document says so in words, and there is no word of a session."""
    shown = await office.shows(lambda c: True)
    assert (shown.holder, shown.token, shown.alive) == (None, 0, False)
    assert shown.words == "nobody controls AutoTrading; whoever starts it does"
    assert await office.word() is None


async def test_it_is_taken_shown_and_given_back(office: Office) -> None:
    """Document, plain word, list of sessions and audit agree."""
    reply = await office.asks(TakeControl, "t-1", "desk-1")
    assert (reply.accepted, reply.reason) == (True, "nobody controlled AutoTrading")
    shown = await office.shows(lambda c: c.holder == "desk-1")
    assert (shown.holder_name, shown.alive, shown.words) == (
        "Anna",
        True,
        "Anna controls AutoTrading",
    )

    async def listed() -> bool:
        found = await office.front.read(registry.SESSIONS_ACTIVE)
        controls = found and {s.session_id: s.controls for s in found.value.sessions}
        return controls == {"desk-1": True, "desk-2": False}

    await eventually(listed)
    assert await office.word() == "desk-1"
    given = await office.asks(ReleaseControl, "r-1", "desk-1")
    assert given.reason == "nobody controls AutoTrading now"
    free = await office.shows(lambda c: c.holder is None)
    assert free.token == shown.token

    async def gone() -> bool:
        return await office.word() is None

    await eventually(gone)


async def test_a_takeover_is_asked_for_and_passes_unless_declined(office: Office) -> None:
    """Both see the request; after ten seconds of the wall's clock it is the other's."""
    await office.asks(TakeControl, "t-1", "desk-1")
    asked = await office.asks(TakeControl, "t-2", "desk-2")
    assert asked.reason == "Anna is asked; unless they decline it is yours at 20:00:10 UTC"
    shown = await office.shows(lambda c: c.request is not None)
    assert shown.words == "Bert asks Anna for the control until 20:00:10 UTC"
    assert (await office.asks(DeclineTakeover, "d-1", "desk-1")).reason == "Bert does not get it"
    kept = await office.shows(lambda c: c.request is None)
    assert kept.holder == "desk-1"
    await office.asks(TakeControl, "t-3", "desk-2")
    office.shop.wall.advance(timedelta(seconds=10))
    office.desks.control.look()
    passed = await office.shows(lambda c: c.holder == "desk-2")
    assert passed.token > kept.token

    async def audited() -> bool:
        lines = await office.desks.audit._audit.last(50)
        told = [one.what for one in lines if one.what.startswith(("CONTROL", "TAKEOVER"))]
        return told == [
            Audited.CONTROL_TAKEN,
            Audited.TAKEOVER_ASKED,
            Audited.TAKEOVER_ENDED,
            Audited.TAKEOVER_ASKED,
            Audited.CONTROL_TAKEN,
        ]

    await eventually(audited)


async def test_the_same_action_twice_is_one_change_also_for_the_next_engine(
    office: Office, lead: wiring.Lead
) -> None:
    """The answer is in the journal, which the next engine folds."""
    first = await office.asks(TakeControl, "t-1", "desk-1")
    again = await office.asks(TakeControl, "t-1", "desk-1")
    assert (first.reason, first.accepted) == (again.reason, again.accepted)
    assert len([e for e in await office.shop.told() if isinstance(e, ControlTaken)]) == 1
    successor = await open_shop(lead)
    assert "t-1" in successor.core.account.answers
    assert successor.core.account.control == office.shop.core.account.control


@pytest.mark.parametrize(
    ("by", "words"),
    [("nobody", "is unknown or has expired"), ("viewer-1", "may look, not trade")],
)
async def test_who_may_not_trade_may_not_control(office: Office, by: str, words: str) -> None:
    """And is told what to do."""
    await office.opens("viewer-x", "Vera")
    viewer = wires.session(wires.SessionRole.VIEWER, "viewer-1")
    await office.front.write(registry.SESSION, viewer, "viewer-1")
    reply = await office.asks(TakeControl, "t-1", by)
    assert not reply.accepted
    assert words in reply.reason


async def test_an_old_wish_for_the_control_is_nobodys(office: Office) -> None:
    """Nobody gets it by what was asked while no engine ran."""
    office.shop.wall.advance(timedelta(seconds=61))
    reply = await office.asks(TakeControl, "t-1", "desk-1", ts=WALL)
    assert "older than 60 s" in reply.reason


async def test_a_dead_holder_pauses_entries_until_it_returns(office: Office) -> None:
    """By the policy that holds where nobody chose another."""
    start = StartAutoTrading(command_id="s-1", by="desk-1", settings=BALANCED, token=1)
    await office.shop.dealer.handle(start)
    await office.front.delete(registry.SESSION, "desk-1")
    paused = await office.shows(lambda c: c.entries_paused)
    assert (paused.holder, paused.alive) == ("desk-1", False)
    assert "entries are paused: the session of Anna" in paused.words
    status = office.shop.board().status(
        office.shop.core.account,
        office.shop.core.checks(office.shop.dealer.now()),
        None,
    )
    check = next(check for check in status.checks if check.name == "entries")
    assert (check.ok, check.words) == (False, paused.words)
    await office.opens("desk-1", "Anna")
    back = await office.shows(lambda c: not c.entries_paused)
    assert (back.holder, back.alive, back.token) == ("desk-1", True, paused.token)


async def test_another_takes_a_dead_holders_control_at_once(office: Office) -> None:
    """That ends the pause, too."""
    start = StartAutoTrading(command_id="s-1", by="desk-1", settings=BALANCED, token=1)
    await office.shop.dealer.handle(start)
    await office.front.delete(registry.SESSION, "desk-1")
    await office.shows(lambda c: c.entries_paused)
    reply = await office.asks(TakeControl, "t-1", "desk-2")
    assert "the session of Anna, who controlled AutoTrading, has ended" in reply.reason
    shown = await office.shows(lambda c: c.holder == "desk-2")
    assert not shown.entries_paused


@pytest.mark.parametrize("policy", [ControllerLoss.STOP, ControllerLoss.KEEP_TRADING])
async def test_the_setting_says_what_a_dead_holder_means(
    office: Office, policy: ControllerLoss
) -> None:
    """Stop AutoTrading, or let it go on as if nothing were."""
    chosen = SessionSettings(**wires.STAMP, session_id="desk-1", on_controller_loss=policy)
    await office.front.write(registry.SESSION_SETTINGS, chosen)
    await office.shows(lambda c: c.on_loss is policy)
    start = StartAutoTrading(command_id="s-1", by="desk-1", settings=BALANCED, token=1)
    await office.shop.dealer.handle(start)
    await office.front.delete(registry.SESSION, "desk-1")
    await office.shop.heard(ControllerLost)
    assert (office.shop.core.account.auto is None) is (policy is ControllerLoss.STOP)
    shown = await office.shows(lambda c: not c.alive)
    assert not shown.entries_paused


async def test_a_revoked_holder_is_a_dead_one(office: Office) -> None:
    """Logged out on the bus, in words, once for each id."""
    await office.asks(TakeControl, "t-1", "desk-1")
    reply = await office.send(wires.revoke("desk-1", by="desk-2"))
    assert (reply.accepted, reply.reason) == (True, "desk-1 is logged out")
    assert (await office.send(wires.revoke("desk-1", by="desk-2"))).reason == reply.reason
    shown = await office.shows(lambda c: not c.alive)
    assert shown.words == "the session of Anna, who controlled AutoTrading, has ended"
    refused = await office.asks(TakeControl, "t-2", "desk-1")
    assert "was logged out by desk-2 (enough)" in refused.reason
    nobody = await office.send(wires.revoke("desk-9", "v-2", by="desk-2"))
    assert nobody.reason == "there is no session desk-9; sessions:active names them all"


async def test_a_server_that_lost_its_data_is_told_all_again(
    office: Office, redis_url: str
) -> None:
    """Holder, token and word come from the journal, not from Redis."""
    await office.asks(TakeControl, "t-1", "desk-1")
    before = await office.shows(lambda c: c.holder == "desk-1")
    await lose_everything(redis_url, office.front)
    after = await office.shows(lambda c: c.holder == "desk-1")
    assert (after.token, after.since) == (before.token, before.since)

    async def word() -> bool:
        return await office.word() == "desk-1"

    await eventually(word)
