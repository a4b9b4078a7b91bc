"""Wait for what other processes do."""

import time

# Longest wait for what must happen, seconds.
PATIENCE_S = 60


def wait_until(finds):
    """Wait until a function returns something, and return it."""
    until = time.monotonic() + PATIENCE_S
    while not (found := finds()):
        assert time.monotonic() < until
        time.sleep(0.02)
    return found
