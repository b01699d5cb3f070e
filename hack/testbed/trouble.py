"""Errors that are for the person at the terminal: one message, no stack trace."""

import sys


class Trouble(Exception):
    """Something that the user can understand and act on. `code` is the command's exit status."""

    def __init__(self, message: str, code: int = 1):
        super().__init__(message)
        self.code = code


def say(message: str) -> None:
    """Progress goes to standard error: standard output is for what scripts read."""
    print(message, file=sys.stderr, flush=True)
