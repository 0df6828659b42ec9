"""Which roles work: every process by its own reports, judged by its last useful work."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from msgspec.structs import replace

from qt_trade.contract.payloads.health import RoleHealth, RoleInstance, RoleReport, RoleState
from qt_trade.contract.payloads.market import FeedState, MarketStatus

ROLES = ("streamer", "engine", "worker", "beat")
SILENT = timedelta(seconds=7)
"""Three reports that did not come."""
NO_WORK = timedelta(seconds=12)
"""Two canaries, or the jobs that follow from them, that did not come."""
FORGOTTEN = timedelta(minutes=10)
"""A silent process stays in sight for so long, unless another was started in its place."""

_BEST_FIRST = (
    RoleState.WORKING,
    RoleState.IDLE,
    RoleState.ALIVE_NO_WORK,
    RoleState.STANDBY,
    RoleState.SILENT,
)
_ALIVE = (RoleState.WORKING, RoleState.IDLE)


@dataclass(frozen=True, slots=True)
class Around:
    """What the engine itself knows and the judgement needs. Moments by the engine's clock.

    ``canary_seen``: the streamer's last canary. ``chain_error``: why the engine's own part of the
    chain does not work, empty while it does. ``hearing_since``: since when others can be heard:
    what was silent before is nobody's fault but the server's.
    """

    now: datetime
    hearing_since: datetime
    market: MarketStatus | None
    market_seen: datetime | None
    canary_seen: datetime | None
    chain_error: str

    def since(self, moment: datetime | None) -> timedelta:
        """Return how long ago something was that could have been heard all the time since."""
        return self.now - max(moment or self.hearing_since, self.hearing_since)


@dataclass(frozen=True, slots=True)
class _Heard:
    """A process's last report, and when it came; all moments by the engine's own clock."""

    report: RoleReport
    at: datetime

    def moment(self, theirs: datetime) -> datetime:
        """Return a moment of the process's clock as one of ours."""
        return self.at - (self.report.ts - theirs)

    @property
    def started(self) -> datetime:
        return self.moment(self.report.started_at)

    @property
    def worked(self) -> datetime | None:
        last = self.report.last_work
        return None if last is None else self.moment(last)


@dataclass(frozen=True, slots=True)
class _Case:
    """One living, acting process before its judge. ``quiet``: since its last useful work.

    ``jobs_called``: beat has called one lately. ``share``: how many processes share the work.
    """

    heard: _Heard
    around: Around
    quiet: timedelta
    jobs_called: bool
    share: int

    @property
    def since(self) -> str:
        """Since when it has done nothing, in words."""
        return f"{self.around.now - self.quiet:%H:%M:%S} UTC"


Verdict = tuple[RoleState, str]


def _judge_streamer(case: _Case) -> Verdict:
    around, market = case.around, case.around.market
    if around.since(around.canary_seen) > NO_WORK:
        seen = around.canary_seen or around.hearing_since
        return RoleState.ALIVE_NO_WORK, f"no canary of it has come since {seen:%H:%M:%S} UTC"
    if market is None or around.market_seen is None:
        return RoleState.ALIVE_NO_WORK, "it has told nothing of the market"
    if market.feed_state is FeedState.ENDED:
        return RoleState.IDLE, market.feed_words
    if not market.market_open:
        return RoleState.IDLE, market.words
    if market.feed_state is not FeedState.OK:
        return RoleState.ALIVE_NO_WORK, market.feed_words
    return RoleState.WORKING, market.feed_words


def _judge_worker(case: _Case) -> Verdict:
    if case.quiet <= NO_WORK * case.share:
        return RoleState.WORKING, "it takes jobs"
    if not case.jobs_called:
        return RoleState.IDLE, "no job is called: beat is away"
    return (
        RoleState.ALIVE_NO_WORK,
        f"beat calls jobs, and it has carried out none since {case.since}",
    )


def _judge_beat(case: _Case) -> Verdict:
    if case.quiet <= NO_WORK:
        return RoleState.WORKING, "it calls jobs"
    return RoleState.ALIVE_NO_WORK, f"it has called no job since {case.since}"


def _judge_engine(case: _Case) -> Verdict:
    if case.around.chain_error:
        return RoleState.ALIVE_NO_WORK, case.around.chain_error
    if case.quiet <= NO_WORK:
        return RoleState.WORKING, "it leads"
    return RoleState.IDLE, f"nothing has been asked of it since {case.since}"


_JUDGES: Mapping[str, Callable[[_Case], Verdict]] = {
    "streamer": _judge_streamer,
    "engine": _judge_engine,
    "worker": _judge_worker,
    "beat": _judge_beat,
}


class RoleWatch:
    """Hears every process and judges them all whenever asked."""

    def __init__(self) -> None:
        self._heard: dict[str, _Heard] = {}

    def take(self, report: RoleReport, now: datetime) -> None:
        """Take a report that came just now."""
        self._heard[report.instance] = _Heard(report, now)

    def memory_mb(self) -> float:
        """Return what all processes heard of use."""
        return sum(heard.report.memory_mb for heard in self._heard.values())

    def cpu_usage_pct(self) -> float:
        """Return the same for the processors, in per cent of one core."""
        return sum(heard.report.cpu_usage_pct for heard in self._heard.values())

    def roles(self, around: Around) -> dict[str, RoleHealth]:
        """Return every role's health."""
        self._forget(around.now)
        names = [*ROLES, *sorted({h.report.role for h in self._heard.values()} - set(ROLES))]
        roles = {name: self._role(name, around) for name in names}
        # Beat asks for the queue's length; it is the worker for whom the jobs wait.
        beat, worker = roles["beat"], roles["worker"]
        roles["worker"] = _with_queue(worker, beat.queue)
        roles["beat"] = _with_queue(beat, None)
        return roles

    def _forget(self, now: datetime) -> None:
        for instance, heard in list(self._heard.items()):
            silent = now - heard.at > SILENT
            if now - heard.at > FORGOTTEN or self._replaced(heard, silent=silent):
                del self._heard[instance]

    def _replaced(self, dead: _Heard, *, silent: bool) -> bool:
        """Tell whether another was started in its place: a supervisor counts, others are waited for."""
        place = (dead.report.role, dead.report.host)
        return any(
            (heard.report.role, heard.report.host) == place
            and heard.started >= dead.at
            and (silent or heard.report.restarts > dead.report.restarts)
            for heard in self._heard.values()
        )

    def _role(self, name: str, around: Around) -> RoleHealth:
        heard = [one for one in self._heard.values() if one.report.role == name]
        share = _share(heard, around)
        calls = self._jobs_called(around.now)
        judged = [(one, _judge(one, around, calls, share)) for one in heard]
        if not judged:
            return _unseen()
        best, (state, words) = min(judged, key=_rank)
        report = best.report
        return RoleHealth(
            state=state,
            alive=state in _ALIVE,
            words=_with_silent(words, [state for _, (state, _) in judged]),
            heartbeat=best.at,
            last_work=best.worked,
            work=report.work,
            queue=report.queue,
            per_minute=round(sum(one.report.per_minute for one, _ in judged), 1),
            restarts=sum(one.report.restarts for one in heard),
            redis_latency_ms=report.redis.latency_ms,
            postgres_latency_ms=None if report.postgres is None else report.postgres.latency_ms,
            instances=tuple(_instance(one, verdict) for one, verdict in judged),
        )

    def _jobs_called(self, now: datetime) -> bool:
        beats = (one for one in self._heard.values() if one.report.role == "beat")
        return any(beat.worked is not None and now - beat.worked <= NO_WORK for beat in beats)


def _share(heard: Iterable[_Heard], around: Around) -> int:
    """Return among how many the work is shared: where nobody works, each is asked for himself."""
    living = [one for one in heard if around.since(one.at) <= SILENT and one.report.leads]
    quiet = [around.since(one.worked or one.started) for one in living]
    return len(living) if any(one <= NO_WORK for one in quiet) else 1


def _judge(heard: _Heard, around: Around, jobs_called: bool, share: int) -> Verdict:  # noqa: FBT001  # a fact
    if around.since(heard.at) > SILENT:
        return RoleState.SILENT, f"not heard since {heard.at:%H:%M:%S} UTC"
    if not heard.report.leads:
        return RoleState.STANDBY, "it stands by"
    quiet = around.since(heard.worked or heard.started)
    judge = _JUDGES.get(heard.report.role)
    if judge is None:
        state = RoleState.WORKING if quiet <= NO_WORK else RoleState.IDLE
        return state, "it works beside the others"
    return judge(_Case(heard, around, quiet, jobs_called, share))


def _rank(judged: tuple[_Heard, Verdict]) -> tuple[int, timedelta]:
    heard, (state, _) = judged
    newest = heard.worked or heard.started
    return _BEST_FIRST.index(state), heard.at - newest


def _with_silent(words: str, states: Iterable[RoleState]) -> str:
    every = list(states)
    silent = every.count(RoleState.SILENT)
    if not silent or silent == len(every):
        return words
    return f"{words}; {silent} of {len(every)} processes silent"


def _instance(heard: _Heard, verdict: Verdict) -> RoleInstance:
    report = heard.report
    return RoleInstance(
        instance=report.instance,
        host=report.host,
        pid=report.pid,
        state=verdict[0],
        words=verdict[1],
        heartbeat=heard.at,
        last_work=heard.worked,
        work=report.work,
        restarts=report.restarts,
    )


def _unseen() -> RoleHealth:
    return RoleHealth(
        state=RoleState.NOT_SEEN,
        alive=False,
        words="no process of it has been heard of",
        heartbeat=None,
        last_work=None,
        work="",
        queue=None,
        per_minute=None,
        restarts=0,
        redis_latency_ms=None,
        postgres_latency_ms=None,
        instances=(),
    )


def _with_queue(role: RoleHealth, queue: int | None) -> RoleHealth:
    return replace(role, queue=queue)
