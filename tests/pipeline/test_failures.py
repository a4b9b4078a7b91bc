"""The exceptions of ops: transient ones are retried, Ctrl-C is not."""

import signal

import dagster as dg
import pytest

from hrvctl.pipeline.failures import RETRY, cause_of, hrv_op


def attempts(error, n_failures):
    """Run an op that fails ``n_failures`` times: its tries, and the exception of the run."""
    tries = []

    def flaky(context):
        tries.append(context.retry_number)
        if len(tries) <= n_failures:
            raise error

    op = hrv_op(flaky)
    job = dg.GraphDefinition(name="alone", node_defs=[op]).to_job()
    try:
        job.execute_in_process(
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
        )
    except dg.Failure as failure:
        return len(tries), cause_of(failure, None)[1]
    return len(tries), None


def test_a_file_that_is_only_busy_is_tried_again():
    """A file locked by a backup does not lose an evening; a missing file is not waited for."""
    busy, gone = BlockingIOError(11, "busy"), FileNotFoundError(2, "gone")
    assert attempts(busy, 1) == (2, None)
    assert attempts(busy, 9) == (RETRY.max_retries + 1, busy)
    assert attempts(gone, 1) == (1, gone)
    outer = ValueError("a fault of ours")
    outer.__cause__ = busy
    assert attempts(outer, 1) == (2, None)


def test_an_op_that_is_asked_to_stop_is_not_tried_again():
    """Ctrl-C in an op ends the run; it is not a transient error."""
    tries = []

    def stopped(context):
        tries.append(context.retry_number)
        signal.raise_signal(signal.SIGINT)

    job = dg.GraphDefinition(name="alone", node_defs=[hrv_op(stopped)]).to_job()
    quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    with pytest.raises(dg.DagsterExecutionInterruptedError):
        job.execute_in_process(run_config=quiet)
    assert tries == [0]
