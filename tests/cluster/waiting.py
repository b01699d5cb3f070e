"""Waiting for what becomes true: with a generous bound, never for a fixed time."""

import time

from kubernetes.client.exceptions import ApiException

POLL_SECONDS = 0.2
SHOWN = 3000  # characters of a failure


def eventually(check, timeout=60.0):
    """Calls `check` until it raises nothing and returns its answer; the last failure is the one that is shown."""
    deadline = time.monotonic() + timeout
    while True:
        try:
            return check()
        except (AssertionError, ApiException, OSError) as failure:
            if time.monotonic() > deadline:
                raise AssertionError(f"not within {timeout:.0f} s: {str(failure)[:SHOWN]}") from None
        time.sleep(POLL_SECONDS)


def settled(observe, quiet_seconds=3.0, timeout=60.0):
    """Returns what `observe` says once it has said the same for `quiet_seconds`."""
    deadline = time.monotonic() + timeout
    last, since = observe(), time.monotonic()
    while time.monotonic() - since < quiet_seconds:
        assert time.monotonic() < deadline, f"still changing after {timeout:.0f} s: {str(last)[-SHOWN:]}"
        time.sleep(POLL_SECONDS)
        now = observe()
        if now != last:
            last, since = now, time.monotonic()
    return last
