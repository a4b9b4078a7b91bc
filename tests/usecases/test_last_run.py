"""How the last evening of a subject ended, as the log has it."""

from hrvctl.errors import ExitCode
from hrvctl.store.home import Home, create_home
from hrvctl.usecases.last_run import find_last_run

LINE = "2026-03-{day:02} 21:00:00+01:00 INFO daily of {subject} ended with {code}\n"


def test_it_is_found_in_whichever_file_of_the_log_it_is(home: Home) -> None:
    """The evening of many people fills several, and the latest line of each of them counts."""
    create_home(home)
    files = {
        "hrvctl.log": LINE.format(day=10, subject="cyd", code="0 (done)"),
        "hrvctl.log.1": LINE.format(day=10, subject="ben", code="1 (failed)"),
        "hrvctl.log.2": LINE.format(day=10, subject="ana", code="5 (stale)"),
        "hrvctl.log.3": LINE.format(day=9, subject="ana", code="0 (done)"),
    }
    for name, text in files.items():
        (home.root / name).write_text(text)
    found = {name: find_last_run(home, name) for name in ("ana", "ben", "cyd")}
    assert {name: last.code for name, last in found.items() if last} == {
        "ana": ExitCode.STALE,
        "ben": ExitCode.FAILED,
        "cyd": ExitCode.DONE,
    }
    assert find_last_run(home, "dan") is None
