"""What is asked of the trainer and of the models, carried out once and answered in words."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from qt_trade import wiring
from qt_trade.contract import registry
from qt_trade.contract.bus import Bus
from qt_trade.contract.consumer import Rejection, TryAgainError
from qt_trade.contract.errors import DisconnectedError, InvalidMessageError
from qt_trade.contract.payloads.base import WORDS_LENGTH_MAX
from qt_trade.contract.payloads.commands import Reply
from qt_trade.contract.payloads.intelligence import (
    CancelTraining,
    Demote,
    MlRequest,
    Promote,
    Train,
)
from qt_trade.contract.payloads.sessions import VIEWER_PREFIX, Session, SessionRole
from qt_trade.intelligence.scoring.promotion import closed
from qt_trade.intelligence.scoring.scoring import Score
from qt_trade.kit.clock import Clock
from qt_trade.kit.logs import get_logger
from qt_trade.model.audit import Audited, AuditEntry
from qt_trade.model.journal import JournalAwayError
from qt_trade.model.models import Decision, ModelRecord
from qt_trade.model.predictions import HORIZONS_MIN
from qt_trade.model.trainings import TrainingOrder
from qt_trade.roles.feed_time import FeedTime
from qt_trade.roles.worker.models.board import Board
from qt_trade.roles.worker.payloads import SOURCE
from qt_trade.settings import Settings
from qt_trade.storage.errors import (
    DamagedModelError,
    InvalidValueError,
    ModelStateError,
    NoModelError,
    StorageError,
)
from qt_trade.wiring.leadership import FencedAudit


@dataclass(frozen=True, slots=True)
class RequestParts:
    """What requests are carried out with.

    ``scores``: returns what models have shown live, by model id. ``changed``: called after every
    change.
    """

    settings: Settings
    store: wiring.MarketStore
    feed_time: FeedTime
    wall: Clock
    scores: Callable[[], Awaitable[Mapping[str, Score]]]
    changed: Callable[[], None]


class RefusedRequestError(Exception):
    """A request that is not carried out; the words begin with the field that is to blame."""


class ModelRequests:
    """Carries out ``frontend:ml_requests`` for who sits at the desk."""

    def __init__(self, parts: RequestParts, bus: Bus, audit: FencedAudit) -> None:
        self._p = parts
        self._bus = bus
        self._audit = audit

    async def on_request(self, request: MlRequest) -> Reply:
        """Carry a request out. Raises TryAgainError while PostgreSQL or Redis are away."""
        try:
            words = await self._carry_out(request, await self._session(request))
        except RefusedRequestError as refused:
            return self._reply(request.command_id, str(refused), accepted=False)
        except (NoModelError, ModelStateError, DamagedModelError, InvalidValueError) as refused:
            return self._reply(request.command_id, f"model_id: {refused}", accepted=False)
        except (StorageError, JournalAwayError, DisconnectedError) as away:
            raise TryAgainError(str(away)) from away
        self._p.changed()
        return self._reply(request.command_id, words, accepted=True)

    def reject(self, rejection: Rejection) -> Reply:
        """Answer what cannot even be read."""
        return self._reply(rejection.command_id, rejection.reason, accepted=False)

    async def _carry_out(self, request: MlRequest, session: Session) -> str:
        match request:
            case Train():
                return await self._train(request, session)
            case CancelTraining():
                return await self._cancel(request, session)
            case Promote():
                return await self._promote(request, session)
            case Demote():
                return await self._demote(request, session)

    async def _session(self, request: MlRequest) -> Session:
        """Return the session that asks, if it lives and may trade: models move money."""
        kind = self._p.settings.feed.choice.kind
        if request.feed is not kind:
            raise RefusedRequestError(
                f"feed: the request was meant for {request.feed}, this run is {kind}"
            )
        of = request.session_id
        try:
            found = await self._bus.read(registry.SESSION, of)
            active = await self._bus.read(registry.SESSIONS_ACTIVE)
        except InvalidMessageError as damaged:
            raise RefusedRequestError(f"session_id: {of} cannot be read: {damaged}") from damaged
        if found is None:
            raise RefusedRequestError(f"session_id: there is no living session {of}")
        if active is not None and any(one.session_id == of for one in active.value.revoked):
            raise RefusedRequestError(f"session_id: {of} was logged out")
        session = found.value
        if session.role is not SessionRole.TRADER or of.startswith(VIEWER_PREFIX):
            raise RefusedRequestError(f"session_id: {of} may look, not trade")
        return session

    async def _train(self, request: Train, session: Session) -> str:
        trainings, job_id = self._p.store.trainings, request.command_id
        unknown = set(request.horizons_min) - set(HORIZONS_MIN)
        if unknown:
            known = ", ".join(map(str, HORIZONS_MIN))
            raise RefusedRequestError(f"horizons_min: {min(unknown)} is none of {known}")
        if await trainings.job(job_id) is not None:
            return f"this training is known already: {job_id}"
        under_way = await trainings.open()
        if under_way:
            raise RefusedRequestError(
                f"a training is under way already: {under_way[0].job_id}; wait, or cancel it"
            )
        horizons = tuple(
            one for one in HORIZONS_MIN if one in (request.horizons_min or HORIZONS_MIN)
        )
        order = TrainingOrder(job_id, horizons, f"by hand: {session.name}", request.session_id)
        await trainings.add(order, self._p.wall.now())
        return f"training for {' and '.join(map(str, horizons))} minutes: {job_id}"

    async def _cancel(self, request: CancelTraining, session: Session) -> str:
        words = f"canceled by {session.name}"
        before = await self._p.store.trainings.cancel(request.job_id, words, self._p.wall.now())
        if before is None:
            raise RefusedRequestError(f"job_id: there is no training {request.job_id}")
        if before.state.over and before.words != words:
            raise RefusedRequestError(
                f"job_id: {request.job_id} is over already: {before.state.value.lower()}"
            )
        return f"{request.job_id} is canceled"

    async def _promote(self, request: Promote, session: Session) -> str:
        models = self._p.store.models
        model_id, command_id = request.model_id, request.command_id
        if not await models.carried_out(model_id, command_id):
            await self._check_gates(await models.get(model_id))
        words = f"promoted by {session.name}: every gate is open"
        record = await models.promote(model_id, self._decision(request, session, words))
        behind = f", {record.replaced} is retired" if record.replaced else ""
        told = f"{model_id} is in use for {record.horizon_min} minutes{behind}"
        await self._note(Audited.MODEL_PROMOTED, told, request, session)
        return told

    async def _demote(self, request: Demote, session: Session) -> str:
        models, words = self._p.store.models, f"demoted by {session.name}"
        decision = self._decision(request, session, words)
        back = await models.demote(request.model_id, decision, put_back=True)
        then = "none is in use now" if back is None else f"{back.model_id} is in use again"
        told = f"{request.model_id} is back in the shadow; {then}"
        await self._note(Audited.MODEL_DEMOTED, told, request, session)
        return told

    async def _check_gates(self, record: ModelRecord) -> None:
        # What cannot be read would put the baseline in the place of a model that speaks.
        await self._p.store.models.load(record.model_id)
        board = Board([record], await self._p.scores(), {}, self._p.settings.intelligence)
        shut = closed(board.gates(record))
        if shut:
            named = "; ".join(f"{gate.name}: {gate.words}" for gate in shut)
            raise RefusedRequestError(
                f"model_id: {record.model_id} cannot be promoted yet: {named}"
            )

    def _decision(self, request: MlRequest, session: Session, words: str) -> Decision:
        now = self._p.feed_time.clock.now()
        return Decision(now, session.session_id, words, request.command_id)

    async def _note(self, what: Audited, words: str, request: MlRequest, session: Session) -> None:
        entry = AuditEntry(
            at=self._p.wall.now(),
            what=what,
            account=self._p.settings.run.account,
            words=words,
            session_id=request.session_id,
            name=session.name,
            user=session.user,
            host=session.host,
            role=session.role,
            version=session.version,
            key=registry.ML_REQUESTS.name,
        )
        await self._audit.add([entry], [])
        get_logger().info("model.decided", what=what.value, words=words)

    def _reply(self, command_id: str, reason: str, *, accepted: bool) -> Reply:
        return Reply(
            ts=self._p.wall.now(),
            source=SOURCE,
            feed=self._p.settings.feed.choice.kind,
            command_id=command_id,
            accepted=accepted,
            reason=reason[:WORDS_LENGTH_MAX],
            order_id=None,
            verdicts=(),
        )
