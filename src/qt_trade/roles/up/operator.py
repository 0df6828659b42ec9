"""What ``qtrade up`` itself does on the bus: a session, AutoTrading on request, the feed in words."""

import asyncio
import contextlib
from collections.abc import Callable

import msgspec

from qt_trade.contract import registry
from qt_trade.contract.asking import Asker, preset_config
from qt_trade.contract.bus import Bus, Change
from qt_trade.contract.errors import ContractError
from qt_trade.contract.payloads.market import FeedState, MarketStatus
from qt_trade.contract.payloads.sessions import AutoTradingControl, ReleaseControl
from qt_trade.contract.payloads.trading import (
    AutoTradingConfig,
    AutoTradingStatus,
    BackendStatus,
    TradingStatus,
)
from qt_trade.kit.clock import Clock
from qt_trade.model.feeds import FeedKind
from qt_trade.model.limits import Strategy
from qt_trade.roles.supervision.errors import SupervisionError
from qt_trade.roles.up.session import new_session
from qt_trade.trading.strategies.trust import Trust

STARTED_S = 15.0
OFFER = (
    "It keeps trying, and never shows another kind of data by itself. Without a network: "
    "--feed simulation, or --feed replay --from FILE"
)


class AutoTradeError(SupervisionError):
    """AutoTrading was asked for and did not start."""


class Operator:
    """A frontend without a window, for one run."""

    def __init__(
        self, bus: Bus, wall: Clock, run_id: str, feed: FeedKind, say: Callable[[str], None]
    ) -> None:
        self._bus = bus
        self._wall = wall
        self._run_id = run_id
        self._feed = feed
        self._say = say
        self._said: list[str] = []
        self._offered = False
        self._session = new_session(f"up-{run_id}", "up", wall.now())
        self._beat: asyncio.Task[None] | None = None
        self._handed = 0
        self._handing_over: asyncio.Task[None] | None = None

    async def begin(self) -> None:
        """Open the session, and tell of the feed from now on."""
        await self._bus.watch(registry.MARKET_STATUS, self._on_status)
        await self._write_session()
        await self._bus.watch(registry.AUTOTRADING_CONTROL, self._on_control)
        self._beat = asyncio.create_task(self._keep_alive())

    async def _write_session(self) -> None:
        session = msgspec.structs.replace(self._session, ts=self._wall.now())
        await self._bus.write(registry.SESSION, session, session.session_id)

    async def _keep_alive(self) -> None:
        while True:
            await asyncio.sleep(registry.HEARTBEAT_S)
            # The server is away or being started again: the next heartbeat brings it back.
            with contextlib.suppress(ContractError):
                await self._write_session()

    def _on_status(self, change: Change[MarketStatus]) -> None:
        status = change.value
        # What an earlier run left in the same Redis is none of ours.
        if status is None or status.run_id != self._run_id:
            return
        words = f"{status.feed}: {status.feed_source}: {status.feed_state}: {status.feed_words}"
        if self._said and words == self._said[-1]:
            return
        self._said.append(words)
        self._say(words)
        without = status.feed_state is FeedState.NO_DATA and status.feed is FeedKind.REAL_TIME
        if without and len(self._said) > 1 and not self._offered:
            self._offered = True
            self._say(OFFER)

    def _on_control(self, change: Change[AutoTradingControl]) -> None:
        """Hand the control to whoever asks for it: nobody sits here who could want to keep it."""
        control, mine = change.value, self._session.session_id
        if control is None or control.holder != mine or control.request is None:
            return
        if self._handed == control.token:
            return
        self._handed = control.token
        now = self._wall.now()
        release = ReleaseControl(
            ts=now,
            source="up",
            feed=self._feed,
            session_id=mine,
            command_id=f"{mine}-release-{control.token}-{now:%H%M%S%f}",
        )
        self._handing_over = asyncio.create_task(self._hand_over(release, control.request.name))

    async def _hand_over(self, release: ReleaseControl, name: str) -> None:
        # Where it does not work, the control passes by itself when the ten seconds are over.
        with contextlib.suppress(ContractError):
            reply = await self._bus.send(registry.SESSION_ACTIONS, release)
            if reply.accepted:
                self._say(f"AutoTrading's control was handed to {name}")

    async def start_autotrading(self, strategy: Strategy, trust: Trust) -> None:
        """Switch AutoTrading on with a preset; return once the engine runs it.

        ``trust``: whose predictions it acts on, told to whoever wonders why it trades nothing.

        Raises AutoTradeError with the engine's reason.
        """
        config = self._config(strategy)
        outcome: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        seen: list[TradingStatus] = []

        def on_status(change: Change[TradingStatus]) -> None:
            status = change.value
            if status is None or status.run_id != self._run_id or status.ts < config.ts:
                return
            seen.append(status)
            ours = status.active and status.controller == config.session_id
            if (ours or _is_refusal(status)) and not outcome.done():
                outcome.set_result("" if ours else _reason(status))

        topic = await self._bus.watch(registry.TRADING_STATUS, on_status)
        try:
            await self._bus.write(registry.AUTOTRADING_STATUS, AutoTradingStatus.ACTIVE)
            await self._bus.write(registry.AUTOTRADING_ENABLED, config)
            async with asyncio.timeout(STARTED_S):
                objection = await outcome
        except TimeoutError:
            objection = _reason(seen[-1]) if seen else "the engine is silent; see its log"
        except ContractError as error:
            objection = str(error)
        finally:
            await self._bus.unwatch(topic)
        if objection:
            raise AutoTradeError(f"--autotrade {strategy}: AutoTrading did not start: {objection}")
        self._say(f"AutoTrading runs: {strategy}, {seen[-1].mode}, {self._feed}")
        self._tell_of(trust)

    def _tell_of(self, trust: Trust) -> None:
        if not trust.unproven:
            words = "ML signals count once their model has shown skill"
            self._say(f"{words}; {trust.way_out}" if trust.way_out else words)

    def _config(self, strategy: Strategy) -> AutoTradingConfig:
        asker = Asker(
            self._wall.now(), "up", self._feed, self._session.session_id, self._session.user
        )
        return preset_config(strategy, asker, enabled=True)

    async def close(self) -> None:
        """End the session."""
        for task in (self._beat, self._handing_over):
            if task is not None:
                task.cancel()
        with contextlib.suppress(ContractError):
            await self._bus.delete(registry.SESSION, self._session.session_id)
        await self._bus.close()


def _is_refusal(status: TradingStatus) -> bool:
    """Whether a status tells that the start was refused.

    Nothing starts in a stopped account, and nothing where another holds the control.
    """
    refused = status.status in {BackendStatus.CONFIG_ERROR, BackendStatus.ERROR}
    return status.emergency_stop or refused or (status.active and status.last_error is not None)


def _reason(status: TradingStatus) -> str:
    """Return why AutoTrading is not active, and where there is one the way to mend it."""
    if status.emergency_stop:
        return (
            f"trading was stopped ({status.emergency_words}); start without --autotrade and "
            "allow it again with `qtrade stop --resume`"
        )
    return status.last_error or "the engine gave no reason; see its log"
