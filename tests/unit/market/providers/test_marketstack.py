"""What is Marketstack's own: closes of yesterday, every symbol billed, errors by their codes."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from tests.conformance.providers.venues import AAPL, BRK_B, MONDAY, MSFT, NOPE, failure, venue
from tests.emulators.market import DAY_S, NEW_YORK

from qt_trade.market.errors import (
    BadAnswerError,
    KeyRefusedError,
    NotInPlanError,
    RateLimitedError,
    UnknownSymbolError,
)
from qt_trade.market.http import Answer
from qt_trade.market.provider import Capability, Timeliness
from qt_trade.market.providers.marketstack import SPEC
from qt_trade.market.providers.marketstack_wire import (
    NoSuchSymbolError,
    by_name,
    close_of,
    judge,
    page_of,
)
from qt_trade.model.instruments import Dividend, Split
from qt_trade.model.quotas import Window


def envelope(code, **more):
    return json.dumps({"error": {"code": code, "message": "words", **more}})


@pytest.mark.parametrize(
    ("status", "text", "kind"),
    [
        (401, envelope("invalid_access_key"), KeyRefusedError),
        (401, "", KeyRefusedError),
        (200, envelope(101, type="missing_access_key"), KeyRefusedError),
        (403, envelope("function_access_restricted"), NotInPlanError),
        (403, envelope("https_access_restricted"), NotInPlanError),
        (429, envelope("too_many_requests"), RateLimitedError),
        (429, envelope("rate_limit_reached"), RateLimitedError),
        (429, "Too Many Requests", RateLimitedError),
        (422, envelope("no_valid_symbols_provided"), NoSuchSymbolError),
        (404, '{"detail": "The ticker is not found or no data is available"}', NoSuchSymbolError),
        (422, envelope("validation_error", context={"symbols": []}), BadAnswerError),
        (404, envelope("404_not_found"), BadAnswerError),
        (422, '{"error": {}}', BadAnswerError),
        (500, envelope("internal_error"), None),
        (200, '{"data": []}', None),
        (200, "{", None),
    ],
)
def test_an_error_is_known_by_its_code(status, text, kind):
    """Of both versions; what is no error of Marketstack's is left to others."""
    found = judge(Answer(status, {}, text))
    assert type(found) is kind if kind else found is None


def test_the_months_quota_rests_longer_than_a_hasty_second():
    month, second = (
        judge(Answer(429, {}, envelope(code)))
        for code in ("too_many_requests", "rate_limit_reached")
    )
    assert month.retry_after_s > 100 * second.retry_after_s


def test_nothing_in_any_form_is_no_row():
    for body in ({"data": []}, {"data": [[]]}, {"data": {"symbol": "AAPL", "eod": []}}):
        assert list(page_of(body).rows) == []
    bare = {"symbol": "AAPL", "close": 1.5, "date": "2026-11-20T00:00:00+0000"}
    assert by_name(page_of(bare).rows) == {"AAPL": bare}
    for broken in ([], {"data": 7}, {"data": ["x"]}):
        with pytest.raises(BadAnswerError):
            page_of(broken)


@pytest.mark.asyncio
async def test_a_free_price_is_the_close_of_the_session_before_and_as_old():
    """Nobody takes it for fresh: it carries that day's 16:00 in New York."""
    plan = SPEC.plan("")
    assert (plan.timeliness, plan.billed_per_symbol) == (Timeliness.END_OF_DAY, True)
    assert Capability.INTRADAY not in plan.capabilities
    async with venue("marketstack") as one:
        quote = (await one.quotes(AAPL)).quotes[AAPL]
        assert quote.at == datetime(2026, 11, 20, 16, tzinfo=NEW_YORK)
        assert quote.previous_close is None
        assert quote.bid is None


def test_the_newest_day_of_a_symbol_counts():
    rows = [
        {"symbol": "AAPL", "close": day, "date": f"2026-11-{day}T00:00:00+0000"} for day in (19, 20)
    ]
    for some in (rows, rows[::-1]):
        assert close_of(by_name(some)["AAPL"], AAPL).price == 20


@pytest.mark.asyncio
async def test_each_symbol_is_billed_and_five_go_into_a_call():
    async with venue("marketstack") as one:
        await one.quotes(AAPL, BRK_B, MSFT)
        assert one.calls == 1
        assert one.ledger.taken("marketstack") == 3
        month = next(limit for limit in one.emulator.meter.limits if limit.window is Window.MONTH)
        assert one.emulator.meter.used(month) == 3


@pytest.mark.asyncio
async def test_only_unknown_symbols_are_an_error_each_and_cost_nobody_the_provider():
    async with venue("marketstack") as one:
        batch = await one.quotes(NOPE)
        assert isinstance(batch.errors[NOPE], UnknownSymbolError)
        assert one.ledger.story[-1] == "succeeded"


@pytest.mark.parametrize("has_last", [True, False])
@pytest.mark.asyncio
async def test_a_paid_price_is_todays_and_what_is_called_close_the_one_before(has_last):
    async with venue("marketstack", paid=True) as one:
        assert one.provider.plan.timeliness is Timeliness.DELAYED
        one.emulator.has_last = has_last
        quote = (await one.quotes(BRK_B)).quotes[BRK_B]
        tick = one.emulator.market.tick("BRK.B")
        assert (quote.price, quote.previous_close) == (tick.price, tick.previous_close)
        assert (quote.at, quote.bid) == (MONDAY, tick.bid if has_last else None)


@pytest.mark.asyncio
async def test_a_plan_that_is_smaller_than_it_was_said_to_be_is_no_refused_key():
    async with venue("marketstack", paid=True) as one:
        one.emulator.plan = "free"
        await failure(one.provider.quotes([AAPL]), NotInPlanError)
        assert one.ledger.story[-1] == "succeeded"


@pytest.mark.asyncio
async def test_splits_and_dividends_come_with_the_days_and_cost_nothing():
    async with venue("marketstack") as one:
        one.emulator.splits["AAPL", date(2026, 11, 18)] = 0.1
        one.emulator.dividends["AAPL", date(2026, 11, 19)] = 0.26
        found = await one.provider.bars(AAPL, DAY_S, MONDAY - timedelta(days=7), MONDAY)
        assert list(found.actions) == [
            Split(AAPL, date(2026, 11, 18), Decimal("0.1")),
            Dividend(AAPL, date(2026, 11, 19), Decimal("0.26")),
        ]
        assert one.ledger.taken("marketstack") == 1


@pytest.mark.asyncio
async def test_many_years_of_days_come_in_pages():
    async with venue("marketstack", paid=True) as one:
        since = datetime(2021, 1, 4, tzinfo=UTC)
        found = await one.provider.bars(AAPL, DAY_S, since, MONDAY)
        assert one.calls == 2
        assert len(found.bars) > 1_000
        assert [bar.at for bar in found.bars] == sorted({bar.at for bar in found.bars})


@pytest.mark.asyncio
async def test_intraday_bars_are_said_not_to_be_had_without_asking():
    async with venue("marketstack", paid=True) as one:
        asked = one.provider.bars(AAPL, 60, MONDAY - timedelta(hours=1), MONDAY)
        await failure(asked, NotInPlanError)
        assert one.calls == 0
