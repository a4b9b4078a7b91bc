"""``cohort_job``: an evening of many people is one run with a partition, figures and checks."""

from datetime import timedelta

import dagster as dg
import pytest

from hrvctl.pipeline.cohort_job import NAME, build_cohort_job, run_cohort
from hrvctl.pipeline.definitions import build
from hrvctl.pipeline.instance import open_instance
from hrvctl.store.home import create_home
from hrvctl.store.lock import run_lock
from hrvctl.usecases.workspace import Workspace
from usecases.cohorts.made_up import AS_OF, NOW, make_cohort, table_of

EVENING = AS_OF.isoformat()


@pytest.fixture
def lions(tmp_path):
    """A cohort of two people."""
    return make_cohort(tmp_path, table_of(2, 40))[0]


@pytest.fixture
def workspace(home):
    """A home on that evening."""
    return Workspace(home, lambda: NOW)


def ops(folder):
    """Its run config."""
    return {"plan_op": {"config": {"cohort": folder.address}}}


def run(workspace, folder):
    """Run the evening; returns its run id."""
    heard = []
    run_id, summary = run_cohort(
        workspace,
        ops=ops(folder),
        tags={"hrvctl/evening": EVENING},
        partition=EVENING,
        on_stage=heard.append,
        on_progress=heard.append,
    )
    assert heard[-2:] == ["seal_op", "score_op"]
    assert (summary.n_people, bool(summary.root)) == (2, True)
    return run_id


def test_an_evening_is_one_run_with_a_partition_and_three_assets(workspace, lions) -> None:
    run_id = run(workspace, lions)
    with open_instance(workspace.home, now=NOW) as instance:
        assert instance.get_run_by_id(run_id).tags["dagster/partition"] == EVENING
        logs = instance.all_logs(run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION)
        made = [e.dagster_event.step_materialization_data.materialization for e in logs]
        # No morning has come to score.
        assert {(each.asset_key.path[-1], each.partition) for each in made} == {
            ("forecasts", EVENING),
            ("seal", EVENING),
        }
        logs = instance.all_logs(run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION)
        found = [e.dagster_event.event_specific_data for e in logs]
        assert {(each.check_name, each.passed) for each in found} == {
            ("few_failures", True),
            ("sealed", True),
        }


def test_it_runs_beside_an_evening_of_ones_own(workspace, lions) -> None:
    create_home(workspace.home)
    with run_lock(workspace.home, now=NOW):
        assert run(workspace, lions)


def test_the_pages_offer_it_with_a_partition_an_evening(workspace, lions) -> None:
    job = build(workspace).get_job_def(NAME)
    done = job.execute_in_process(
        run_config={"ops": ops(lions)},
        partition_key=EVENING,
        instance=dg.DagsterInstance.ephemeral(),
    )
    assert done.success
    assert lions.exists(f"evenings/{EVENING}/seal.json")
    days = build_cohort_job(workspace).partitions_def.get_partition_keys(
        current_time=NOW + timedelta(hours=4)
    )
    assert days[-1] >= EVENING
