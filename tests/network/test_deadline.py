"""A blocking call is waited for until its deadline and not longer."""

import time

import pytest

from hrvctl.network.deadline import DeadlinePassed, call_with_deadline
from network.endpoint import taking_at_most


def test_a_call_that_blocks_is_left_at_its_deadline():
    """A name look-up cannot be given a timeout; it is waited for no longer."""
    with taking_at_most(0.9), pytest.raises(DeadlinePassed):
        call_with_deadline(lambda: time.sleep(1), deadline=time.monotonic() + 0.1)


def test_result_and_error_of_a_call_are_its_own():
    """What it returns is returned, ``None`` too; what it raises is raised."""
    deadline = time.monotonic() + 5
    assert call_with_deadline(lambda: None, deadline=deadline) is None
    with pytest.raises(ZeroDivisionError):
        call_with_deadline(lambda: 1 / 0, deadline=deadline)
