"""`hrvctl doctor`: every fault of a home is a finding with a cure, and none of them the end."""

from collections.abc import Callable

import filelock
import pytest

from conftest import Result
from hrvctl.store.home import Home

Hrvctl = Callable[..., Result]
CHECKS = ["python", "versions", "configuration", "home", "database", "disk", "job"]


def sick(result: Result) -> dict[str, dict[str, str]]:
    """The checks that failed, by name."""
    assert [check["name"] for check in result.data["checks"]] == CHECKS
    return {c["name"]: c for c in result.data["checks"] if not c["is_well"]}


def test_all_is_well_where_nothing_is_yet(home: Home, hrvctl: Hrvctl) -> None:
    """A newcomer's first command: the job ran, and no home was made for it."""
    done = hrvctl("doctor")
    assert (done.code, done.err) == (0, "")
    assert "greeting_job ran" in done.out
    assert "not made yet" in done.out
    assert not home.root.exists()


def test_all_is_well_in_a_home_that_was_lived_in(lived: Home, hrvctl: Hrvctl) -> None:
    """The ledger is walked, and the run of the smoke test stands in the history."""
    done = hrvctl("doctor", "--json")
    assert (done.code, sick(done)) == (0, {})
    assert hrvctl("runs", "--json").data["runs"][0]["job"] == "greeting_job"
    assert lived.exists()


def break_config(home: Home) -> None:
    """A key nobody knows."""
    (home.root / "config.toml").write_text('modle = "ses"\n')


def break_mode(home: Home) -> None:
    """A home that others can read."""
    home.root.chmod(0o755)


def break_database(home: Home) -> None:
    """A text in place of the database."""
    home.database.write_text("dear diary\n" * 100)


@pytest.mark.parametrize(
    ("damage", "name", "part"),
    [
        (break_config, "configuration", "did you mean 'model'?"),
        (break_mode, "home", "can be read by others"),
        (break_database, "database", "not a database"),
    ],
)
def test_each_fault_is_found_with_its_cure(
    lived: Home, hrvctl: Hrvctl, damage: Callable[[Home], None], name: str, part: str
) -> None:
    """Exit 1, one line a fault, and all other checks still made."""
    damage(lived)
    done = hrvctl("doctor", "--json")
    found = sick(done)
    assert (done.code, list(found)) == (1, [name])
    assert part in found[name]["finding"]
    assert found[name]["cure"]
    assert [error["code"] for error in done.json["errors"]] == [f"doctor_{name}"]


def test_home_in_place_of_a_file_is_a_finding(home: Home, hrvctl: Hrvctl) -> None:
    """Even where there can be no home the doctor looks at all the rest."""
    home.root.write_text("here")
    done = hrvctl("doctor", "--json")
    assert (done.code, list(sick(done))) == (1, ["home"])


def test_run_at_work_is_a_finding(lived: Home, hrvctl: Hrvctl) -> None:
    """The doctor does not wait for it."""
    with filelock.FileLock(lived.root / "lock"):
        assert "another run" in sick(hrvctl("doctor", "--json"))["job"]["finding"]


def test_quiet_doctor_speaks_when_something_is_wrong(lived: Home, hrvctl: Hrvctl) -> None:
    """Under cron: silent when all is well, the whole report when not."""
    assert hrvctl("--quiet", "doctor").out == ""
    break_mode(lived)
    assert "FAIL home" in hrvctl("--quiet", "doctor").out
