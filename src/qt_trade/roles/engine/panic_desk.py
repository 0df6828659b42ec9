"""Takes over what a panic called for while no engine was there, before anything else is done."""

from pathlib import Path

from qt_trade.kit.logs import get_logger
from qt_trade.model.emergencies import Emergency
from qt_trade.roles.engine.dealer import Dealer
from qt_trade.roles.panic.notes import PanicNote, PanicNotes, UnreadableNoteError
from qt_trade.roles.patience import until_journal
from qt_trade.trading.commands import CancelAll, CloseAll, Command, StopAll

_COMMANDS: dict[Emergency, type[StopAll | CancelAll | CloseAll]] = {
    Emergency.STOP_ALL_TRADING: StopAll,
    Emergency.CANCEL_ALL_ORDERS: CancelAll,
    Emergency.CLOSE_ALL_POSITIONS: CloseAll,
}


class PanicDesk:
    """Reads the notes in the run's folder once, at the start."""

    def __init__(self, data_dir: Path, dealer: Dealer) -> None:
        self._notes = PanicNotes(data_dir)
        self._dealer = dealer
        self._log = get_logger()

    async def take(self) -> None:
        """Carry out what the notes ask for, each once: its command has one effect.

        One that cannot be read stops all trading: somebody wanted something badly.
        """
        try:
            notes = self._notes.waiting()
        except (UnreadableNoteError, OSError) as error:
            self._log.error("panic.note_unreadable", words=str(error))
            reason = f"a panic's note cannot be read: {error}"
            await self._carry_out(StopAll(command_id="panic-unreadable", by="panic", reason=reason))
            return
        for note in notes:
            await self._carry_out(_command(note))
            self._notes.taken(note)
            self._log.warning("panic.taken_over", command_id=note.command_id, action=note.action)

    async def _carry_out(self, command: Command) -> None:
        await until_journal(lambda: self._dealer.handle(command))


def _command(note: PanicNote) -> Command:
    kind = _COMMANDS.get(note.action, StopAll)
    return kind(command_id=note.command_id, by=note.by, reason=note.reason, how=note.how)
