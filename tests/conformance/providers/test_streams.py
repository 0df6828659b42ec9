"""What every provider's stream promises, in health and in every kind of trouble."""

import json
from datetime import timedelta

import pytest
from tests.conformance.providers.venues import (
    AAPL,
    BRK_B,
    MONDAY,
    MSFT,
    SHORT_S,
    WRONG,
    listening,
    rows,
    venue,
)
from tests.emulators.provider import StreamFault

from qt_trade.market.errors import (
    BadAnswerError,
    KeyRefusedError,
    RateLimitedError,
    UnreachableError,
)
from qt_trade.market.provider import Capability, Connected, NotStreamed
from qt_trade.model.quotes import Quote
from qt_trade.model.symbols import Symbol

pytestmark = pytest.mark.asyncio

WHO = pytest.mark.parametrize("who", rows(Capability.STREAM))
KEYED = pytest.mark.parametrize(
    "who", rows(Capability.STREAM, which=lambda vendor: not vendor.keyless)
)
LIMITED = pytest.mark.parametrize(
    "who", rows(Capability.STREAM, which=lambda vendor: not vendor.streams_any)
)
PAID = pytest.mark.parametrize("who", rows(Capability.STREAM, paid=True))


@WHO
async def test_it_connects_and_brings_prices_at_the_providers_time(who):
    """A class share comes back in dots; what the provider does not send is None."""
    async with venue(*who) as one, listening(one, AAPL) as ear:
        assert isinstance(await ear.next(), Connected)
        await one.emulator.carries([AAPL])
        at = MONDAY - timedelta(seconds=2)
        await one.emulator.push(AAPL, 187.25, at)
        quote = await ear.next()
        assert isinstance(quote, Quote)
        assert (quote.symbol, quote.price, quote.at) == (AAPL, 187.25, at)
        assert quote.previous_close in (None, one.emulator.market.tick(AAPL).previous_close)


@PAID
async def test_a_class_share_is_streamed_under_its_own_name(who):
    """Whatever the vendor writes between the letters."""
    async with venue(*who, paid=True) as one, listening(one, BRK_B) as ear:
        await ear.next()
        await one.emulator.carries([BRK_B])
        await one.emulator.push(BRK_B, 480.5)
        assert (await ear.next()).symbol == BRK_B


@PAID
async def test_it_follows_what_is_wanted(who):
    """Added, removed and exchanged symbols reach the provider on the same connection."""
    async with venue(*who, paid=True) as one, listening(one, AAPL) as ear:
        assert isinstance(await ear.next(), Connected)
        await one.emulator.carries([AAPL])
        for wanted in ([AAPL, MSFT], [MSFT, BRK_B], [AAPL]):
            ear.subscription.want(wanted)
            await one.emulator.carries(wanted)
        await one.emulator.push(MSFT, 1.0)
        await one.emulator.push(AAPL, 2.0)
        assert (await ear.next()).symbol == AAPL, "nobody wants the other any more"
        assert one.emulator.hits["stream"] == 1


@KEYED
async def test_a_wrong_key_ends_it_as_refused(who):
    """At the door or at the login, wherever the vendor looks at it."""
    async with venue(*who, key=WRONG) as one, listening(one, AAPL) as ear:
        await ear.ends(KeyRefusedError)


@KEYED
async def test_a_key_that_is_no_longer_taken_ends_it_as_refused(who):
    """A key that was right yesterday is refused like any other."""
    async with venue(*who) as one, listening(one, AAPL) as ear:
        one.emulator.stream_fault = StreamFault.REFUSE_KEY
        await ear.ends(KeyRefusedError)


@WHO
async def test_a_server_that_takes_no_streams_is_unreachable(who):
    """A 503 instead of a stream is nobody's key."""
    async with venue(*who) as one, listening(one, AAPL) as ear:
        one.emulator.stream_fault = StreamFault.UNAVAILABLE
        await ear.ends(UnreachableError)


@WHO
async def test_too_many_connections_are_a_pause(who):
    """A 429 instead of a stream is waited for."""
    async with venue(*who) as one, listening(one, AAPL) as ear:
        one.emulator.stream_fault = StreamFault.RATE_LIMIT
        assert (await ear.ends(RateLimitedError)).retry_after_s >= 1


@WHO
async def test_a_silent_stall_is_noticed(who):
    """A connection that says nothing while the market trades is as good as none."""
    async with venue(*who, mute_s=str(SHORT_S)) as one, listening(one, AAPL) as ear:
        one.emulator.stream_fault = StreamFault.SILENT
        await ear.ends(UnreachableError)


@WHO
@pytest.mark.parametrize("how", ["politely", "without a word"])
async def test_a_closed_stream_says_so_and_the_next_one_works(who, how):
    """With a closing frame or without one."""
    async with venue(*who) as one:
        async with listening(one, AAPL) as ear:
            await ear.next()
            await one.emulator.carries([AAPL])
            if how == "politely":
                await one.emulator.close_streams()
            else:
                one.emulator.tear_streams()
            await ear.ends(UnreachableError)
        async with listening(one, AAPL) as ear:
            assert isinstance(await ear.next(), Connected)
            await one.emulator.carries([AAPL])


@WHO
async def test_who_only_pings_is_alive(who):
    """No price is no fault of the connection; the next one still comes through."""
    async with venue(*who) as one, listening(one, AAPL) as ear:
        await ear.next()
        await one.emulator.carries([AAPL])
        for _ in range(3):
            await one.emulator.ping()
        await one.emulator.push(AAPL, 187.5)
        assert (await ear.next()).price == 187.5


@WHO
async def test_a_frame_twice_and_a_time_that_runs_backwards_are_passed_on(who):
    """Which of them counts is the consensus' matter; each keeps its time."""
    async with venue(*who) as one, listening(one, AAPL) as ear:
        await ear.next()
        await one.emulator.carries([AAPL])
        frame = await one.emulator.push(AAPL, 187.5, MONDAY)
        await one.emulator.push_text(frame)
        await one.emulator.push(AAPL, 187.25, MONDAY - timedelta(seconds=5))
        first, again, older = [await ear.next() for _ in range(3)]
        assert first == again
        assert older.at == MONDAY - timedelta(seconds=5)


@WHO
@pytest.mark.parametrize(
    "text", ["", "{", "[]", "7", "null", json.dumps({"type": "surprise"}), json.dumps([[1]])]
)
async def test_a_frame_nobody_knows_does_not_end_it(who, text):
    """It is told as a bad answer or, where it says nothing at all, let go."""
    async with venue(*who) as one, listening(one, AAPL) as ear:
        await ear.next()
        await one.emulator.carries([AAPL])
        await one.emulator.push_text(text)
        await one.emulator.push(AAPL, 187.5)
        event = await ear.next()
        while isinstance(event, BadAnswerError):
            event = await ear.next()
        assert event.price == 187.5


@LIMITED
async def test_more_symbols_than_the_plan_has_are_said_not_to_be_streamed(who):
    """Nobody waits for the price of what is not carried."""
    async with venue(*who) as one:
        most = one.provider.plan.stream_max
        names = [Symbol(f"ZZ{letter}{n}") for letter in "ABCDEFGHIJ" for n in range(10)]
        assert most < len(names)
        many = names[: most + 1]
        one.emulator.market.names |= dict.fromkeys(many, "A made-up company")
        async with listening(one, *many) as ear:
            await ear.next()
            event = await ear.next()
            while isinstance(event, BadAnswerError):
                event = await ear.next()
            assert isinstance(event, NotStreamed)
