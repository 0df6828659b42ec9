"""Whose word counts: for wishes the last one named, for limits the strictest, else the preset's."""

import itertools
from dataclasses import fields, replace

import pytest

from qt_trade.model.limits import Strategy
from qt_trade.model.money import usd
from qt_trade.model.presets import PRESETS, Agreement, PositionSizing
from qt_trade.model.symbols import Symbol
from qt_trade.model.wishes import (
    CONFIGURED,
    NOTHING_WISHED,
    ORDERS_BY_AGGRESSIVENESS,
    SIZE_BY_RISK_LEVEL,
    Wishes,
    in_force,
)

BALANCED = PRESETS[Strategy.BALANCED]
TRADING = Wishes(
    aggressiveness=3, stop_loss=0.05, take_profit=0.10, buy_threshold=0.002, order_shares_max=300
)
BOT = Wishes(strategy=Strategy.AGGRESSIVE, use_technical=True, confidence_min=0.7, risk_level=3)


@pytest.mark.parametrize("strategy", Strategy)
def test_a_frontend_that_never_wrote_the_documents_changes_nothing(strategy):
    """Without wishes the configuration is traded with as it is."""
    assert in_force(PRESETS[strategy], NOTHING_WISHED) == PRESETS[strategy]


def test_what_was_named_last_counts_whichever_document_named_it():
    """A start names its thresholds; a later document names them anew; a later start again."""
    wished = NOTHING_WISHED.after("frontend:trading_config", TRADING)
    assert in_force(BALANCED, wished).stop_loss == 0.05
    wished = wished.after_start(BALANCED, None)
    assert in_force(BALANCED, wished).stop_loss == BALANCED.stop_loss
    wished = wished.after("frontend:trading_config", replace(TRADING, stop_loss=0.04))
    assert in_force(BALANCED, wished).stop_loss == 0.04
    assert in_force(BALANCED, wished).take_profit == BALANCED.take_profit


def test_a_new_version_names_only_what_differs_from_the_one_before():
    """Saving a form for one field does not bring back what the configuration overruled."""
    wished = NOTHING_WISHED.after("frontend:trading_config", TRADING).after_start(BALANCED, None)
    wished = wished.after("frontend:trading_config", replace(TRADING, aggressiveness=5))
    settings = in_force(BALANCED, wished)
    assert (settings.stop_loss, settings.orders_max) == (BALANCED.stop_loss, 6)


def test_a_configuration_changed_while_it_runs_names_what_changed():
    """Changing one field of a running AutoTrading leaves the other documents' words alone."""
    wished = NOTHING_WISHED.after_start(BALANCED, None).after("frontend:trading_config", TRADING)
    changed = replace(BALANCED, take_profit=0.08)
    wished = wished.after_start(changed, BALANCED)
    settings = in_force(changed, wished)
    assert (settings.take_profit, settings.stop_loss) == (0.08, 0.05)


def test_two_documents_that_name_the_same_overrule_each_other_in_turn():
    """Both name the least confidence; the younger word counts."""
    of_trading = Wishes(confidence_min=0.6)
    wished = NOTHING_WISHED.after("bot", BOT).after("trading", of_trading)
    assert in_force(BALANCED, wished).confidence_min == 0.6
    wished = wished.after("bot", replace(BOT, confidence_min=0.8))
    assert in_force(BALANCED, wished).confidence_min == 0.8


def test_a_limit_is_the_strictest_ever_named_whoever_was_last():
    """A start does not loosen the shares per order that a document named, nor the reverse."""
    wished = NOTHING_WISHED.after("frontend:trading_config", TRADING).after_start(BALANCED, None)
    assert in_force(BALANCED, wished).order_shares_max == 300
    wished = wished.after("frontend:trading_config", replace(TRADING, order_shares_max=5_000))
    assert in_force(BALANCED, wished).order_shares_max == BALANCED.order_shares_max


def test_another_strategy_brings_what_no_configuration_names():
    """Horizon, openings and agreement follow the strategy; the thresholds stay as named."""
    settings = in_force(BALANCED, NOTHING_WISHED.after("bot", BOT))
    bold = PRESETS[Strategy.AGGRESSIVE]
    assert (settings.strategy, settings.horizon_min) == (Strategy.AGGRESSIVE, bold.horizon_min)
    assert (settings.orders_max, settings.agreement) == (bold.orders_max, Agreement.NET)
    assert (settings.confidence_min, settings.buy_threshold) == (0.7, BALANCED.buy_threshold)
    assert settings.signals.names == ("ML", "TECHNICAL")


def test_the_portfolio_that_is_wished_becomes_the_aims():
    """Rebalancing has its threshold only while it is switched on."""
    wishes = Wishes(
        positions=8,
        weight_max=0.2,
        capital=usd(50_000),
        rebalance=True,
        rebalance_beyond=0.03,
        preferred_sectors=("Energy",),
        excluded=(Symbol("XOM"),),
        sizing=PositionSizing.PERCENTAGE,
    )
    settings = in_force(BALANCED, NOTHING_WISHED.after("portfolio", wishes))
    aims = settings.aims
    assert (aims.positions, aims.weight_max, aims.capital) == (8, 0.2, usd(50_000))
    assert (aims.rebalance_beyond, aims.preferred_sectors) == (0.03, ("Energy",))
    assert (aims.excluded, settings.sizing) == ((Symbol("XOM"),), PositionSizing.PERCENTAGE)
    off = NOTHING_WISHED.after("portfolio", replace(wishes, rebalance=False))
    assert in_force(BALANCED, off).aims.rebalance_beyond is None


def test_levels_grow_and_the_middle_one_is_the_preset_itself():
    """Bolder is never less, and 3 of 5 changes nothing."""
    for levels in (ORDERS_BY_AGGRESSIVENESS, SIZE_BY_RISK_LEVEL):
        assert list(levels) == [1, 2, 3, 4, 5]
        assert levels[3] == 1.0
        assert all(less < more for less, more in itertools.pairwise(levels.values()))


def test_a_timid_level_still_opens_one_and_sizes_less():
    """Level 1 of the strategy with one opening a cycle is one opening of half the size."""
    shy = PRESETS[Strategy.CONSERVATIVE]
    settings = in_force(shy, NOTHING_WISHED.after("x", Wishes(aggressiveness=1, risk_level=1)))
    assert (settings.orders_max, settings.sizing_scale) == (1, 0.5)


def test_what_the_configuration_names_are_fields_of_both():
    """A renamed field cannot silently stop being overruled."""
    for kind in (Wishes, type(BALANCED)):
        assert set(CONFIGURED) <= {one.name for one in fields(kind)}
