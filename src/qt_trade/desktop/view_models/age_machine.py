"""Where the figures of the machine come from: roles, connections, sessions, the canary."""

from typing import Any

from qt_trade.contract import registry
from qt_trade.contract.endpoints import Document
from qt_trade.desktop import provenance
from qt_trade.desktop.provenance import Provenance
from qt_trade.desktop.snapshot import Snapshot
from qt_trade.desktop.system_snapshot import AI, REDIS, provider_line
from qt_trade.desktop.view_models import words
from qt_trade.desktop.view_models.age_told import Told

_ROLE = {
    "heartbeat": "since the process last spoke of itself; it does so every 2 s",
    "work": "since its last useful work, as the engine judges it",
    "queue": "what waits for it",
    "per_minute": "pieces of useful work over the last minute",
    "restarts": "counted by who starts the processes",
}
_CANARY = "a message from the streamer through Redis and the engine to this screen"


def role(desk: Snapshot, instance: str, figure: str) -> Told:
    """Return where a figure of a process comes from: its own report, else the engine's word."""
    how = _ROLE.get(figure, "as the process says of itself")
    heard = desk.system.roles.get(instance)
    if heard is None:
        return of_document(desk, registry.SYSTEM_STATUS, how)
    key = registry.ROLE_REPORTS.key(instance)
    known = provenance.of_value(key, heard.report, heard.at)
    return Told(known, f"{heard.report.role} on {heard.report.host}", how)


def line(desk: Snapshot, name: str, figure: str) -> Told:
    """Return where a figure of a connection comes from."""
    if name == REDIS:
        return link(desk, "", figure)
    if name == AI:
        return of_document(desk, registry.GROK_CANDIDATES, "what the AI's last answer took")
    if desk.source_stats is not None and name.startswith(provider_line("")):
        how = "the provider's last answer, and its quotas as all processes share them"
        return of_document(desk, registry.MULTI_API_STATS, how)
    instance = name.removeprefix("redis-")
    if instance in desk.system.roles:
        return role(desk, instance, "a round trip of the process to Redis")
    return of_document(desk, registry.SYSTEM_STATUS, "a round trip measured by the engine")


def link(desk: Snapshot, _part: str, _figure: str) -> Told:
    """Return where the figures of this desk's own line come from."""
    state, chain = desk.link, desk.canary
    latency = state.latency_ms
    details = [
        ("Round trip", words.NONE if latency is None else f"{latency:.1f} ms"),
        ("Lost", words.count(state.reconnects, "time")),
        ("Gaps", str(desk.gaps)),
    ]
    if desk.ahead_s is not None:
        details.append(("Server's clock", f"{words.signed_ms(desk.ahead_s * 1000)} against ours"))
    if chain is not None and chain.total_ms is not None:
        details.append(("Canary", f"{chain.total_ms:.0f} ms through the chain"))
    how = "a PING to Redis and back, every 10 s"
    return Told(None, "measured by this desk", how, state.last_error, details=tuple(details))


def session(desk: Snapshot, _part: str, _figure: str) -> Told:
    """Return where the list of sessions comes from."""
    how = "every frontend whose heartbeat is younger than 15 s"
    own = "not known" if desk.role is None else desk.role.value
    return of_document(
        desk, registry.SESSIONS_ACTIVE, how, details=(("This desk", f"{desk.session_id}, {own}"),)
    )


def canary(desk: Snapshot, _part: str, _figure: str) -> Told:
    """Return where the canary's times come from."""
    painted = desk.system.painted
    details = () if painted is None else (("On this screen", f"{painted.after_ms:.0f} ms"),)
    return of_document(desk, registry.CANARY, _CANARY, details=details)


def letter(desk: Snapshot, _part: str, _figure: str) -> Told:
    """Return where the count of refused messages comes from."""
    last = desk.system.letters[-1].value if desk.system.letters else None
    how = "counted on this desk among the last refused messages"
    if last is None:
        return Told(None, "this desk", how, missing="no message was refused")
    return Told(provenance.of_value(registry.DEAD_LETTERS.key(), last, last.ts), "this desk", how)


def of_document(
    desk: Snapshot, document: Document[Any], how: str, missing: str = "", **more: Any
) -> Told:
    """Return where a document comes from; one that is not there says so."""
    known = desk.provenances.get(document.key())
    if known is None:
        nothing = f"{document.key()} has not been written yet"
        return Told(None, "no source", how, missing=nothing, **more)
    return Told(known, origin(known), how, missing, **more)


def origin(known: Provenance) -> str:
    """Return who wrote a document, and on which prices."""
    feed = "" if known.feed is None else f", on {known.feed.value} prices"
    return f"{known.source.capitalize()}{feed}"
