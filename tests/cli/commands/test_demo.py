"""`hrvctl demo`: a made-up export, and no other file replaced."""

from collections.abc import Callable
from pathlib import Path

import pytest

from cli.homes import tree
from conftest import Result

Hrvctl = Callable[..., Result]


@pytest.mark.parametrize("words", [(), ("--force",)])
def test_an_export_of_the_persons_own_is_not_replaced(
    hrvctl: Hrvctl, tmp_path: Path, words: tuple[str, ...]
) -> None:
    """Its files have the names that the made-up export would have."""
    (tmp_path / "whoop").mkdir()
    (tmp_path / "whoop" / "sleeps.csv").write_text("mine")
    refused = hrvctl("demo", tmp_path / "whoop", *words)
    assert refused.code == 2
    assert "did not make: sleeps.csv" in refused.err
    assert list(tree(tmp_path / "whoop")) == ["sleeps.csv"]
    assert (tmp_path / "whoop" / "sleeps.csv").read_text() == "mine"


def test_an_earlier_made_up_export_is_replaced_by_force_unless_it_was_changed(
    hrvctl: Hrvctl, tmp_path: Path
) -> None:
    """A changed file may have become the person's own."""
    folder = tmp_path / "demo"
    assert hrvctl("demo", folder, "--days", "30").code == 0
    first = tree(folder)
    assert hrvctl("demo", folder, "--days", "40").code == 2
    assert tree(folder) == first
    assert hrvctl("demo", folder, "--days", "40", "--force").code == 0
    assert tree(folder) != first
    with (folder / "sleeps.csv").open("a") as file:
        file.write("mine")
    changed = tree(folder)
    assert hrvctl("demo", folder, "--force").code == 2
    assert tree(folder) == changed


def test_a_negative_seed_is_a_wrong_option(hrvctl: Hrvctl, tmp_path: Path) -> None:
    """It is named, and nothing is written."""
    assert hrvctl("demo", tmp_path / "demo", "--seed", "-1").code == 2
    assert not (tmp_path / "demo").exists()
