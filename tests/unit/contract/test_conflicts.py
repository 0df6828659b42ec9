"""Conflicts on a real server: nobody overwrites unseen, and the second learns what the first did."""

from decimal import Decimal

import pytest
import redis
from tests.unit.contract import make
from tests.unit.contract.conftest import Connect
from tests.unit.contract.seen import Seen

from qt_trade.contract import registry
from qt_trade.contract.bus import Bus, Change
from qt_trade.contract.codec import Codec
from qt_trade.contract.conflict import changed_fields, writer_of
from qt_trade.contract.endpoints import Party
from qt_trade.contract.errors import ConflictError
from qt_trade.contract.payloads.trading import AutoTradingStatus, RiskSettings

pytestmark = pytest.mark.asyncio


def on_the_wire(value: RiskSettings) -> bytes:
    return Codec(registry.RISK_SETTINGS).encode(value)


async def refused(bus: Bus, expect: int, base: RiskSettings | None = None) -> ConflictError:
    with pytest.raises(ConflictError) as caught:
        await bus.write(
            registry.RISK_SETTINGS, make.risk(Decimal(7)), expect=expect, base=base
        )  # fmt: skip
    return caught.value


async def test_a_conflict_names_the_other_and_what_he_changed(
    connect: Connect, redis_url: str
) -> None:
    """Against the value one started from; without it, against the value one wanted to write."""
    one = await connect(redis_url, Party.FRONTEND)
    other = await connect(redis_url, Party.FRONTEND)
    base = make.risk(Decimal(5))
    await one.write(registry.RISK_SETTINGS, base)
    await one.write(registry.RISK_SETTINGS, make.risk(Decimal(6)), expect=1)
    conflict = await refused(other, 1, base)
    assert (conflict.expected, conflict.found) == (1, 2)
    assert (conflict.writer, conflict.fields) == ("test", ("cash_reserve",))
    assert str(conflict).endswith("test wrote meanwhile (cash_reserve)")
    assert (await refused(other, 1, make.risk(Decimal(6)))).fields == ()
    assert (await refused(other, 1)).fields == ("cash_reserve",)


async def test_who_deleted_meanwhile_is_not_known(connect: Connect, redis_url: str) -> None:
    """A conflict all the same, in words that claim nothing."""
    desk = await connect(redis_url, Party.FRONTEND)
    await desk.write(registry.RISK_SETTINGS, make.risk())
    await desk.delete(registry.RISK_SETTINGS)
    conflict = await refused(desk, 1)
    assert (conflict.found, conflict.writer, conflict.fields) == (2, "", ())
    assert "somebody wrote meanwhile" in str(conflict)


async def test_a_strangers_set_is_not_overwritten_unseen(
    connect: Connect, redis_url: str, stranger: redis.Redis
) -> None:
    """He raises no revision, yet counts as one; a desk that has seen his value may go on from it."""
    desk = await connect(redis_url, Party.FRONTEND)
    assert await desk.write(registry.RISK_SETTINGS, make.risk(Decimal(1))) == 1
    stranger.set("risk_settings", on_the_wire(make.risk(Decimal(2))))
    conflict = await refused(desk, 1)
    assert (conflict.found, conflict.fields) == (2, ("cash_reserve",))
    assert stranger.get("risk_settings") == on_the_wire(make.risk(Decimal(2)))
    found = await desk.read(registry.RISK_SETTINGS)
    assert found is not None
    assert (found.value, found.revision) == (make.risk(Decimal(2)), 2)
    assert await desk.write(registry.RISK_SETTINGS, make.risk(Decimal(3)), expect=2) == 3


async def test_of_two_strangers_in_a_row_only_the_last_may_be_overwritten(
    connect: Connect, redis_url: str, stranger: redis.Redis
) -> None:
    """Both count as the same revision; the bus tells them apart by what it has seen."""
    desk = await connect(redis_url, Party.FRONTEND)
    await desk.write(registry.RISK_SETTINGS, make.risk(Decimal(1)))
    stranger.set("risk_settings", on_the_wire(make.risk(Decimal(2))))
    assert await desk.read(registry.RISK_SETTINGS) is not None
    stranger.set("risk_settings", on_the_wire(make.risk(Decimal(3))))
    assert (await refused(desk, 2)).found == 2
    stranger.delete("risk_settings")
    assert (await refused(desk, 2)).fields == ()


async def test_a_strangers_first_value_and_his_deletion_count(
    connect: Connect, redis_url: str, stranger: redis.Redis
) -> None:
    """Also where nothing of ours ever stood, and after our own deletion."""
    desk = await connect(redis_url, Party.FRONTEND)
    stranger.set("risk_settings", on_the_wire(make.risk()))
    await refused(desk, 0)
    assert await desk.write(registry.RISK_SETTINGS, make.risk(), expect=1) == 2
    await desk.delete(registry.RISK_SETTINGS)
    assert not stranger.exists("risk_settings", "sum:risk_settings")
    assert await desk.write(registry.RISK_SETTINGS, make.risk(), expect=3) == 4
    stranger.delete("risk_settings")
    assert await desk.write(registry.RISK_SETTINGS, make.risk(), expect=5) == 6


async def test_a_watcher_may_write_on_top_of_what_a_stranger_wrote(
    connect: Connect, redis_url: str, stranger: redis.Redis
) -> None:
    """The revision a watch tells is the one a conditional write holds against."""
    desk = await connect(redis_url, Party.FRONTEND)
    seen: Seen[Change[RiskSettings]] = Seen()
    await desk.watch(registry.RISK_SETTINGS, seen)
    await desk.write(registry.RISK_SETTINGS, make.risk(Decimal(1)))
    await seen.until(lambda changes: changes[-1].revision == 1)
    stranger.set("risk_settings", on_the_wire(make.risk(Decimal(2))))
    await seen.until(lambda changes: changes[-1].value == make.risk(Decimal(2)))
    assert seen[-1].revision == 2
    assert await desk.write(registry.RISK_SETTINGS, make.risk(Decimal(3)), expect=2) == 3
    await seen.until(lambda changes: changes[-1].revision == 3)


async def test_nonsense_beside_a_shared_document_counts_as_none(
    connect: Connect, redis_url: str, stranger: redis.Redis
) -> None:
    """A list at the revision's and the digest's key, or a number beyond all counting."""
    desk = await connect(redis_url, Party.FRONTEND)
    await desk.write(registry.AUTOTRADING_STATUS, AutoTradingStatus.ACTIVE)
    for number in ("9" * 5000, "9" * 30, "x"):
        stranger.set("rev:autotrading:status", number)
        found = await desk.read(registry.AUTOTRADING_STATUS)
        assert found is not None
        assert found.revision == 0
        assert await desk.write(registry.AUTOTRADING_STATUS, AutoTradingStatus.STOPPED) == 1
    for key in ("rev:autotrading:status", "sum:autotrading:status"):
        stranger.delete(key)
        stranger.lpush(key, "x")
    assert await desk.write(registry.AUTOTRADING_STATUS, AutoTradingStatus.ACTIVE) == 2
    assert await desk.write(registry.AUTOTRADING_STATUS, AutoTradingStatus.STOPPED, expect=2) == 3


async def test_a_stranger_s_nonsense_is_a_conflict_without_a_name(
    connect: Connect, redis_url: str, stranger: redis.Redis
) -> None:
    """What does not fit cannot be said to have changed a field."""
    desk = await connect(redis_url, Party.FRONTEND)
    await desk.write(registry.RISK_SETTINGS, make.risk())
    stranger.set("risk_settings", "{")
    conflict = await refused(desk, 1)
    assert (conflict.writer, conflict.fields) == ("", ())


async def test_changed_fields_are_paths_without_the_stamp() -> None:
    """Nested payloads by their path; another type has no fields to compare."""
    config = make.config()
    assert changed_fields(config, make.config(enabled=False)) == ("enabled",)
    assert changed_fields(config, make.session()) == ()
    assert changed_fields(None, config) == ()
    mine, theirs = make.market_data(1), make.market_data(2, AAPL=make.symbol_data())
    assert changed_fields(mine, theirs) == ("quotes_published", "symbols")
    assert writer_of(config) == "test"
    assert writer_of(make.stop("c-1")) == "desk-1"
    assert writer_of(make.quote()) == "test"
    assert writer_of(None) == ""
