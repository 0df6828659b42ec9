"""Settings, connection: the address of the Redis, its trial in nine steps, and the change to it."""

import hmac
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot

from qt_trade.contract.credentials import password_now
from qt_trade.contract.link import Link, LinkPhase
from qt_trade.contract.target import Address, Target, TargetError
from qt_trade.contract.trial import StepName, TrialStep
from qt_trade.desktop.connection import (
    Connection,
    Origin,
    kept_by,
    shown_address,
    target_typed,
)
from qt_trade.desktop.connection_store import ConnectionStore
from qt_trade.desktop.passwords import Kept
from qt_trade.desktop.snapshot import Snapshot
from qt_trade.desktop.view_models import words
from qt_trade.desktop.view_models.state import ViewState, view_state
from qt_trade.kit.clock import Clock

OFF, REQUIRED, OWN_CA = range(3)
"""The choices of TLS."""
STEPS = len(StepName)
_ADDRESS = "address"
_STATES = {
    LinkPhase.CONNECTING: ("connecting", "clock", "warn"),
    LinkPhase.RECONNECTING: ("lost, trying again", "cross", "crit"),
    LinkPhase.REFUSED: ("refused", "cross", "crit"),
    LinkPhase.CLOSED: ("closed", "dash", "muted"),
}
_GUIDE = (
    "No Redis is named yet. Enter its address and press Test connection, then Save. "
    "On a machine with nothing yet, `qtrade up` starts everything and needs no entry here."
)
_FROM_RUN = (
    "The address comes from the run that opened this desk. Another one saved here holds at once, "
    "and for desks that are opened alone."
)


@dataclass(frozen=True, slots=True)
class ConnectionView:
    """The form. The password is in none of its fields, only where it is kept."""

    address: str = ""
    user: str = ""
    tls: int = OFF
    ca_file: str = ""
    password_words: str = Kept.NOWHERE.value
    password_typed: bool = False
    guide: str = ""
    changed: bool = False
    state: str = "no address"
    state_icon: str = "question"
    state_tone: str = "warn"
    error: str = ""
    error_field: str = ""
    testing: bool = False
    saving: bool = False
    steps: tuple[Any, ...] = ()
    summary: str = ""
    found: str = ""
    outcome: str = ""
    outcome_tone: str = ""


def link_chip(desk: Snapshot) -> dict[str, str]:
    """Return the state of the connection there is."""
    link: Link = desk.link
    if link.connected:
        latency = "" if link.latency_ms is None else f", {words.milliseconds(link.latency_ms)}"
        return {"state": f"connected{latency}", "state_icon": "check", "state_tone": "ok"}
    if not desk.target:
        return {}
    word, icon, tone = _STATES[link.phase]
    return {"state": word, "state_icon": icon, "state_tone": tone}


def step_row(step: TrialStep) -> dict[str, str]:
    """Return a step of the trial for the list."""
    icon, tone = ("check", "ok") if step.ok else ("cross", "crit")
    if step.ok is None:
        icon, tone = "dash", "faint"
    return {
        "name": step.name.value if step.name is StepName.TLS else words.prose(step.name.value),
        "words": step.words,
        "fix": f"{words.prose(step.fix)}." if step.fix else "",
        "took": "" if step.ms is None else words.milliseconds(step.ms),
        "icon": icon,
        "tone": tone,
    }


def summary_of(steps: list[TrialStep], at: datetime) -> str:
    """Return how a whole trial ended."""
    passed = sum(step.ok is True for step in steps)
    return f"last test {words.clock(at)} ET: {passed} of {STEPS} steps pass"


def found_of(steps: list[TrialStep]) -> str:
    """Return what a person wants to know of the server: its encryption, and what one may there."""
    told = {step.name: words.sentence(words.prose(step.words)) for step in steps if step.ok}
    return " ".join(told[name] for name in (StepName.TLS, StepName.RIGHTS) if name in told)


def objection(steps: list[TrialStep]) -> str:
    """Return why a tried address is not taken over; empty when it may be.

    A server on which no backend has written yet, or that does not tell of strangers' writes, is
    taken: the desk shows that it waits, and its own backend tells of its writes itself.
    """
    failed = next((step for step in steps if step.ok is False), None)
    if failed is None or failed.name in (StepName.PUSHES, StepName.BACKEND):
        return ""
    fix = f" {words.prose(failed.fix)}." if failed.fix else ""
    return f"{words.sentence(words.prose(failed.words))}{fix}"


class ConnectionForm(QObject):
    """Holds what was typed; the password it holds goes nowhere but into the URL."""

    tryWanted = Signal(str)  # noqa: N815  # Qt's names, here and below
    moveWanted = Signal(str)  # noqa: N815

    def __init__(
        self, desk: Snapshot, clock: Clock, store: ConnectionStore | None, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._desk, self._clock, self._store = desk, clock, store
        self._connection: Connection | None = None
        self._password: str | None = None
        self._tried: Connection | None = None
        self._steps: list[TrialStep] = []
        self._state = view_state(ConnectionView(guide=_GUIDE), self)

    @property
    def state(self) -> ViewState:
        """What QML reads."""
        return self._state

    @property
    def tested(self) -> bool:
        """Whether a trial was made and is over."""
        return bool(self._view.summary) and not self._view.testing

    def take(self, connection: Connection, kept: Kept) -> None:
        """Take over the connection that is in use."""
        self._connection, self._password = connection, None
        self._desk.target = connection.place
        target = connection.target
        self._change(
            address=shown_address(target),
            user=target.user,
            tls=(OWN_CA if target.ca_file else REQUIRED) if target.tls else OFF,
            ca_file=target.ca_file,
            password_words=kept.value,
            password_typed=False,
            guide=_FROM_RUN if connection.origin is Origin.RUN else "",
            changed=False,
            error="",
            error_field="",
        )

    @property
    def is_guarded(self) -> bool:
        """Whether the connection in use has a password that can be typed again."""
        return bool(self._secret())

    @property
    def password_file(self) -> str:
        """The file the password of the connection in use stands in, empty for none."""
        return "" if self._connection is None else self._connection.target.password_file

    def is_password(self, typed: str) -> bool:
        """Whether this is the password of the connection in use."""
        secret = self._secret()
        return bool(secret) and hmac.compare_digest(typed.encode(), secret.encode())

    def _secret(self) -> str:
        return "" if self._connection is None else password_now(self._connection.address)

    def show(self) -> None:
        """Say the state of the link anew."""
        self._change(**link_chip(self._desk))

    def step(self, step: TrialStep) -> None:
        """Take over one step of the trial under way; after the last one it is judged."""
        if not self._view.testing:
            return
        self._steps.append(step)
        self._change(steps=tuple(step_row(one) for one in self._steps))
        if len(self._steps) == STEPS:
            self._judge()

    # What the page asks for

    @Slot(str, str)
    def edit(self, field: str, text: str) -> None:
        """Take over what was typed into ``address``, ``user`` or ``ca_file``."""
        fields: dict[str, Any] = {field: text, "changed": True, "outcome": ""}
        if field == _ADDRESS and "://" in text:
            tls = text.strip().startswith("rediss")
            fields["tls"] = max(REQUIRED, self._view.tls) if tls else OFF
        self._change(**fields, error="", error_field="")

    @Slot(int)
    def chooseTls(self, choice: int) -> None:  # noqa: N802
        """Take over the choice of TLS; the address says the same."""
        address = self._view.address
        scheme, mark, rest = address.partition("://")
        if mark and scheme != "unix":
            plain = scheme.replace("rediss", "redis", 1)
            secure = plain.replace("redis", "rediss", 1)
            address = f"{plain if choice == OFF else secure}{mark}{rest}"
        self._change(tls=choice, address=address, changed=True, outcome="")

    @Slot(str)
    def typePassword(self, password: str) -> None:  # noqa: N802
        """Take over a password; it replaces the stored one when the connection is saved."""
        self._password = password
        self._change(password_typed=True, changed=True, outcome="")

    @Slot()
    def test(self) -> None:
        """Try what the form names, and change nothing."""
        self._begin(saving=False)

    @Slot()
    def save(self) -> None:
        """Try what the form names, and when that goes well, speak to it from now on."""
        self._begin(saving=True)

    @Slot()
    def discard(self) -> None:
        """Take back what was typed."""
        if self._connection is not None:
            kept = self._view.password_words
            self.take(self._connection, Kept(kept))
        else:
            self._password = None
            self._change(**_fields(ConnectionView(guide=_GUIDE)))

    # Inside

    @property
    def _view(self) -> ConnectionView:
        view = self._state.view
        assert isinstance(view, ConnectionView)  # noqa: S101  # it shows nothing else
        return view

    def _change(self, **fields: Any) -> None:
        self._state.show(replace(self._view, **fields))

    def _begin(self, *, saving: bool) -> None:
        try:
            wanted = self._wanted()
        except TargetError as error:
            text = words.sentence(words.prose(str(error)))
            self._change(error=text, error_field=_ADDRESS, outcome="")
            return
        self._tried, self._steps = wanted, []
        self._change(
            testing=True, saving=saving, steps=(), summary="", found="", outcome="",
            error="", error_field="",
        )  # fmt: skip
        self.tryWanted.emit(wanted.url)

    def _wanted(self) -> Connection:
        """Return what the form names. Raises TargetError."""
        view = self._view
        target = target_typed(
            view.address,
            user=view.user,
            tls=view.tls != OFF,
            ca_file=view.ca_file if view.tls == OWN_CA else "",
        )
        known = None if self._connection is None else self._connection.address
        if self._password is not None:
            return Connection(Address(target, self._password), Origin.SAVED)
        if known is None or not _same_door(target, known.target):
            # A password belongs to its server and user: it is not sent to another one's door.
            return Connection(Address(target), Origin.SAVED)
        file = target.password_file or known.target.password_file
        password = "" if target.password_file else known.password
        target = replace(target, password_file=file)
        return Connection(Address(target, password, known.sentinel_password), Origin.SAVED)

    def _judge(self) -> None:
        saving, tried, why = self._view.saving, self._tried, objection(self._steps)
        now = self._clock.now()
        self._change(
            testing=False,
            saving=False,
            summary=summary_of(self._steps, now),
            found=found_of(self._steps),
        )
        if not saving or tried is None:
            return
        if why:
            stays = "" if self._connection is None else f" {self._connection.place} stays."
            self._change(outcome=f"Not saved. {why}{stays}", outcome_tone="crit")
            return
        self._move(tried)

    def _move(self, connection: Connection) -> None:
        kept = Kept.SESSION if self._store is None else self._store.save(connection)
        self.take(connection, kept_by(connection, kept))
        self._change(
            outcome=f"Saved. This desk now speaks to {connection.place}.", outcome_tone="ok"
        )
        self.moveWanted.emit(connection.url)


def _same_door(one: Target, other: Target) -> bool:
    return (one.hosts, one.path, one.service, one.user) == (
        other.hosts, other.path, other.service, other.user,
    )  # fmt: skip


def _fields(view: ConnectionView) -> dict[str, Any]:
    return {name: getattr(view, name) for name in view.__dataclass_fields__}
