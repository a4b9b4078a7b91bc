"""`hrvctl config` and `hrvctl env`: what is set, where from, and for Dagster's own tools."""

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
