"""`hrvctl config` and `hrvctl env`: the settings, and the variables Dagster's own tools need."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from conftest import Result
from hrvctl.store.home import Home

Hrvctl = Callable[..., Result]


def test_show_says_where_each_value_comes_from(
    home: Home, hrvctl: Hrvctl, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Option, environment, file, default: each value with its place."""
    hrvctl("config", "set", "profile", "plews")
    monkeypatch.setenv("HRVCTL_MODEL", "ses")
    shown = hrvctl("config", "show", "--json", "--subject", "ana").data
    path = str(home.root / "config.toml")
    said = {key: tuple(row.values()) for key, row in shown.items()}
    assert {key: row for key, row in said.items() if row[1] != "default"} == {
        "home": (str(home.root), "option", "--home"),
        "subject": ("ana", "option", "--subject"),
        "model": ("ses", "environment", "HRVCTL_MODEL"),
        "profile": ("plews", "config file", path),
    }
    assert said["agent"] == ("rules", "default", "default")
    assert path in hrvctl("config", "show").out


def test_set_keeps_comments_and_order(home: Home, hrvctl: Hrvctl) -> None:
    """What a person wrote into the file stays as it was written."""
    home.root.mkdir()
    path = home.root / "config.toml"
    path.write_text('# mine\nprofile = "plews"  # as in the paper\n\n# below\nmodel = "ses"\n')
    assert hrvctl("config", "set", "model", "ma7").code == 0
    assert path.read_text() == (
        '# mine\nprofile = "plews"  # as in the paper\n\n# below\nmodel = "ma7"\n'
    )
    assert hrvctl("config", "set", "subject", "ana").code == 0
    assert path.read_text().endswith('model = "ma7"\nsubject = "ana"\n')


def test_set_takes_effect_and_is_private(home: Home, hrvctl: Hrvctl) -> None:
    """The next command goes by it; the file is its owner's alone."""
    said = hrvctl("config", "set", "model", "naive", "--json").data
    assert said == {
        "key": "model",
        "value": "naive",
        "path": str(home.root / "config.toml"),
        "is_dry_run": False,
    }
    assert hrvctl("config", "show", "--json").data["model"]["value"] == "naive"
    assert (home.root / "config.toml").stat().st_mode & 0o777 == 0o600


def test_set_writes_a_number_as_a_number(home: Home, hrvctl: Hrvctl) -> None:
    """TOML's own type, which any other program reads as such."""
    assert hrvctl("config", "set", "keep_runs", "30").code == 0
    assert hrvctl("config", "set", "schedule_at", "22:15").code == 0
    assert (home.root / "config.toml").read_text() == 'keep_runs = 30\nschedule_at = "22:15"\n'
    assert hrvctl("config", "get", "keep_runs").out == "30\n"


def test_get_prints_the_value_alone(
    home: Home, hrvctl: Hrvctl, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For a script; the envelope says where it comes from."""
    assert hrvctl("config", "get", "model").out == "auto\n"
    assert hrvctl("config", "get", "home").out == f"{home.root}\n"
    monkeypatch.setenv("HRVCTL_MODEL", "ses")
    assert hrvctl("config", "get", "model", "--json").data == {
        "key": "model",
        "value": "ses",
        "origin": "environment",
        "where": "HRVCTL_MODEL",
    }
    unknown = hrvctl("config", "get", "modle")
    assert (unknown.code, "did you mean 'model'?" in unknown.err) == (12, True)


def test_unset_gives_the_default_back_and_keeps_comments(home: Home, hrvctl: Hrvctl) -> None:
    """The rest of the file stays to the letter."""
    home.root.mkdir()
    path = home.root / "config.toml"
    path.write_text('# mine\nprofile = "plews"  # paper\nmodel = "ses"\n\n# end\nkeep_runs = 9\n')
    done = hrvctl("config", "unset", "model", "--json")
    assert (done.code, done.data["value"]) == (0, "auto")
    assert path.read_text() == '# mine\nprofile = "plews"  # paper\n\n# end\nkeep_runs = 9\n'
    assert hrvctl("config", "get", "model").out == "auto\n"


def test_unset_of_what_is_not_set_does_nothing(home: Home, hrvctl: Hrvctl) -> None:
    """Exit code 4, and no file is made; a key that does not exist is a fault."""
    done = hrvctl("config", "unset", "model")
    assert (done.code, "nothing to do" in done.out) == (4, True)
    assert not home.root.exists()
    assert hrvctl("config", "unset", "modle").code == 12


def test_unset_takes_out_a_key_that_does_not_exist(home: Home, hrvctl: Hrvctl) -> None:
    """The way out of "unknown key" without an editor."""
    home.root.mkdir()
    (home.root / "config.toml").write_text('modle = "ses"\n')
    assert hrvctl("status").code == 12
    assert hrvctl("config", "unset", "modle").code == 0
    assert hrvctl("status").code == 4


def editor(folder: Path, script: str) -> str:
    """An editor of the test's own: a shell script that is given the file."""
    path = folder / "editor.sh"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


def test_edit_shows_every_setting_and_saves_what_was_written(
    home: Home, hrvctl: Hrvctl, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where there is no file, each key is a comment that is valid once its # is removed."""
    monkeypatch.setenv("VISUAL", editor(tmp_path, 'sed -i "s/^# \\(.* = .*\\)/\\1/" "$1"'))
    done = hrvctl("config", "edit")
    path = home.root / "config.toml"
    assert (done.code, done.out) == (0, f"Saved {path}.\n")
    assert path.stat().st_mode & 0o777 == 0o600
    shown = hrvctl("config", "show", "--json").data
    assert {row["origin"] for key, row in shown.items() if key != "home"} == {"config file"}
    assert path.read_text().startswith("# The settings of hrvctl.")


def test_edit_without_saving_makes_no_file(
    home: Home, hrvctl: Hrvctl, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 4, as for everything that changes nothing."""
    monkeypatch.setenv("VISUAL", "true")
    assert hrvctl("config", "edit").code == 4
    assert not home.root.exists()


def test_edit_names_faults_and_loses_nothing(
    home: Home, hrvctl: Hrvctl, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was written is saved, and the next edit shows it again."""
    text = '# mine\nkeep_runs = "many"\nmodle = 1\n'
    monkeypatch.setenv("VISUAL", editor(tmp_path, f"printf '{text}' > \"$1\""))
    done = hrvctl("config", "edit")
    path = home.root / "config.toml"
    assert done.code == 12
    assert "2 faults" in done.err
    assert f"{path}, line 2: keep_runs = 'many': give a whole number of evenings" in done.err
    assert f"{path}, line 3: unknown key 'modle'" in done.err
    assert path.read_text() == text
    assert hrvctl("config", "edit").code == 4  # the same text once more


def test_edit_of_a_file_that_is_not_toml_can_correct_it(
    home: Home, hrvctl: Hrvctl, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command that opens the file does not need it whole."""
    home.root.mkdir()
    (home.root / "config.toml").write_text("model = \n")
    monkeypatch.setenv("VISUAL", editor(tmp_path, 'sed -i \'s/model = /model = "ses"/\' "$1"'))
    assert hrvctl("config", "edit").code == 0
    assert hrvctl("config", "get", "model").out == "ses\n"


def test_a_dry_edit_checks_and_writes_nothing(
    home: Home, hrvctl: Hrvctl, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The faults are named all the same."""
    monkeypatch.setenv("VISUAL", editor(tmp_path, "echo 'keep_runs = 0' >> \"$1\""))
    assert hrvctl("config", "edit", "--dry-run").code == 12
    assert not home.root.exists()


def test_check_names_every_fault(
    home: Home, hrvctl: Hrvctl, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the file with its line, of the environment, and of what the values refer to."""
    home.root.mkdir()
    path = home.root / "config.toml"
    path.write_text('agent = "llm"\njournal_folder = "/nowhere/at all"\nkeep_days = 0\n')
    monkeypatch.setenv("HRVCTL_SUBJEKT", "me")
    result = hrvctl("config", "check", "--json")
    assert result.code == 12
    assert result.json["errors"][0]["problems"] == [
        f"{path}, line 3: keep_days = 0: give a whole number of days, 1 to 3660",
        "environment: unknown variable 'HRVCTL_SUBJEKT', did you mean 'HRVCTL_SUBJECT'?",
        f"{path}: journal_folder = '/nowhere/at all': it does not exist",
        "the llm agent is chosen, but llm_model names no model",
    ]


def test_check_of_a_faultless_configuration_is_done(home: Home, hrvctl: Hrvctl) -> None:
    """Also where there is no file."""
    done = hrvctl("config", "check")
    assert (done.code, str(home.root / "config.toml") in done.out) == (0, True)


def test_broken_file_is_not_overwritten(home: Home, hrvctl: Hrvctl) -> None:
    """`set` says what is wrong with it and leaves it to the person."""
    home.root.mkdir()
    path = home.root / "config.toml"
    path.write_text("model = \n")
    done = hrvctl("config", "set", "model", "ses")
    assert (done.code, str(path) in done.err) == (12, True)
    assert path.read_text() == "model = \n"


def test_path_is_told_even_when_the_file_is_broken(home: Home, hrvctl: Hrvctl) -> None:
    """The command that helps to mend the file does not need it whole."""
    home.root.mkdir()
    (home.root / "config.toml").write_text("nonsense = 1\n")
    assert hrvctl("config", "path").out == f"{home.root / 'config.toml'}\n"
    assert hrvctl("config", "set", "model", "ses").code == 0
    assert hrvctl("status").code == 12


def test_default_home_and_config_are_the_users_own() -> None:
    """Without a word on where, everything lies where the system keeps such things."""
    words = [sys.executable, "-m", "hrvctl", "config", "path"]
    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.startswith(os.environ["HOME"])
    assert done.stdout.endswith("config.toml\n")


@pytest.mark.parametrize("name", ["home", "ho me", "it's"])
def test_env_points_a_shell_at_this_home(tmp_path: Path, name: str) -> None:
    """`eval "$(hrvctl env)"` works for any path, and afterwards hrvctl needs no option."""
    home = tmp_path / name
    call = f'"{sys.executable}" -m hrvctl'
    line = (
        f'eval "$({call} --home "{home}" env)"; echo "$DAGSTER_HOME";'
        f' {call} config show --json | grep -c \'"where": "HRVCTL_HOME"\''
    )
    done = subprocess.run(
        ["bash", "-c", line], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.stdout, done.stderr) == (f"{home / 'dagster'}\n1\n", "")


def test_env_of_the_default_home_keeps_its_config_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """Naming the home would move the config file into it; the default one stays unnamed."""
    monkeypatch.delenv("HRVCTL_HOME", raising=False)
    words = [sys.executable, "-m", "hrvctl", "env"]
    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60)
    assert "HRVCTL_HOME" not in done.stdout
    assert done.stdout.startswith("export DAGSTER_HOME=")


def test_a_relative_place_is_the_one_seen_from_here(
    hrvctl: Hrvctl, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A scheduled run starts elsewhere; a tilde stays, it is the same everywhere."""
    (tmp_path / "notes").mkdir()
    monkeypatch.chdir(tmp_path)
    place = str(tmp_path / "notes")
    assert hrvctl("config", "set", "journal_folder", "notes").out.startswith(
        f"journal_folder = {place} in"
    )
    monkeypatch.chdir("/")
    assert hrvctl("--json", "config", "show").data["journal_folder"]["value"] == place
    hrvctl("config", "set", "journal_folder", "~/notes")
    assert hrvctl("--json", "config", "show").data["journal_folder"]["value"] == "~/notes"
