"""What goes wrong on the way to a broker, told apart by what may be done next."""


class AmbiguousAnswerError(OSError):
    """A broker was asked for something, and nobody knows whether it was done.

    A time-out, a 5xx, a cut connection: the order is UNKNOWN, and is asked for by its id until
    the broker says.
    """


class BrokerAwayError(OSError):
    """The broker cannot be asked now; what was asked surely did not happen.

    ``retry_after_s``: how long the broker wants to be left alone, None where it did not say.
    """

    def __init__(self, words: str, retry_after_s: float | None = None) -> None:
        super().__init__(words)
        self.retry_after_s = retry_after_s
