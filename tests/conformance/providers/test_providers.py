"""What every provider promises when it is asked, whoever it is."""

import asyncio
from datetime import timedelta

import pytest
from tests.conformance.providers.venues import (
    AAPL,
    BRK_B,
    MSFT,
    NOPE,
    SHORT_S,
    WRONG,
    failure,
    rows,
    venue,
)
from tests.emulators.market import Fault

from qt_trade.market.errors import (
    BadAnswerError,
    KeyRefusedError,
    MarketDataError,
    NotInPlanError,
    RateLimitedError,
    UnknownSymbolError,
    UnreachableError,
)
from qt_trade.market.provider import Capability
from qt_trade.model.symbols import Symbol

pytestmark = pytest.mark.asyncio

QUOTING = rows(Capability.QUOTE)
KEYED = rows(Capability.QUOTE, which=lambda vendor: not vendor.keyless)
ALL = rows()


@pytest.mark.parametrize("who", QUOTING)
async def test_a_known_symbol_has_the_providers_price_at_the_providers_time(who):
    """What the market shows is what arrives, under the canonical name, a class share's too."""
    async with venue(*who) as one:
        batch = await one.quotes(AAPL, BRK_B, MSFT)
        assert batch.errors == {}
        assert set(batch.quotes) == {AAPL, BRK_B, MSFT}
        for name, quote in batch.quotes.items():
            market = one.emulator.market
            assert quote.symbol == name
            # Where it took several calls, the clock went on between them.
            assert quote.price in (market.tick(name).price, market.price(name, quote.at))
            assert quote.at <= one.wall.now()


@pytest.mark.parametrize("who", QUOTING)
async def test_an_unknown_symbol_is_an_error_and_never_a_price(who):
    """Beside a known one, which has its price all the same."""
    async with venue(*who) as one:
        batch = await one.quotes(AAPL, NOPE)
        assert set(batch.quotes) == {AAPL}
        assert set(batch.errors) == {NOPE}
        assert isinstance(batch.errors[NOPE], UnknownSymbolError | NotInPlanError)
        assert batch.errors[NOPE].symbol == NOPE


@pytest.mark.parametrize("who", KEYED)
async def test_a_wrong_key_is_refused_once_and_nobody_asks_again(who):
    """A person has to mend it; asking on would look like an attack."""
    async with venue(*who, key=WRONG) as one:
        await failure(one.provider.quotes([AAPL]), KeyRefusedError)
        asked = one.calls
        await failure(one.provider.quotes([AAPL]), KeyRefusedError)
        assert one.calls == asked == 1
        assert one.ledger.story[-1] == "refused"


@pytest.mark.parametrize("who", ALL)
async def test_what_the_plan_does_not_have_is_said_so_and_the_rest_goes_on(who):
    """Only that kind of thing is lost; the provider is neither refused nor resting."""
    async with venue(*who) as one:
        if one.vendor.denied is not None:
            await failure(one.vendor.denied(one.provider), NotInPlanError)
            assert one.ledger.story[-1] == "succeeded"


@pytest.mark.parametrize("who", QUOTING)
async def test_a_429_is_a_pause_for_everybody(who):
    """Nobody asks before it has passed, and then it works again."""
    async with venue(*who) as one:
        one.emulator.fail(Fault.RATE_LIMIT)
        error = await failure(one.provider.quotes([AAPL]), RateLimitedError)
        assert error.retry_after_s >= 1
        asked = one.calls
        await failure(one.provider.quotes([AAPL]), RateLimitedError)
        assert one.calls == asked
        one.wall.advance(timedelta(seconds=error.retry_after_s))
        assert set((await one.quotes(AAPL)).quotes) == {AAPL}


@pytest.mark.parametrize("who", QUOTING)
async def test_retry_after_is_honoured(who):
    """The vendor's own word on when to come back goes before ours."""
    async with venue(*who) as one:
        one.emulator.fail(Fault.RATE_LIMIT)
        one.emulator.retry_after = "17"
        error = await failure(one.provider.quotes([AAPL]), RateLimitedError)
        assert error.retry_after_s == max(17, one.vendor.pause_min_s)


@pytest.mark.parametrize("who", QUOTING)
async def test_the_plans_own_limits_are_never_broken(who):
    """Asked for more than there is, the client waits a little or says no; the vendor never does."""
    async with venue(*who) as one:
        some = [AAPL, MSFT, BRK_B, Symbol("IBM"), Symbol("NVDA")]
        with pytest.raises(RateLimitedError):
            for call in [*one.provider.plan.calls(some)] * 300:
                await one.provider.quotes(call)
        assert one.calls > 0
        assert one.emulator.hits["429"] == 0
        for limit in one.emulator.meter.limits:
            assert one.emulator.meter.used(limit) <= limit.count


@pytest.mark.parametrize("who", QUOTING)
async def test_no_more_calls_are_under_way_than_the_plan_allows(who):
    """However many ask at once."""
    async with venue(*who) as one:
        one.emulator.latency_s = 0.02
        wanted = 3 * one.provider.plan.concurrency
        calls = (one.provider.quotes([AAPL]) for _ in range(wanted))
        ends = await asyncio.gather(*calls, return_exceptions=True)
        assert all(
            not isinstance(end, Exception) or isinstance(end, RateLimitedError) for end in ends
        )
        assert 0 < one.emulator.under_way_max <= one.provider.plan.concurrency


@pytest.mark.parametrize("fault", [Fault.ERROR_500, Fault.BAD_GATEWAY, Fault.RESET])
@pytest.mark.parametrize("who", QUOTING)
async def test_a_broken_server_is_unreachable_for_a_while(who, fault):
    """The ledger hears of the failure, and the next answer is good."""
    async with venue(*who) as one:
        one.emulator.fail_always(fault)
        await failure(one.provider.quotes([AAPL]), UnreachableError)
        assert one.ledger.story[-1] == "failed"
        one.emulator.fail_always(None)
        assert set((await one.quotes(AAPL)).quotes) == {AAPL}


@pytest.mark.parametrize("who", QUOTING)
async def test_an_answer_that_does_not_come_is_waited_for_no_longer_than_allowed(who):
    """Its time-out is one of its options."""
    async with venue(*who, timeout_s=str(SHORT_S)) as one:
        one.emulator.fail_always(Fault.DELAY)
        await failure(one.provider.quotes([AAPL]), UnreachableError)
        assert one.ledger.story[-1] == "failed"


@pytest.mark.parametrize("fault", [Fault.TORN_JSON, Fault.EMPTY, Fault.WRONG_TYPE])
@pytest.mark.parametrize("who", QUOTING)
async def test_an_unreadable_answer_is_a_bad_answer(who, fault):
    """Half a JSON, nothing, or a page of HTML under a 200."""
    async with venue(*who) as one:
        one.emulator.fail_always(fault)
        await failure(one.provider.quotes([AAPL]), BadAnswerError)
        assert one.ledger.story[-1] == "failed"
        one.emulator.fail_always(None)
        assert set((await one.quotes(AAPL)).quotes) == {AAPL}


@pytest.mark.parametrize("fault", [Fault.NULL_PRICES, Fault.ZERO_PRICE])
@pytest.mark.parametrize("who", QUOTING)
async def test_null_and_zero_are_no_price(who, fault):
    """They are an error of that symbol, and the call was a good one."""
    async with venue(*who) as one:
        one.emulator.fail_always(fault)
        batch = await one.quotes(AAPL)
        assert batch.quotes == {}
        assert isinstance(batch.errors[AAPL], BadAnswerError | UnknownSymbolError)


@pytest.mark.parametrize("who", QUOTING)
async def test_an_old_price_keeps_its_old_time(who):
    """Nobody's price is made younger by being asked for."""
    async with venue(*who) as one:
        (now,) = (await one.quotes(AAPL)).quotes.values()
        one.emulator.fail_always(Fault.STALE)
        (old,) = (await one.quotes(AAPL)).quotes.values()
        assert now.at - old.at >= timedelta(days=2)


@pytest.mark.parametrize("who", QUOTING)
async def test_a_price_that_jumps_is_passed_on(who):
    """Whether it is believed is the consensus' matter."""
    async with venue(*who) as one:
        one.emulator.market.fixed["AAPL"] = 200.0
        one.emulator.fail_always(Fault.SPIKE)
        assert (await one.quotes(AAPL)).quotes[AAPL].price == 2_000.0


@pytest.mark.parametrize("who", rows(Capability.LOOKUP))
async def test_a_symbol_is_looked_up(who):
    """A class share, a fund, and what nobody knows."""
    async with venue(*who) as one:
        for name in (BRK_B, Symbol("SPY")):
            found = await one.provider.lookup(name)
            assert found.symbol == name
            assert found.name.split()[0].upper() in one.emulator.market.names[name].upper()
        error = await failure(one.provider.lookup(NOPE), UnknownSymbolError)
        assert isinstance(error, UnknownSymbolError)
        assert error.symbol == NOPE


@pytest.mark.parametrize("who", rows(Capability.FUNDAMENTALS))
async def test_fundamentals_are_in_dollars_and_fractions(who):
    """However many millions and percent the vendor writes."""
    async with venue(*who) as one:
        found = await one.provider.fundamentals(AAPL)
        assert found.symbol == AAPL
        assert found.name == one.emulator.market.names["AAPL"]
        assert found.market_cap is None or 1e11 < found.market_cap < 1e13
        assert found.dividend_yield is None or 0 <= found.dividend_yield < 0.2
        await failure(one.provider.fundamentals(NOPE), MarketDataError)


@pytest.mark.parametrize("who", rows(Capability.NEWS))
async def test_news_are_newest_first_and_no_older_than_asked(who):
    """Whatever order they come in."""
    async with venue(*who) as one:
        since = one.wall.now() - timedelta(hours=2, minutes=30)
        found = await one.provider.news(AAPL, since)
        assert len(found) == 2
        assert all(since <= item.published <= one.wall.now() for item in found)
        assert [item.published for item in found] == sorted(
            (item.published for item in found), reverse=True
        )
        assert all(item.title and item.symbols == (AAPL,) for item in found)
