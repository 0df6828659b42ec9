"""The way to real money: asked for by an option and confirmed by the account's number."""

import sys

import typer

from qt_trade.cli.errors import USAGE, RefusalError
from qt_trade.model.feeds import FeedChoice
from qt_trade.settings import BrokerKind, Settings, SettingsError

_ASKED = (
    "REAL MONEY: every order of this run is a real one.\n"
    "Type the number of the Alpaca account to go on (it stands on its page)"
)


def confirmed_account(
    settings: Settings, feed: FeedChoice, *, live: bool, confirm_live: str | None
) -> str:
    """Return the account number a person typed, nothing for simulated money.

    Raises RefusalError where the broker, the options and the feed do not agree.
    """
    try:
        settings.check_broker(feed)
    except SettingsError as error:
        raise RefusalError(str(error), USAGE) from error
    asked, real = live or confirm_live is not None, settings.broker.kind is BrokerKind.ALPACA_LIVE
    if asked and not real:
        words = "--live belongs to QTRADE_BROKER__KIND=alpaca-live"
        raise RefusalError(f"{words}; this broker is {settings.broker.kind}", USAGE)
    if real and not asked:
        words = "the broker is alpaca-live: real money is traded only with --live"
        raise RefusalError(f"{words} (or choose QTRADE_BROKER__KIND=alpaca-paper)", USAGE)
    if not real:
        return ""
    if confirm_live is None:
        confirm_live = _typed()
    if not confirm_live.strip():
        raise RefusalError("no account number was typed; no real money is traded", USAGE)
    return confirm_live.strip()


def _typed() -> str:
    if not sys.stdin.isatty():
        words = "--live wants the account number typed, and nobody can type here"
        raise RefusalError(f"{words}; unattended: --confirm-live ACCOUNT", USAGE)
    return str(typer.prompt(_ASKED, default="", show_default=False, err=True))
