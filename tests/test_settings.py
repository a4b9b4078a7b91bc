"""Where the home is, which value wins, and that every fault is told at once."""

from datetime import time
from pathlib import Path

import platformdirs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrvctl.errors import ConfigError
from hrvctl.records.choices import Agent, Model, Profile
from hrvctl.setting_values import as_text
from hrvctl.settings import (
    KEYS,
    About,
    Key,
    Settings,
    Value,
    check_subject,
    config_path,
    find_home,
    load_settings,
)


def load(home: Path, **options: str | None) -> Settings:
    """The settings of a command that was given these options."""
    return load_settings(home=home, options=options)


def write(home: Path, text: str) -> Path:
    """Put a config file into a home."""
    home.mkdir(exist_ok=True)
    path = home / "config.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_option_wins_over_environment_over_file_over_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each place is asked in its turn, and a value knows which one it came from."""
    assert (load(tmp_path).model, load(tmp_path).values["model"].origin) == ("auto", "default")
    path = write(tmp_path, 'model = "ses"\n')
    from_file = load(tmp_path).values["model"]
    assert (from_file.value, from_file.origin, from_file.where) == ("ses", "config file", str(path))
    monkeypatch.setenv("HRVCTL_MODEL", "ma7")
    named = load(tmp_path).values["model"]
    assert (named.value, named.origin, named.where) == ("ma7", "environment", "HRVCTL_MODEL")
    said = load(tmp_path, model="naive").values["model"]
    assert (said.value, said.origin, said.where) == ("naive", "option", "--model")


def test_home_option_wins_over_variable_over_user_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`--home`, then HRVCTL_HOME, then the user data folder; an empty variable is none."""
    default = platformdirs.user_data_path("hrvctl", appauthor=False)
    assert (find_home(None).value, find_home(None).origin) == (str(default), "default")
    monkeypatch.setenv("HRVCTL_HOME", "")
    assert find_home(None).origin == "default"
    monkeypatch.setenv("HRVCTL_HOME", str(tmp_path / "a"))
    assert (find_home(None).value, find_home(None).origin) == (str(tmp_path / "a"), "environment")
    assert find_home(tmp_path / "b").value == str(tmp_path / "b")


def test_home_is_made_absolute_and_tilde_is_the_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A relative home does not move with the working directory of a later command."""
    monkeypatch.chdir(tmp_path)
    assert find_home(Path("here")).value == str(tmp_path / "here")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert find_home(Path("~/there")).value == str(tmp_path / "there")


def test_home_of_an_unknown_user_is_a_fault_in_words() -> None:
    """`~nobody-here` is no folder, and no traceback either."""
    with pytest.raises(ConfigError, match="no such user"):
        find_home(Path("~no-such-user-here/x"))


def test_ambient_dagster_home_is_not_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DAGSTER_HOME belongs to whatever else the person runs."""
    before = find_home(None)
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "elsewhere"))
    assert find_home(None) == before


def test_config_lies_in_a_named_home_and_else_in_the_user_folder(tmp_path: Path) -> None:
    """A home that was named brings its own config file."""
    user = platformdirs.user_config_path("hrvctl", appauthor=False)
    assert config_path(find_home(None)) == user / "config.toml"
    assert config_path(find_home(tmp_path)) == tmp_path / "config.toml"


def test_all_faults_are_named_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A person corrects the configuration once, not fault by fault; the file's have their line."""
    path = write(tmp_path, '# mine\nmodle = "ses"\n\nprofile = 60\n')
    monkeypatch.setenv("HRVCTL_SUBJEKT", "me")
    monkeypatch.setenv("HRVCTL_SUBJECT", "Not Me")
    with pytest.raises(ConfigError, match="5 faults") as caught:
        load(tmp_path, model="best")
    said = "\n".join(caught.value.problems)
    for part in (
        f"{path}, line 2: unknown key 'modle', did you mean 'model'?",
        f"{path}, line 4: profile = 60: use one of: robust60, plews, hrv4t-like, javaloyes",
        "environment: unknown variable 'HRVCTL_SUBJEKT', did you mean 'HRVCTL_SUBJECT'?",
        "HRVCTL_SUBJECT: subject = 'Not Me': use 1 to 32 lower-case letters",
        "--model: model = 'best': use one of: auto",
    ):
        assert part in said


@pytest.mark.parametrize(
    "content", [b"model = ", b"\xff\xfe", b'model = "ses"\nmodel = "ma7"\n'], ids=str
)
def test_config_that_is_no_toml_is_named_with_its_file(tmp_path: Path, content: bytes) -> None:
    """A broken file is a fault of configuration, with the path to mend."""
    (tmp_path / "config.toml").write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        load(tmp_path)
    assert str(tmp_path / "config.toml") in caught.value.problems[0]


def test_defaults_pass_their_own_checks() -> None:
    """Every default is valid, as it is and as text, and every key is explained."""
    for name, key in KEYS.items():
        assert key.read(key.default) == key.read(as_text(key.default)) == key.default
        assert key.about.help.endswith(".")
        assert key.variable == f"HRVCTL_{name.upper()}"


@pytest.mark.parametrize("text", ["keep_runs = 30", 'keep_runs = "30"'])
def test_number_is_a_number_however_it_is_written(tmp_path: Path, text: str) -> None:
    """TOML's own number and the same as text give an int; its text and origin stay."""
    path = write(tmp_path, f"{text}\n")
    settings = load(tmp_path)
    assert settings.keep_runs + 1 == 31
    found = settings.values["keep_runs"]
    assert (found.value, found.origin, found.where) == ("30", "config file", str(path))


def test_environment_and_options_are_read_from_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither has types of its own; each value has that of its key."""
    monkeypatch.setenv("HRVCTL_KEEP_DAYS", "90")
    monkeypatch.setenv("HRVCTL_SCHEDULE_AT", "07:05")
    settings = load(tmp_path, model="ses", profile="hrv4t-like", agent="llm")
    assert settings.keep_days == 90
    assert settings.schedule_at == time(7, 5)
    assert settings.model is Model.SES
    assert settings.profile is Profile.HRV4T_LIKE
    assert settings.agent is Agent.LLM


def test_time_may_be_toml_s_own(tmp_path: Path) -> None:
    """`schedule_at = 22:15:00` is a time of TOML; `"22:15"` is the same."""
    write(tmp_path, "schedule_at = 22:15:00\n")
    assert load(tmp_path).schedule_at == time(22, 15)
    assert load(tmp_path).text("schedule_at") == "22:15"


@pytest.mark.parametrize(
    ("default", "raw", "value"),
    [
        (False, True, True),
        (False, "true", True),
        (True, "false", False),
        ((), ["a", "b c"], ("a", "b c")),
        ((), "a, b c", ("a", "b c")),
        ((), "", ()),
        (("x",), [], ()),
    ],
)
def test_truth_values_and_lists_are_read(default: Value, raw: object, value: Value) -> None:
    """From TOML's own types and from text, where a list's parts are between commas."""
    key = Key("key", default, About("A key."))
    assert key.read(raw) == value
    assert type(key.read(raw)) is type(value)
    assert key.read(as_text(value)) == value


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("keep_runs = 0", "keep_runs = 0: give a whole number of evenings, 1 to 10000"),
        ("keep_runs = true", "keep_runs = true: give a whole number of evenings, 1 to 10000"),
        ("keep_runs = 1.5", "keep_runs = 1.5: give a whole number of evenings, 1 to 10000"),
        ('keep_runs = "many"', "keep_runs = 'many': give a whole number of evenings, 1 to 10000"),
        ("llm_model = 4", "llm_model = 4: write it as text, in quotes"),
        ("model = [1]", "model = [1]: use one of: auto, hierarchical"),
        ("schedule_at = 25", 'schedule_at = 25: give a time as HH:MM, for example "21:30"'),
        ('schedule_at = "9pm"', "schedule_at = '9pm': give a time as HH:MM"),
        ("schedule_at = 21:30:15", 'give a time as HH:MM, for example "21:30"'),
        ("[subject]", "subject = {}: write it as text, in quotes"),
    ],
)
def test_value_of_another_type_is_named_with_what_is_accepted(
    tmp_path: Path, line: str, fault: str
) -> None:
    """File, line, key, value, and what to write instead."""
    path = write(tmp_path, f"# mine\n{line}\n")
    with pytest.raises(ConfigError) as caught:
        load(tmp_path)
    (problem,) = caught.value.problems
    assert problem.startswith(f"{path}, line 2: ")
    assert fault in problem


@pytest.mark.parametrize(
    ("default", "raw", "fault"),
    [
        (False, 1, "use true or false"),
        (False, "yes", "use true or false"),
        ((), 3, "give a list of texts"),
        ((), [1], "give a list of texts"),
    ],
)
def test_truth_value_or_list_of_another_type_is_refused(
    default: Value, raw: object, fault: str
) -> None:
    """It is never guessed what was meant."""
    with pytest.raises(ValueError, match=fault):
        Key("key", default, About("A key.")).read(raw)


@given(st.text(max_size=40))
def test_subject_that_passes_is_safe_as_a_folder(name: str) -> None:
    """Whatever passes is one plain path component, the same in any case-blind file system."""
    if not check_subject(name):
        assert Path(name).name == name == name.lower()
        assert name.isascii()
        assert 0 < len(name) <= 32


@pytest.mark.parametrize("name", ["", ".", "..", "../me", "Me", "a/b", "a b", "-x", "é", "a\n"])
def test_subject_that_could_leave_its_folder_is_refused(name: str) -> None:
    """A name is refused when it could be a path, an option, or two names in one folder."""
    assert check_subject(name)
