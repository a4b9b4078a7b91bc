"""The forest plot in the terminal: a line a person, the mean of all, and one more person."""

from hypothesis import given
from hypothesis import strategies as st

from hrvctl.cli.forest_picture import ASCII, BLOCKS, MOST_PEOPLE, picture
from hrvctl.domain.artifacts.effects import HrvChange
from hrvctl.domain.cohorts.effects import PersonEffect, percent, pool_people

USUAL_MS = 50.0


def person(subject, b, error):
    ends = [percent(end) for end in (b, b - 1.96 * error, b + 1.96 * error)]
    pct, pct_low, pct_high = ends
    ms, ms_low, ms_high = (USUAL_MS * end / 100 for end in ends)
    return subject, PersonEffect(
        subject=subject,
        n_yes=10,
        n_no=20,
        b=b,
        error=error,
        usual_ms=USUAL_MS,
        change=HrvChange(
            pct=pct, pct_low=pct_low, pct_high=pct_high, ms=ms, ms_low=ms_low, ms_high=ms_high
        ),
    )


def test_a_small_picture_is_this_one() -> None:
    """From the lowest effect up, zero in every line, an interval that does not fit cut off."""
    people = [
        person("Anna", -0.1, 0.02),
        person("Ben", 0.02, 0.3),
        person("Cara of the very long name", -0.06, 0.02),
        ("Dan", "have 3 yes, need 8"),
    ]
    assert picture(pool_people("wine", people), width=80, signs=ASCII) == (
        "Anna                  -10 % (-13 to -6)  -5 ms              -o- |\n"
        "Cara of the very ...    -6 % (-9 to -2)  -3 ms               -o-|\n"
        "Ben                   +2 % (-43 to +84)  +1 ms    ---------------o------------->\n"
        "mean of 3              -8 % (-15 to +1)  -4 ms             ---#--\n"
        "one more person       -8 % (-35 to +32)  -4 ms      ..........#............."
    )


def test_of_one_person_there_is_no_mean() -> None:
    assert "mean" not in picture(
        pool_people("wine", [person("a", 0.1, 0.1)]), width=80, signs=ASCII
    )
    assert picture(pool_people("wine", []), width=80, signs=ASCII) == ""


def test_of_many_people_the_best_known_are_shown() -> None:
    people = [person(f"p{n:03}", 0.0, 0.01 + n / 1000) for n in range(100)]
    lines = picture(pool_people("wine", people), width=80, signs=BLOCKS).splitlines()
    assert len(lines) == MOST_PEOPLE + 2
    assert {line.split()[0] for line in lines[:-2]} == {f"p{n:03}" for n in range(MOST_PEOPLE)}
    assert lines[-2].startswith("mean of 100")


@given(
    st.lists(st.tuples(st.floats(-1, 1), st.floats(0.001, 0.5)), min_size=1, max_size=30),
    st.integers(80, 200),
)
def test_lines_fit_and_every_estimate_is_drawn(effects, width) -> None:
    people = [person(f"p{n}", b, error) for n, (b, error) in enumerate(effects)]
    lines = picture(pool_people("wine", people), width=width, signs=ASCII).splitlines()
    assert max(map(len, lines)) <= width
    for line in lines:
        assert line[-1] in "->o.#|"
        assert ("o" in line.partition("ms")[2]) or ("#" in line)
