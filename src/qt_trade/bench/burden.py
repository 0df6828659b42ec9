"""How much CPU the GUI's thread takes while the event loop runs for a while."""

import time

from PySide6.QtCore import QEventLoop, QTimer

PERCENT = 100


class Burden:
    """Measures the thread it is used in. ``seconds``: how long the loop runs each time."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def share(self) -> float:
        """Run the event loop and return this thread's CPU time in per cent of the wall's."""
        loop = QEventLoop()
        QTimer.singleShot(round(self._seconds * 1000), loop.quit)
        wall, busy = time.monotonic(), time.thread_time()
        loop.exec()
        return (time.thread_time() - busy) / (time.monotonic() - wall) * PERCENT
