"""Each private name of Dagster that we use exists in the installed version, and does its work."""

import asyncio
import tomllib
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from inspect import getsource
from pathlib import Path

import dagster as dg
import pytest
from packaging.specifiers import SpecifierSet

from hrvctl.pipeline import dagster_private
from hrvctl.pipeline.definitions import defs
from hrvctl.pipeline.instance import LOCATION, open_instance


def test_the_installed_version_is_one_of_those_supported():
    """As pyproject.toml asks for it, for the web server too."""
    assert version("dagster") in SpecifierSet(dagster_private.SUPPORTED)
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    assert f"dagster{dagster_private.SUPPORTED}" in project["dependencies"]
    extras = project["optional-dependencies"]
    assert f"dagster-webserver{dagster_private.SUPPORTED}" in extras["ui"]


@pytest.mark.parametrize("name", ["RUN_COORDINATOR", "COMPUTE_LOGS"])
def test_the_classes_of_the_instance_exist(name):
    """dagster.yaml names them by module and class."""
    module, cls = getattr(dagster_private, name)
    assert isinstance(getattr(import_module(module), cls), type)


@pytest.mark.parametrize("name", [*dagster_private.PRELOADED, dagster_private.DAEMON_MODULE])
def test_the_modules_exist(name):
    """Those a child process imports before it is forked, and the daemon's."""
    assert find_spec(name) is not None


@pytest.mark.parametrize("name", dagster_private.INSTANCE_METHODS)
def test_the_methods_of_the_instance_exist(name):
    """Used to list, prune and repair the run history."""
    assert hasattr(dg.DagsterInstance, name)


def test_dagster_still_words_an_unwritten_event_so():
    """The line is dropped by its first words."""
    source = getsource(import_module("dagster._core.instance.types"))
    assert f'sys.stderr.write(f"{dagster_private.EVENT_NOT_WRITTEN}' in source


def test_a_log_record_still_carries_its_event():
    """The progress line is fed by it."""
    source = getsource(import_module("dagster._core.log_manager"))
    assert f'"{dagster_private.EVENT_ATTRIBUTE}"' in source


def test_the_history_is_where_it_is_pruned(workspace):
    """A file per run, named by its id, below the folders that are moved aside when damaged."""
    job = dg.GraphDefinition(name="anything").to_job()
    with open_instance(workspace.home, now=workspace.clock()) as instance:
        run_id = job.execute_in_process(instance=instance).run_id
    assert (workspace.home.dagster / "history" / "runs" / f"{run_id}.db").exists()
    for name in dagster_private.HISTORY_FOLDERS:
        assert (workspace.home.dagster / name).is_dir()


def test_a_run_gets_the_origin_of_its_job_and_no_other_run_does(workspace):
    """The code location, repository and job under which Dagster's pages list it."""
    job = dg.GraphDefinition(name="anything").to_job()
    with open_instance(workspace.home, now=workspace.clock()) as instance:
        with dagster_private.runs_of(instance, LOCATION, "anything"):
            inside = job.execute_in_process(instance=instance).run_id
        outside = job.execute_in_process(instance=instance).run_id
        label = {".dagster/repository": f"{dagster_private.REPOSITORY}@{LOCATION}"}
        found = instance.get_runs(dg.RunsFilter(tags=label))
        assert [run.run_id for run in found] == [inside]
        assert instance.get_run_by_id(outside).remote_job_origin is None
    assert found[0].remote_job_origin == dagster_private.job_origin(LOCATION, "anything")


def test_the_repository_of_the_definitions_has_the_name_of_the_origin():
    """Else the pages would not find a run's job."""
    assert defs().get_repository_def().name == dagster_private.REPOSITORY


def test_the_web_app_is_an_asgi_app_of_the_home(workspace, monkeypatch):
    """It loads the definitions, and answers without the web server's own command."""
    monkeypatch.setenv("DAGSTER_HOME", str(workspace.home.dagster))
    monkeypatch.setenv("HRVCTL_HOME", str(workspace.home.root))
    with open_instance(workspace.home, now=workspace.clock()):
        pass
    with dagster_private.web_app(LOCATION, is_read_only=True) as app:
        assert asyncio.run(first_message(app, "/server_info"))["status"] == 200


async def first_message(app, path):
    """What an ASGI app sends first for a GET: the start of its response."""
    sent = []

    async def send(message):
        sent.append(message)

    async def receive():
        return {"type": "http.request"}

    scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": []}
    await app(scope, receive, send)
    return sent[0]
