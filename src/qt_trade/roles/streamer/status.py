"""The streamer's view of the exchange and of its source, as the ``market_status`` document."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from qt_trade.contract.payloads import market as wire
from qt_trade.kit.clock import FeedClock
from qt_trade.market.calendar import SessionPhase, Sessions
from qt_trade.market.ports import SourceInfo, SourceState
from qt_trade.model.symbols import Symbol
from qt_trade.roles.streamer.payloads import Stamp

NEW_YORK = ZoneInfo("America/New_York")
TRANSPORT_S = 3.0
"""Wall seconds a quote may spend on its way before it counts as old, however fast the replay."""
QUIET_S = 30.0
"""Feed seconds beyond a source's own interval after which a quote counts as old."""


MUTE_S = 3.0
"""Wall seconds beyond a source's usual silence after which it counts as mute."""


def stale_after_s(quote_interval_s: float, speed: float) -> float:
    """Return the feed seconds after which a quote is stale."""
    return quote_interval_s + max(QUIET_S, TRANSPORT_S * speed)


class StatusBoard:
    """Knows what the source last said and what the calendar says."""

    def __init__(self, info: SourceInfo, stamp: Stamp, account: str, sessions: Sessions) -> None:
        self._info = info
        self._symbols = info.symbols
        self._stamp = stamp
        self._account = account
        self._sessions = sessions
        self._state = SourceState.NO_DATA
        self._words = "waiting for the first data"
        self._since: datetime | None = None
        self._heard: datetime | None = None
        self._mute = False

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

    def follow(self, symbols: tuple[Symbol, ...]) -> None:
        """Take over other symbols."""
        self._symbols = symbols

    def quoted(self, feed_now: datetime) -> bool:
        """Note that a quote came; return whether that ends a silence that was told."""
        self._heard = feed_now
        return self._mute

    def clock_moved(self, feed_now: datetime) -> None:
        """Note that the feed's clock was set: what was silent before it counts no more."""
        self._heard = feed_now

    def next_change(self, clock: FeedClock) -> datetime:
        """Return the feed time at which the session changes next, or silence becomes muteness."""
        feed_now = clock.now()
        state = self._sessions.state(feed_now)
        changes = [state.next_turn]
        silent_since = self._silent_since(feed_now)
        if silent_since is not None:
            changes.append(silent_since + self._silence_max(clock))
        return min(change for change in changes if change > feed_now)

    def _silent_since(self, feed_now: datetime) -> datetime | None:
        """Return since when, in feed time, a quote is waited for; None: nobody expects any."""
        expected = self._state is SourceState.OK and self._sessions.is_open(feed_now)
        session = self._sessions.session_of(feed_now)
        if not expected or session is None:
            return None
        return max(self._heard or session.open, session.open)

    def _silence_max(self, clock: FeedClock) -> timedelta:
        usual_s = self._info.silence_max_s or self._info.quote_interval_s
        return timedelta(seconds=usual_s + MUTE_S * clock.speed)

    def _feed(self, wall_now: datetime, clock: FeedClock) -> tuple[wire.FeedState, str, datetime]:
        """Return the feed's state, its words and since when it is so, by the wall's clock."""
        feed_now = clock.now()
        silent_since = self._silent_since(feed_now)
        self._mute = silent_since is not None and feed_now - silent_since >= self._silence_max(
            clock
        )
        if silent_since is None or not self._mute:
            return wire.FeedState(self._state.value), self._words, self._since or wall_now
        anchor = clock.anchor
        since = silent_since if anchor is None else anchor.wall_time(silent_since)
        words = (
            f"{self._info.name} is subscribed to {len(self._symbols)} symbols and mute: "
            f"no quote of any since {since:%H:%M:%S} UTC, though the market trades"
        )
        return wire.FeedState.MUTE, words, since

    def status(self, wall_now: datetime, clock: FeedClock) -> wire.MarketStatus:
        """Return the document."""
        feed_now = clock.now()
        state = self._sessions.state(feed_now)
        feed_state, feed_words, feed_since = self._feed(wall_now, clock)
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
            holiday=state.holiday,
            next_open=state.next_open,
            next_close=state.next_close,
            feed_state=feed_state,
            feed_words=feed_words,
            feed_since=feed_since,
            feed_source=self._info.name,
            symbols=self._symbols,
        )
