"""What a person is told about an emergency action or a cancel: done, refused, or not known."""

from datetime import datetime

from qt_trade.contract.errors import DisconnectedError, NoReplyError
from qt_trade.desktop.link import Answer
from qt_trade.desktop.snapshot import Notice
from qt_trade.desktop.view_models import rights, words

_WITHOUT = "Stop without this desk: run `qtrade panic` on the server, or use the broker's own page."
_NAMES = {
    "emergency": "Stop of all trading",
    "cancel-all": "Cancel of all orders",
    "resume": "Resume",
    "cancel": "Cancel",
    "change": "Change",
}
_URGENT = ("emergency", "cancel-all")


def notice(answer: Answer, wall: datetime) -> Notice | None:
    """Return the news about a request; None for those that are told elsewhere."""
    name = _NAMES.get(answer.request)
    if name is None:
        return None
    reply = answer.reply
    if reply is not None and reply.accepted:
        return Notice("ok", f"{name}: done.", words.prose(reply.reason), wall)
    if reply is not None:
        return Notice("crit", f"{name}: refused.", words.prose(reply.reason), wall)
    way_out = _WITHOUT if answer.request in _URGENT else "Try again."
    if isinstance(answer.error, NoReplyError):
        unknown = f"The engine has not answered; the effect is not known. {way_out}"
        return Notice("warn", f"{name}: UNKNOWN.", unknown, wall)
    if isinstance(answer.error, DisconnectedError):
        return _not_sent(answer.request, name, wall)
    return Notice("crit", f"{name}: not sent.", f"{answer.error}. {way_out}", wall)


def _not_sent(request: str, name: str, wall: datetime) -> Notice:
    if request in _URGENT:
        why = f"{rights.NO_LINK[:1].lower()}{rights.NO_LINK[1:]}"
        return Notice("crit", f"Nothing was sent: {why}.", _WITHOUT, wall)
    return Notice("crit", f"{name}: not sent.", "No connection to Redis.", wall)
