"""A cycle decided by a person's own strategy, by brackets, and by what frontends wish."""

from dataclasses import replace
from decimal import Decimal

import pytest
from tests.unit.trading.make import (
    BAC,
    BALANCED,
    IBM,
    NOW,
    OPEN,
    SPY,
    WIDE,
    core_of,
    later,
    prediction,
    quote,
)
from tests.unit.trading.test_engine_core import auto_shell, buy, by, cycle, shell_of
from tests.unit.trading.test_risk import holding
from tests.unit.trading.test_signals_and_aims import sight

from qt_trade.model.money import usd
from qt_trade.model.orders import Exits, OrderClass, OrderType, Side, TimeInForce
from qt_trade.model.predictions import Skill
from qt_trade.model.presets import PortfolioAims, PositionSizing, TradingHours, TradingPolicy
from qt_trade.model.shares import Shares, shares
from qt_trade.model.signals import Source, Vote
from qt_trade.model.wishes import Wishes
from qt_trade.trading import events as e
from qt_trade.trading.commands import NameWishes, StartAutoTrading
from qt_trade.trading.event_words import words_of
from qt_trade.trading.events import Stage
from qt_trade.trading.ledger import fold
from qt_trade.trading.records import from_record
from qt_trade.trading.strategies.own import OwnAnswer, objection_to, own_decisions
from qt_trade.trading.strategies.preset import decide
from qt_trade.trading.strategies.sight import sight_of
from qt_trade.trading.strategies.snapshot import Intent
from qt_trade.trading.strategies.trust import Trust

OWN = replace(BALANCED, own="mine")


def wants(symbol=IBM, side=Side.BUY, quantity="10", reason="it fell", strength=0.5):
    return Intent(symbol, side, Shares(quantity), reason, strength)


def own_shell(*intents, trouble="", quotes=(), settings=OWN, held=None):
    shell = shell_of(held, *quotes)
    answer = OwnAnswer(tuple(intents), 1.5, trouble)
    shell.core.outlook.strategies = {"mine": lambda _snapshot: answer}
    shell.ask(by(StartAutoTrading, "a-1", settings=settings))
    return shell


def test_an_own_strategys_wish_goes_through_risk_and_is_journalled():
    """With its reason, under its name, with the time it took."""
    shell = own_shell(wants(), wants(BAC, quantity="5"), quotes=(quote(), quote(BAC), quote(SPY)))
    shell.ask(cycle())
    report = shell.core.account.last_cycle
    assert report is not None
    assert (report.strategy, report.took_ms, report.words) == ("mine", 1.5, "")
    ends = {row.symbol: (row.ended_at, row.candidate) for row in report.rows}
    assert ends[IBM][0] is ends[BAC][0] is Stage.ORDER
    assert ends[SPY] == (Stage.CANDIDATE, "the strategy wants nothing")
    made = [event for event in shell.events if isinstance(event, e.DecisionMade)]
    assert {one.reason for one in made} == {"mine: it fell"}
    assert [(one.source, one.vote) for one in made[0].sources] == [(Source.OWN, Vote.BUY)]
    assert len(shell.sent) == 2


@pytest.mark.parametrize(("trust", "seen"), [(Trust(), [IBM]), (Trust(unproven=True), [IBM, BAC])])
def test_an_own_strategy_sees_what_is_trusted(trust, seen):
    """What a model without proven skill says is not there to act on."""
    shell, looked = own_shell(), []

    def look(snapshot):
        looked.extend(snapshot.predictions)
        return OwnAnswer((), 1.0)

    shell.core.outlook.strategies = {"mine": look}
    shell.core.outlook.trust = trust
    unproven = prediction(BAC, skill=Skill.NOT_PROVEN)
    shell.core.on_predictions({IBM: prediction(), BAC: unproven})
    shell.ask(cycle())
    assert looked == seen


@pytest.mark.parametrize(
    ("intents", "trouble", "words"),
    [
        ((), "ZeroDivisionError: division by zero (line 3 of mine.py)", "ZeroDivisionError"),
        ((wants(), wants(BAC)), "", "intent 1: there is no quote of BAC"),
        ((wants(quantity="0.5"),), "", "0.5 shares; the settings allow whole ones alone"),
    ],
)
def test_a_strategy_that_fails_sends_nothing_and_says_so(intents, trouble, words):
    """Not even the part that could have been; the next slot may succeed."""
    shell = own_shell(*intents, trouble=trouble)
    reply = shell.ask(cycle())
    assert words in reply.reason
    assert reply.reason.startswith("the strategy 'mine' failed and nothing is sent: ")
    report = shell.core.account.last_cycle
    assert report is not None
    assert (report.rows, report.words, shell.sent) == ((), reply.reason, [])


def test_a_strategy_that_is_not_there_any_more_sends_nothing():
    """An engine started without the file goes on with the account, not with a preset."""
    shell = own_shell(wants())
    shell.core.outlook.strategies = {}
    reply = shell.ask(cycle())
    assert reply.reason == "there is no strategy 'mine' here; nothing is sent"
    assert shell.sent == []


@pytest.mark.parametrize(
    ("intents", "words"),
    [
        ((wants(),), None),
        ((wants(side=Side.SELL, quantity="10"),), None),
        (
            (wants(side=Side.SELL, quantity="11"),),
            "intent 0: 10 shares of IBM are held, 11 cannot be sold",
        ),
        ((wants(quantity="0"),), "intent 0: quantity is 0; it must be more than 0"),
        ((wants(quantity="-1"),), "intent 0: quantity is -1; it must be more than 0"),
        ((wants(quantity="nan"),), "intent 0: NaN shares are not between"),
        ((wants(reason=" "),), "intent 0: it has no reason"),
        ((wants(), wants()), "intent 1: IBM is wanted twice"),
    ],
)
def test_an_answer_that_cannot_be_is_named(intents, words):
    """Ten shares are held."""
    objection = objection_to(intents, sight(holding(10)))
    assert objection is None if words is None else str(objection).startswith(words)


def test_parts_of_shares_are_wanted_where_the_settings_allow_them():
    """Otherwise whole ones are the rule."""
    allowed = sight(settings=replace(OWN, fractional=True))
    assert objection_to((wants(quantity="0.25"),), allowed) is None


def test_what_a_person_set_for_any_strategy_holds_for_their_own():
    """Openings a cycle, excluded symbols and the policy; exits first, then the strongest."""
    quotes = (quote(IBM), quote(BAC), quote(SPY))
    intents = (wants(BAC, strength=0.2), wants(SPY, strength=0.9), wants(IBM, Side.SELL))
    one = replace(OWN, orders_max=1)
    found = own_decisions(sight(holding(10), settings=one, quotes=quotes), intents)
    assert [(d.symbol, d.intent is not None) for d in found] == [
        (IBM, True),
        (SPY, True),
        (BAC, False),
    ]
    assert "1 stronger signals take this cycle's openings" in found[2].signal
    for settings, words in (
        (replace(OWN, aims=PortfolioAims(excluded=(BAC,))), "BAC is excluded"),
        (replace(OWN, policy=TradingPolicy.EXITS_ONLY), "the policy is EXITS_ONLY"),
    ):
        found = own_decisions(sight(settings=settings, quotes=quotes), (wants(BAC),))
        refused = next(d for d in found if d.symbol == BAC)
        assert refused.intent is None
        assert words in refused.signal


def test_what_an_own_strategy_keeps_is_sold_at_its_stop():
    """Also against its wish to buy more; a position it sells itself keeps its own reason."""
    low = (quote(price=98.0, bid=98.0),)
    for intents in ((), (wants(),)):
        (decision,) = own_decisions(sight(holding(10), settings=OWN, quotes=low), intents)
        assert decision.intent is not None
        assert (decision.intent.side, decision.intent.quantity) == (Side.SELL, 10)
        assert decision.intent.reason == "mine: stop loss: -2.00%, the limit is -1.50%"
    sale = (wants(side=Side.SELL, quantity="4"),)
    (decision,) = own_decisions(sight(holding(10), settings=OWN, quotes=low), sale)
    assert decision.intent is not None
    assert (decision.intent.quantity, decision.intent.reason) == (4, "mine: it fell")


# Exits at the broker.


def opening_of(settings, **more):
    """Return the order a cycle wants approved for the one candidate."""
    core = core_of(None, *more.get("quotes", ()), limits=WIDE)
    start = core.handle(by(StartAutoTrading, "a-1", settings=settings), NOW)
    core.journaled(start)
    core.on_predictions({IBM: prediction(IBM)})
    step = core.handle(cycle(), NOW)
    return next(event.order for event in step.events if isinstance(event, e.RiskJudged))


def test_an_opening_takes_its_exits_to_the_broker_when_the_settings_ask_for_it():
    """From the price it is bought at, in cents; they outlive the session."""
    order = opening_of(replace(BALANCED, exits_at_broker=True))
    assert (order.order_class, order.order_type) == (OrderClass.BRACKET, OrderType.MARKET)
    assert order.exits == Exits(take_profit=usd(103), stop_loss=usd("98.50"))
    assert order.time_in_force is TimeInForce.GTC


def test_without_the_wish_an_opening_is_a_simple_order_of_the_day():
    """As it was before."""
    order = opening_of(BALANCED)
    assert (order.order_class, order.exits) == (OrderClass.SIMPLE, None)
    assert order.time_in_force is TimeInForce.DAY


def test_parts_of_shares_are_bought_by_simple_orders():
    """With exits at the broker whole shares are."""
    part = opening_of(replace(BALANCED, fractional=True), quotes=(quote(price=300.0),))
    assert part.quantity == shares("16.666666")
    both = replace(BALANCED, fractional=True, exits_at_broker=True)
    whole = opening_of(both, quotes=(quote(price=300.0),))
    assert (whole.quantity, whole.order_class) == (Decimal(16), OrderClass.BRACKET)


def test_shares_in_a_pair_of_exits_wait_once_and_the_rest_can_be_sold():
    """The broker's stop minds its part of the position; the cycle sells what is free of exits."""
    shell = auto_shell()
    shell.ask(by(StartAutoTrading, "a-2", settings=replace(BALANCED, exits_at_broker=True)))
    shell.ask(cycle())
    assert sight_of(sight(shell.core.account)).selling == {IBM: 50}
    shell.ask(buy(30))
    turned = {IBM: prediction(IBM, -0.01)}
    again = sight(shell.core.account, predictions=tuple(turned.values()))
    (decision,) = decide(again)
    assert decision.intent is not None
    assert (decision.intent.side, decision.intent.quantity) == (Side.SELL, 30)


def bracket_shell(settings):
    """A position of 50 whose exits the broker has, a cycle later."""
    shell = auto_shell()
    shell.core.outlook.strategies = {
        "mine": lambda _snapshot: OwnAnswer((wants(side=Side.SELL, quantity="50"),), 1.0)
    }
    shell.ask(by(StartAutoTrading, "a-2", settings=replace(BALANCED, exits_at_broker=True)))
    shell.ask(cycle())
    shell.ask(by(StartAutoTrading, "a-3", settings=settings))
    shell.now = later(600)
    shell.core.on_predictions({IBM: prediction(IBM, -0.01, at=shell.now.feed)})
    shell.quote(quote(at=shell.now.feed))
    return shell


@pytest.mark.parametrize("own", ["", "mine"])
def test_a_position_that_is_to_be_left_is_freed_of_its_exits_and_sold_in_the_next_cycle(own):
    """When the prediction turned, and when a strategy of one's own says so."""
    settings = replace(BALANCED, exits_at_broker=True, own=own)
    shell = bracket_shell(settings)
    shell.ask(cycle(shell.now.feed))
    report = shell.core.account.last_cycle
    assert report is not None
    assert report.rows[0].signal.endswith(
        "its exits at the broker are canceled first, to sell in the next cycle"
    )
    assert shell.core.account.open_orders == ()
    assert shell.core.account.quantity(IBM) == 50
    shell.now = later(1_200)
    shell.quote(quote(at=shell.now.feed))
    shell.ask(cycle(shell.now.feed))
    assert shell.core.account.held == {}


def test_a_loss_is_left_to_the_stop_that_is_at_the_broker():
    """It is there for just that: nothing is canceled."""
    shell = bracket_shell(replace(BALANCED, exits_at_broker=True))
    shell.core.on_quote(quote(price=98.0, bid=98.0, at=shell.now.feed))
    shell.ask(cycle(shell.now.feed))
    assert len(shell.core.account.open_orders) == 2
    report = shell.core.account.last_cycle
    assert report is not None
    assert report.rows[0].signal.endswith("nothing left to sell beyond open orders")


def test_flat_by_the_close_frees_a_cycle_before_the_last_minutes_and_sells_in_them():
    """Ten minutes before the close is the last cycle there is."""
    settings = replace(
        BALANCED,
        exits_at_broker=True,
        policy=TradingPolicy.FLAT_BY_CLOSE,
        hours=TradingHours(skip_last_min=10),
        exit_on_flip=False,
    )
    shell = bracket_shell(settings)
    shell.core.on_market(replace(OPEN, closes_at=later(1_800).feed))
    shell.ask(cycle(shell.now.feed))
    assert shell.core.account.open_orders == ()
    assert shell.core.account.quantity(IBM) == 50
    shell.now = later(1_200)
    shell.quote(quote(at=shell.now.feed))
    shell.ask(cycle(shell.now.feed))
    assert shell.core.account.held == {}


# Wishes.


def test_wishes_are_journalled_once_and_change_the_next_cycle():
    """A cycle later the stop loss is the one that was wished."""
    shell = auto_shell()
    wish = {"document": "frontend:trading_config", "wishes": Wishes(stop_loss=0.2, positions=0)}
    shell.ask(by(NameWishes, "w-1", **wish))
    count = len(shell.journal)
    shell.ask(by(NameWishes, "w-2", **wish))
    assert len(shell.journal) == count
    strategy = shell.core.account.strategy
    assert strategy is not None
    assert strategy.stop_loss == 0.2
    shell.ask(cycle())
    report = shell.core.account.last_cycle
    assert report is not None
    assert report.orders == 0
    assert "0 positions are wanted" in report.rows[0].signal


def test_what_is_wished_outlives_the_engine():
    """The account is folded from the journal, wishes and their order included."""
    shell = auto_shell()
    for number, stop in enumerate((0.2, 0.1)):
        wishes = Wishes(stop_loss=stop, aggressiveness=number + 1)
        shell.ask(by(NameWishes, f"w-{number}", document="d", wishes=wishes))
    begun = shell_of().core.account
    again = fold(begun, [from_record(record) for record in shell.journal])
    assert again.wished == shell.core.account.wished
    assert again.strategy == shell.core.account.strategy


# A size by weight and the caps.


def test_a_size_by_weight_is_cut_to_what_risk_lets_pass():
    """A tenth of the account against a cap of a tenth, slippage included: a share less."""
    settings = replace(BALANCED, sizing=PositionSizing.PERCENTAGE)
    shell = auto_shell(limits=replace(WIDE, position_weight_max=0.1))
    shell.ask(by(StartAutoTrading, "a-2", settings=settings))
    shell.ask(cycle())
    (order,) = [event.order for event in shell.events if isinstance(event, e.OrderApproved)]
    assert order.quantity == 99
    assert order.reason.endswith("cut from 100 shares so that risk lets it pass")


def test_a_size_that_would_lose_more_than_half_is_refused_as_it_is():
    """A tenth of a position is not what anybody wanted."""
    settings = replace(BALANCED, sizing=PositionSizing.PERCENTAGE)
    shell = auto_shell(limits=replace(WIDE, position_weight_max=0.04))
    shell.ask(by(StartAutoTrading, "a-2", settings=settings))
    shell.ask(cycle())
    (refused,) = [event for event in shell.events if isinstance(event, e.OrderRefused)]
    assert refused.order.quantity == 100


# What the journal tells of it.


def test_the_journal_tells_what_each_source_said_and_who_wished_what():
    """For whoever asks why."""
    shell = auto_shell()
    wishes = Wishes(use_technical=True, stop_loss=0.2)
    shell.ask(by(NameWishes, "w-1", document="frontend:bot_strategy", wishes=wishes))
    shell.ask(cycle())
    told = {type(event): words_of(event) for event in shell.events}
    assert (
        told[e.WishesNamed]
        == "frontend:bot_strategy (by desk-1): use_technical True, stop_loss 0.2"
    )
    decision = told[e.DecisionMade]
    assert "ML BUY at " in decision
    assert "TECHNICAL SILENT at 0.00 (no bars yet)" in decision


def test_the_journal_names_a_persons_own_strategy():
    """And not the preset it took the place of."""
    started = [one for one in own_shell().events if isinstance(one, e.AutoTradingStarted)]
    assert words_of(started[0]).startswith("mine (by ")
