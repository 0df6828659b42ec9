"""Sessions: who is there, from the first heartbeat to the last, and what the audit says of it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
import pytest_asyncio
import redis
from tests.unit.roles.engine import wires
from tests.unit.roles.engine.conftest import Connect
from tests.unit.roles.engine.desks import Desks, open_desks
from tests.unit.roles.engine.shop import Shop, open_shop
from tests.unit.roles.parts import eventually, lose_everything
from tests.unit.trading.make import WALL

from qt_trade import wiring
from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.contract.codec import Codec
from qt_trade.contract.endpoints import Party
from qt_trade.contract.payloads.sessions import RevokedSession, Session, SessionRole
from qt_trade.model.audit import Audited, AuditEntry

pytestmark = pytest.mark.asyncio

SESSIONS = Codec(registry.SESSION)
OPENED, CLOSED = Audited.SESSION_OPENED, Audited.SESSION_CLOSED
EXPIRED, REVOKED = Audited.SESSION_EXPIRED, Audited.SESSION_REVOKED


def raw(session: Session) -> bytes:
    return SESSIONS.encode(session)


@dataclass
class Lobby:
    shop: Shop
    desks: Desks
    front: Bus
    stranger: redis.Redis

    async def there(self, *ids: str) -> None:
        await eventually(lambda: set(self.desks.people.traders) == set(ids))

    async def audited(self, *whats: Audited) -> list[AuditEntry]:
        """Wait until the audit says exactly this of sessions, and return it."""
        lines: list[AuditEntry] = []

        async def says() -> bool:
            lines[:] = [one for one in await last(self.desks) if "SESSION" in one.what]
            return [one.what for one in lines] == list(whats)

        await eventually(says)
        return lines


async def last(desks: Desks) -> list[AuditEntry]:
    return await desks.audit._audit.last(100)


@asynccontextmanager
async def lobby_of(
    lead: wiring.Lead, connect: Connect, redis_url: str, ttl_s: float = registry.SESSION_TTL_S
) -> AsyncIterator[Lobby]:
    shop = await open_shop(lead)
    bus, front = await connect(Party.ENGINE), await connect(Party.FRONTEND)
    desks = await open_desks(bus, shop, lead, ttl_s=ttl_s)
    with redis.Redis.from_url(redis_url) as stranger:
        async with desks.at_work():
            yield Lobby(shop, desks, front, stranger)


@pytest_asyncio.fixture
async def lobby(lead: wiring.Lead, connect: Connect, redis_url: str) -> AsyncIterator[Lobby]:
    async with lobby_of(lead, connect, redis_url) as lobby:
        yield lobby


async def test_who_comes_and_goes_is_listed_and_audited(lobby: Lobby) -> None:
    """With user, host, role and version, at the opening and at the end."""
    await lobby.front.write(registry.SESSION, wires.session(user="anna", host="den"), "desk-1")
    await lobby.there("desk-1")

    async def listed() -> bool:
        found = await lobby.front.read(registry.SESSIONS_ACTIVE)
        return found is not None and [s.session_id for s in found.value.sessions] == ["desk-1"]

    await eventually(listed)
    await lobby.front.delete(registry.SESSION, "desk-1")
    await lobby.there()
    for line in await lobby.audited(OPENED, CLOSED):
        assert (line.user, line.host, line.role, line.version) == ("anna", "den", "trader", "1")


async def test_heartbeats_are_no_news(lobby: Lobby) -> None:
    """One opening, however often the session is written; a stranger's heartbeat counts, too."""
    lobby.stranger.set("session:desk-1", raw(wires.session()), ex=15)
    await lobby.there("desk-1")
    later = wires.session(delay_ms=7.5)
    lobby.stranger.set("session:desk-1", raw(later), ex=15)
    await eventually(lambda: lobby.desks.people.active(None).sessions[0].delay_ms == 7.5)
    lobby.stranger.delete("session:desk-1")
    await lobby.audited(OPENED, CLOSED)


async def test_a_silent_session_expires(lobby: Lobby) -> None:
    """Redis lets it go, and the audit says that nobody closed it."""
    lobby.stranger.set("session:desk-1", raw(wires.session()), px=50)
    await lobby.audited(OPENED, EXPIRED)


async def test_a_session_without_a_time_out_ends_all_the_same(
    lead: wiring.Lead, connect: Connect, redis_url: str
) -> None:
    """A stranger that forgets to set one must not be there for ever."""
    async with lobby_of(lead, connect, redis_url, ttl_s=0.1) as lobby:
        lobby.stranger.set("session:desk-1", raw(wires.session()))
        await lobby.audited(OPENED, EXPIRED)
        assert not lobby.stranger.exists("session:desk-1")


async def test_a_viewer_is_listed_and_is_no_trader(lobby: Lobby) -> None:
    """It may look."""
    viewer = wires.session(SessionRole.VIEWER, "viewer-1")
    await lobby.front.write(registry.SESSION, viewer, "viewer-1")
    await eventually(lambda: lobby.desks.people.session("viewer-1") is not None)
    assert lobby.desks.people.traders == {}
    assert "may look, not trade" in str(await lobby.desks.people.objection_to("viewer-1"))


@pytest.mark.parametrize(
    ("key", "session", "path", "words"),
    [
        ("desk-2", wires.session(), "$.session_id", "desk-1 stands at the key of desk-2"),
        (
            "viewer-1",
            wires.session(SessionRole.TRADER, "viewer-1"),
            "$.role",
            "an id that begins with viewer- is a viewer's, not a trader's",
        ),
    ],
)
async def test_a_forged_session_is_refused_once(
    lobby: Lobby, key: str, session: Session, path: str, words: str
) -> None:
    """Neither listed nor able to trade, and one dead letter for all its heartbeats."""
    for number in range(3):
        lobby.stranger.set(f"session:{key}", raw(session), ex=15)
        lobby.stranger.set("session:ok", raw(wires.session(session_id="ok", canary=number)), ex=15)
        await eventually(
            lambda n=number: getattr(lobby.desks.people.session("ok"), "canary", None) == n
        )

    async def kept() -> bool:
        return await lobby.front.length(registry.DEAD_LETTERS) > 0

    await eventually(kept)
    (letter,) = await lobby.front.entries(registry.DEAD_LETTERS, last=10)
    assert (letter.value.key, letter.value.path) == (f"session:{key}", path)
    assert (letter.value.reason, letter.value.raw[:5]) == (words, '{"ts"')
    assert lobby.desks.people.session(key) is None
    assert words in str(await lobby.desks.people.objection_to(key))


async def test_a_revoked_session_stays_out_whatever_it_writes(lobby: Lobby) -> None:
    """Its key is deleted each time, its commands are refused with who did it and why."""
    await lobby.front.write(registry.SESSION, wires.session(), "desk-1")
    await lobby.there("desk-1")
    gone = RevokedSession(session_id="desk-1", at=WALL, by="desk-2", reason="left the house")
    lobby.desks.people.revoke(gone)
    await eventually(lambda: not lobby.stranger.exists("session:desk-1"))
    await lobby.front.write(registry.SESSION, wires.session(), "desk-1")
    await eventually(lambda: not lobby.stranger.exists("session:desk-1"))
    assert lobby.desks.people.traders == {}
    assert await lobby.desks.people.objection_to("desk-1") == (
        "session desk-1 was logged out by desk-2 (left the house); "
        "open a new one (start the program again)"
    )
    assert lobby.desks.people.active(None).revoked == (gone,)
    lines = await lobby.audited(OPENED, REVOKED)
    assert (lines[1].by, lines[1].words, lines[1].user) == ("desk-2", "left the house", "u")


async def test_a_server_that_lost_its_data_ends_no_session(lobby: Lobby, redis_url: str) -> None:
    """The next heartbeat brings it back, and nobody has come or gone."""
    await lobby.front.write(registry.SESSION, wires.session(), "desk-1")
    await lobby.there("desk-1")
    await lose_everything(redis_url, lobby.front)
    await lobby.front.write(registry.SESSION, wires.session(session_id="desk-2"), "desk-2")
    await lobby.there("desk-1", "desk-2")
    await lobby.front.write(registry.SESSION, wires.session(canary=1), "desk-1")
    await lobby.audited(OPENED, OPENED)


async def test_who_does_not_come_back_after_a_loss_has_expired(
    lead: wiring.Lead, connect: Connect, redis_url: str
) -> None:
    """Its time runs from the server's return."""
    async with lobby_of(lead, connect, redis_url, ttl_s=0.3) as lobby:
        await lobby.front.write(registry.SESSION, wires.session(), "desk-1")
        await lobby.there("desk-1")
        await lose_everything(redis_url, lobby.front)
        await lobby.audited(OPENED, EXPIRED)


async def test_the_next_engine_knows_who_came_before_it(
    lead: wiring.Lead, connect: Connect, redis_url: str
) -> None:
    """Who stayed has not come anew; who went while nobody looked has ended."""
    async with lobby_of(lead, connect, redis_url) as before:
        for name in ("desk-1", "desk-2"):
            session = wires.session(session_id=name)
            await before.front.write(registry.SESSION, session, name)
        await before.audited(OPENED, OPENED)
    with redis.Redis.from_url(redis_url) as stranger:
        stranger.delete("session:desk-2")
    async with lobby_of(lead, connect, redis_url, ttl_s=0.5) as after:

        async def told() -> bool:
            lines = await last(after.desks)
            ends = {(one.session_id, one.what, one.words) for one in lines}
            return ("desk-2", EXPIRED, "while no engine looked") in ends

        await eventually(told)
        assert [one.what for one in await last(after.desks)].count(OPENED) == 2


async def test_only_what_there_is_can_be_logged_out(lobby: Lobby) -> None:
    """A misspelt id is said to be one."""
    objection = await lobby.desks.people.objection_to_revoking("desk-9")
    assert objection == "there is no session desk-9; sessions:active names them all"
    lobby.stranger.set("session:odd", "{", ex=15)
    assert await lobby.desks.people.objection_to_revoking("odd") is None


async def test_what_a_stranger_calls_himself_stops_nobody(lobby: Lobby) -> None:
    """PostgreSQL holds no NUL in a text; the audit says that there was something."""
    odd = wires.session(user="a\x00b", host="\x00")
    lobby.stranger.set("session:desk-1", raw(odd), ex=15)
    (line,) = await lobby.audited(OPENED)
    assert (line.user, line.host) == ("a\ufffdb", "\ufffd")
