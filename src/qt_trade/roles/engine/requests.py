"""From what travels to what trading understands, and back to a reply."""

from datetime import datetime
from decimal import Decimal

from qt_trade.contract.payloads import commands as wire
from qt_trade.contract.payloads import sessions
from qt_trade.contract.payloads.predictions import PredictionsCurrent
from qt_trade.contract.payloads.trading import AutoTradingConfig
from qt_trade.model.feeds import FeedKind
from qt_trade.model.money import Usd, usd
from qt_trade.model.predictions import HorizonPrediction, Prediction
from qt_trade.model.presets import PRESETS, StrategySettings, TradingHours
from qt_trade.model.shares import shares
from qt_trade.model.symbols import Symbol
from qt_trade.roles.engine.documents import SOURCE
from qt_trade.trading import commands as c

PERCENT = 100


def manual(payload: wire.ManualOrder) -> c.Command:
    """Return a manual order's command."""
    match payload:
        case wire.SubmitOrder():
            return submit(payload)
        case wire.ReplaceOrder():
            return _replace(payload)
        case wire.AcceptDifference():
            return c.AcceptDifference(
                command_id=payload.command_id,
                by=payload.session_id,
                key=payload.key,
                reason=payload.reason,
            )
        case wire.CancelOrder():
            return c.CancelManual(
                command_id=payload.command_id, by=payload.session_id, order_id=payload.order_id
            )


def submit(ticket: wire.Ticket) -> c.SubmitManual:
    """Return the command that sends a ticket's order."""
    terms = ticket.terms()
    return c.SubmitManual(
        command_id=ticket.command_id,
        by=ticket.session_id,
        symbol=Symbol(ticket.symbol),
        side=terms.side,
        quantity=terms.quantity,
        order_type=terms.order_type,
        limit_price=terms.limit_price,
        time_in_force=terms.time_in_force,
        stop_price=terms.stop_price,
        trail_price=terms.trail_price,
        trail_bp=terms.trail_bp,
        extended_hours=terms.extended_hours,
        order_class=terms.order_class,
        exits=terms.exits,
    )


def _replace(payload: wire.ReplaceOrder) -> c.ReplaceManual:
    def exact(amount: Decimal | None) -> Usd | None:
        return None if amount is None else usd(amount)

    quantity = payload.quantity
    return c.ReplaceManual(
        command_id=payload.command_id,
        by=payload.session_id,
        order_id=payload.order_id,
        quantity=None if quantity is None else shares(quantity),
        limit_price=exact(payload.limit_price),
        stop_price=exact(payload.stop_price),
        trail_price=exact(payload.trail_price),
        trail_bp=payload.trail_bp,
        time_in_force=payload.time_in_force,
    )


def emergency(payload: wire.EmergencyAction) -> c.Command:
    """Return an emergency action's command."""
    kinds: dict[wire.Emergency, type[c.StopAll | c.CancelAll | c.CloseAll | c.Resume]] = {
        wire.Emergency.STOP_ALL_TRADING: c.StopAll,
        wire.Emergency.CANCEL_ALL_ORDERS: c.CancelAll,
        wire.Emergency.CLOSE_ALL_POSITIONS: c.CloseAll,
        wire.Emergency.RESUME: c.Resume,
    }
    return kinds[payload.action](
        command_id=payload.command_id,
        by=payload.session_id,
        reason=payload.reason,
        how=payload.how,
    )


def session_action(payload: sessions.SessionAction, token: int) -> c.Command:
    """Return the command of a session's wish; ``token``: for whoever gets the control by it."""
    command_id, by = payload.command_id, payload.session_id
    match payload:
        case sessions.TakeControl():
            return c.TakeControl(command_id=command_id, by=by, token=token)
        case sessions.ReleaseControl():
            return c.ReleaseControl(command_id=command_id, by=by, token=token)
        case sessions.DeclineTakeover():
            return c.DeclineTakeover(command_id=command_id, by=by)
        case sessions.RevokeSession():
            return c.RevokeSession(
                command_id=command_id, by=by, target=payload.target, reason=payload.reason
            )


def strategy_settings(config: AutoTradingConfig) -> StrategySettings:
    """Return the settings a configuration asks for; what it does not name is its preset's."""
    preset = PRESETS[config.strategy]
    return StrategySettings(
        strategy=config.strategy,
        horizon_min=preset.horizon_min,
        confidence_min=config.confidence_min,
        buy_threshold=config.buy_threshold_pct,
        sell_threshold=config.sell_threshold_pct,
        order_notional=usd(config.order_notional),
        order_shares_max=config.max_position_per_trade,
        orders_max=preset.orders_max,
        stop_loss=config.stop_loss_pct,
        take_profit=config.take_profit_pct,
        exit_on_flip=preset.exit_on_flip,
        prediction_age_max_min=preset.prediction_age_max_min,
        agreement=preset.agreement,
        hours=TradingHours(config.skip_first_min, config.skip_last_min),
        policy=config.policy,
        fractional=config.fractional,
        exits_at_broker=config.exits_at_broker,
        own=config.own_strategy,
    )


def predictions(document: PredictionsCurrent) -> dict[Symbol, Prediction]:
    """Return the predictions of every symbol that has one."""
    return {
        Symbol(symbol): Prediction(
            symbol=Symbol(symbol),
            at=line.at,
            price=line.current_price,
            horizons=tuple(
                HorizonPrediction(
                    horizon_min=int(minutes),
                    price=horizon.predicted_price,
                    expected_return=horizon.change_pct / PERCENT,
                    confidence=horizon.confidence,
                    low=horizon.low,
                    high=horizon.high,
                    low_50=horizon.low_50,
                    high_50=horizon.high_50,
                    model=horizon.model,
                    skill=horizon.skill,
                )
                for minutes, horizon in line.horizons.items()
            ),
        )
        for symbol, line in document.symbols.items()
        if line.current_price is not None and line.horizons
    }


def reply(answer: c.CommandReply, feed: FeedKind, now: datetime) -> wire.Reply:
    """Return an answer as it travels."""
    return wire.Reply(
        ts=now,
        source=SOURCE,
        feed=feed,
        command_id=answer.command_id,
        accepted=answer.accepted,
        reason=answer.reason,
        order_id=answer.order_id,
        verdicts=tuple(
            wire.Verdict(
                rule=verdict.rule,
                passed=verdict.passed,
                words=verdict.words,
                value=verdict.value,
                limit=verdict.limit,
                warning=verdict.warns,
                setting=verdict.setting,
            )
            for verdict in answer.verdicts
        ),
    )


def refusal(command_id: str, reason: str, feed: FeedKind, now: datetime) -> wire.Reply:
    """Return a refusal that never reached trading."""
    return wire.Reply(
        ts=now,
        source=SOURCE,
        feed=feed,
        command_id=command_id,
        accepted=False,
        reason=reason,
        order_id=None,
        verdicts=(),
    )
