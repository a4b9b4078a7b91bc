"""A cohort in a bucket: everything but its address is as on a disk."""

import pytest
from moto.server import ThreadedMotoServer

from at_once import run_at_once
from hrvctl.engines.loop import Loop
from hrvctl.errors import SealedByAnother
from hrvctl.records.choices import ExportFormat
from hrvctl.store.cohorts.folder import CohortFolder, load_cohort
from hrvctl.store.cohorts.salts import add_salts, load_salts
from hrvctl.usecases.cohorts.evening import Options, forecast_evening, plan_evening
from hrvctl.usecases.cohorts.export import export_cohort
from hrvctl.usecases.cohorts.imports import import_tables
from hrvctl.usecases.cohorts.seals import seal_evening
from hrvctl.usecases.cohorts.verification import prove_forecast, verify_cohort
from hrvctl.usecases.cohorts.withdrawal import withdraw
from usecases.cohorts.made_up import AS_OF, NEW, NOW, make_cohort, table_of

ADDRESS = "s3://study/lions"


@pytest.fixture(scope="module")
def storage():
    """A server that speaks S3, on this machine."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    yield "http://{}:{}".format(*server.get_host_and_port())
    server.stop()


@pytest.fixture
def bucket(storage, monkeypatch):
    """An empty bucket, found by the variables that every S3 client reads."""
    import s3fs

    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "made-up")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", storage)
    s3fs.S3FileSystem.clear_instance_cache()
    files = s3fs.S3FileSystem()
    files.mkdir("study")
    yield CohortFolder(ADDRESS)
    files.rm("study", recursive=True)


def forecast(folder):
    """The cohort's settings, tonight's plan, and its chunks."""
    settings = load_cohort(folder)
    plan = plan_evening(folder, settings, AS_OF, Options(), now=NOW)
    done = forecast_evening(folder, plan, Loop())
    assert done.lost == {}
    return settings, plan, done.chunks


def test_an_evening_in_a_bucket_is_that_on_a_disk(bucket, tmp_path) -> None:
    """Imported, forecast, sealed, verified, proved, exported, withdrawn from."""
    table = table_of(3, 40)
    on_disk, _, _ = make_cohort(tmp_path, table)
    import_tables(bucket, str(tmp_path / "nights.csv"), NEW, columns={}, now=NOW)
    settings, plan, chunks = forecast(bucket)
    _, _, same = forecast(on_disk)
    assert [each.n_leaves for each in chunks] == [each.n_leaves for each in same]
    seal = seal_evening(bucket, settings, plan, chunks, now=NOW).seal
    assert verify_cohort(bucket).faults == ()
    assert prove_forecast(bucket, settings, "p001", AS_OF).root() == seal.root
    exported = [
        export_cohort(folder, tmp_path / name, ExportFormat.CSV, at=NOW)
        for name, folder in (("disk", on_disk), ("bucket", bucket))
    ]
    assert exported[0] == exported[1]
    for name in ("nights.csv", "forecasts.csv"):
        ours, theirs = (tmp_path / where / name for where in ("disk", "bucket"))
        assert ours.read_bytes() == theirs.read_bytes()
    assert withdraw(bucket, settings, "p001", now=NOW).n_found == 0
    assert verify_cohort(bucket).faults == ()


def test_of_two_that_seal_at_once_one_does(bucket, tmp_path) -> None:
    """The store itself decides: a seal is made only where none is."""
    table_of(2, 35).to_csv(tmp_path / "nights.csv", index=False)
    import_tables(bucket, str(tmp_path / "nights.csv"), NEW, columns={}, now=NOW)
    settings, plan, chunks = forecast(bucket)
    sealed, refused = [], []

    def run(n):
        mine = chunks[n % 2 :]  # another root, as of a run with other nights
        try:
            sealed.append(seal_evening(bucket, settings, plan, mine, now=NOW))
        except SealedByAnother:
            refused.append(n)

    run_at_once(run, range(4))
    assert len(sealed) + len(refused) == 4
    assert sum(each.is_new for each in sealed) == 1
    assert len({each.seal.root for each in sealed}) == 1


def test_runs_at_once_agree_on_salts(bucket) -> None:
    people = [f"p{n}" for n in range(6)]
    run_at_once(lambda n: add_salts(bucket, 0, people[n : n + 3]), range(4))
    assert set(load_salts(bucket, 0, people)) == set(people)
    assert add_salts(bucket, 0, people) == 0
