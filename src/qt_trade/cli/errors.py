"""What a command may end with; light, so that ``--help`` does not wait for it."""

USAGE = 2
"""Exit code for a command line or a setting that makes no sense."""


class RefusalError(Exception):
    """Something the person at the terminal can mend; its text says how."""

    def __init__(self, words: str, exit_code: int = 1) -> None:
        super().__init__(words)
        self.exit_code = exit_code
