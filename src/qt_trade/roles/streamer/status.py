"""The streamer's view of the exchange and of its source, as the ``market_status`` document."""

from datetime import datetime
from zoneinfo import ZoneInfo

from qt_trade.contract.payloads import market as wire
from qt_trade.kit.clock import FeedClock
from qt_trade.market.calendar import SessionPhase, Sessions
from qt_trade.market.ports import SourceInfo, SourceState
from qt_trade.roles.streamer.payloads import Stamp

NEW_YORK = ZoneInfo("America/New_York")
TRANSPORT_S = 3.0
"""Wall seconds a quote may spend on its way before it counts as old, however fast the replay."""
QUIET_S = 30.0
"""Feed seconds beyond a source's own interval after which a quote counts as old."""


def stale_after_s(quote_interval_s: float, speed: float) -> float:
    """Return the feed seconds after which a quote is stale."""
    return quote_interval_s + max(QUIET_S, TRANSPORT_S * speed)


class StatusBoard:
    """Knows what the source last said and what the calendar says."""

    def __init__(self, info: SourceInfo, stamp: Stamp, account: str, sessions: Sessions) -> None:
        self._info = info
        self._stamp = stamp
        self._account = account
        self._sessions = sessions
        self._state = SourceState.NO_DATA
        self._words = "waiting for the first data"
        self._since: datetime | None = None

    @property
    def ended(self) -> bool:
        """Whether the recording was played to its end."""
        return self._state is SourceState.ENDED

    def source_says(self, state: SourceState, words: str, wall_now: datetime) -> None:
        """Take over the source's state."""
        if state is not self._state or self._since is None:
            self._since = wall_now
        self._state = state
        self._words = words

    def next_change(self, feed_now: datetime) -> datetime:
        """Return the feed time at which the exchange's session changes next."""
        state = self._sessions.state(feed_now)
        return min(state.next_open, state.next_close)

    def status(self, wall_now: datetime, clock: FeedClock) -> wire.MarketStatus:
        """Return the document."""
        feed_now = clock.now()
        state = self._sessions.state(feed_now)
        return wire.MarketStatus(
            ts=wall_now,
            source=self._stamp.source_name,
            feed=self._stamp.feed,
            run_id=self._stamp.run_id,
            account=self._account,
            clock=wire.FeedClock(
                wall=wall_now,
                feed=feed_now,
                speed=clock.speed,
                quote_interval_s=self._info.quote_interval_s,
                stale_after_s=stale_after_s(self._info.quote_interval_s, clock.speed),
            ),
            market_open=state.phase is SessionPhase.OPEN,
            market_session=wire.MarketSession(state.phase.value),
            words=state.words,
            current_time_et=feed_now.astimezone(NEW_YORK).isoformat(timespec="seconds"),
            trading_day=state.trading_day,
            early_close=state.early_close,
            next_open=state.next_open,
            next_close=state.next_close,
            feed_state=wire.FeedState(self._state.value),
            feed_words=self._words,
            feed_since=self._since or wall_now,
            feed_source=self._info.name,
            symbols=self._info.symbols,
        )
