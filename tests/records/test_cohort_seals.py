"""The seal of a cohort's evening: what its root fixes, and what a proof needs and tells."""

import hashlib
import json
from dataclasses import asdict, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrvctl.records import NO_HASH, merkle
from hrvctl.records.cohort_seals import (
    CohortForecast,
    Proof,
    Seal,
    chain_faults,
    evening_root,
    prove,
    published_faults,
)

ZONE = ZoneInfo("Europe/Berlin")
FIRST = date(2026, 3, 10)
SALT = bytes(range(32))
FORECAST = CohortForecast(
    subject="Zoë K.",
    target=date(2026, 3, 11),
    source="hierarchical",
    metric="hrv_rmssd_ms",
    measured_by="whoop",
    as_of=FIRST,
    mean=61.23456789,
    quantiles={0.9: 70.0, 0.1: 52.1234564, 0.5: 61},
    inputs_sha256="ab" * 32,
)
WRITTEN = (
    '["Zoë K.","2026-03-11","hierarchical","hrv_rmssd_ms","whoop","2026-03-10",61.234568,'
    '{"0.1":52.123456,"0.5":61.0,"0.9":70.0},"' + "ab" * 32 + '"]'
)


def seal(evening=FIRST, before=None, forecasts_root="11" * 32):
    return Seal.after(
        before,
        evening=evening,
        zone=ZONE.key,
        day_starts_at="04:00",
        sealed_at=datetime.combine(evening, datetime.min.time(), ZONE).replace(hour=22),
        n=3,
        n_chunks=1,
        made={"model_version": "7", "hrvctl": "0.3.0"},
        forecasts_root=forecasts_root,
    )


def chain(n):
    seals = []
    for day in range(n):
        before = seals[-1] if seals else None
        seals.append(seal(FIRST + timedelta(days=day), before, f"{day:064x}"))
    return seals


def test_a_forecast_has_one_written_form() -> None:
    """Round-off, the order of the levels and whole numbers make no difference."""
    assert FORECAST.written() == WRITTEN.encode()
    same = FORECAST._replace(mean=61.2345680001, quantiles={0.1: 52.123456, 0.5: 61.0, 0.9: 70})
    assert same.written() == FORECAST.written()


def test_a_leaf_is_the_hash_of_salt_and_forecast() -> None:
    expected = hashlib.sha256(b"\x00" + SALT + WRITTEN.encode()).digest()
    assert FORECAST.leaf(SALT) == expected
    assert FORECAST.leaf(bytes(32)) != expected


@pytest.mark.parametrize("length", [0, 16, 33])
def test_a_salt_has_its_length(length) -> None:
    with pytest.raises(ValueError, match="salt"):
        FORECAST.leaf(bytes(length))


def test_a_number_that_is_none_is_not_sealed() -> None:
    with pytest.raises(ValueError, match="JSON"):
        FORECAST._replace(mean=float("nan")).leaf(SALT)


def test_the_root_of_a_seal_is_over_all_of_it() -> None:
    one = seal()
    header = (
        '{"v":1,"evening":"2026-03-10","zone":"Europe/Berlin","day_starts_at":"04:00",'
        '"sealed_at":"2026-03-10T22:00:00+01:00","n":3,"n_chunks":1,'
        '"made":{"hrvctl":"0.3.0","model_version":"7"}}'
    )
    assert one.header == header
    content = bytes.fromhex(NO_HASH) + bytes.fromhex("11" * 32) + header.encode()
    assert one.root == hashlib.sha256(content).hexdigest()


def test_a_whole_chain_has_no_faults() -> None:
    assert chain_faults(chain(5)) == ()
    assert chain_faults(reversed(chain(5))) == ()
    assert chain_faults([]) == ()


@pytest.mark.parametrize(
    "change",
    [
        {"n": 4},
        {"zone": "UTC"},
        {"sealed_at": datetime(2026, 3, 12, 21, tzinfo=ZONE)},
        {"made": {}},
        {"forecasts_root": "22" * 32},
        {"forecasts_root": "no hash"},
        {"forecasts_root": "22"},
    ],
)
def test_a_changed_seal_is_named(change) -> None:
    seals = chain(4)
    seals[2] = replace(seals[2], **change)
    assert chain_faults(seals) == (
        "the seal of 2026-03-12 was changed after it was made: its root is another",
    )


def test_a_seal_made_anew_does_not_fit_the_next() -> None:
    seals = chain(4)
    seals[1] = seal(seals[1].evening, seals[0], "ff" * 32)
    assert chain_faults(seals) == (
        "the seal of 2026-03-12 does not follow that of 2026-03-11:"
        " one of them was replaced, or one between them is missing",
    )


@pytest.mark.parametrize(
    ("lost", "fault"),
    [
        (0, "a seal before that of 2026-03-11 is missing"),
        (
            2,
            "the seal of 2026-03-13 does not follow that of 2026-03-11:"
            " one of them was replaced, or one between them is missing",
        ),
    ],
)
def test_a_missing_seal_is_named(lost, fault) -> None:
    seals = chain(4)
    del seals[lost]
    assert chain_faults(seals) == (fault,)


def test_the_last_seals_are_missed_by_what_was_published() -> None:
    """The chain alone cannot show that its end was cut off."""
    seals = chain(4)
    published = {each.evening: each.root for each in seals}
    assert published_faults(seals, published) == ()
    assert chain_faults(seals[:3]) == ()
    assert published_faults(seals[:3], published) == (
        "the seal of 2026-03-13 is missing, whose root was published",
    )
    anew = seal(seals[3].evening, seals[2], "ff" * 32)
    assert published_faults([*seals[:3], anew], published) == (
        "the seal of 2026-03-13 has another root than was published",
    )


def test_a_seal_made_in_the_morning_is_named() -> None:
    late = datetime(2026, 3, 11, 4, 0, tzinfo=ZONE)
    fields = asdict(seal()) | {"sealed_at": late}
    del fields["prev"], fields["root"]
    assert chain_faults([Seal.after(None, **fields)]) == (
        "the seal of 2026-03-10 was made at 2026-03-11 04:00:00+01:00, when its morning had begun",
    )


def test_times_that_run_back_are_named() -> None:
    first, second = chain(2)
    fields = asdict(second) | {"sealed_at": datetime(2026, 3, 10, 21, tzinfo=ZONE)}
    del fields["prev"], fields["root"]
    assert chain_faults([first, Seal.after(first, **fields)]) == (
        "the seal of 2026-03-11 was made before that of 2026-03-10: a clock was wrong",
    )


@st.composite
def sealed_evenings(draw):
    """A sealed evening of some chunks, and the place of one of its forecasts."""
    sizes = draw(st.lists(st.integers(1, 9), min_size=1, max_size=9))
    people = iter(range(sum(sizes)))
    chunks = [[FORECAST._replace(subject=f"p{next(people)}") for _ in range(n)] for n in sizes]
    chunk = draw(st.integers(0, len(chunks) - 1))
    return chunks, chunk, draw(st.integers(0, sizes[chunk] - 1))


def salt_of(forecast):
    return hashlib.sha256(forecast.subject.encode()).digest()


def proof_of(chunks, chunk, index):
    leaves = [[each.leaf(salt_of(each)) for each in of] for of in chunks]
    roots = [merkle.root(of) for of in leaves]
    one = seal(before=seal(FIRST - timedelta(days=1)), forecasts_root=evening_root(roots))
    forecast = chunks[chunk][index]
    return one, prove(
        one,
        forecast,
        salt_of(forecast),
        leaves=leaves[chunk],
        chunk_roots=roots,
        chunk=chunk,
    )


@given(sealed_evenings())
def test_every_forecast_is_proved_by_the_root_alone(evening) -> None:
    """Also when the proof was written to a file."""
    one, proof = proof_of(*evening)
    assert Proof(**json.loads(json.dumps(asdict(proof)))).root() == one.root


@given(sealed_evenings(), st.data())
def test_nothing_else_is_proved(evening, data) -> None:
    """Another forecast, salt, header or evening before has another root."""
    one, proof = proof_of(*evening)
    change = data.draw(
        st.sampled_from(
            [
                {"forecast": proof.forecast.replace("61.234568", "61.234569")},
                {"salt": "00" * 32},
                {"header": proof.header.replace("Berlin", "Paris")},
                {"prev": NO_HASH},
            ]
        )
    )
    assert replace(proof, **change).root() != one.root


def test_a_proof_tells_nothing_of_others() -> None:
    """Names and values of the other people are in no part of it."""
    chunks = [[FORECAST._replace(subject=f"person {n}") for n in range(8)] for _ in range(2)]
    _, proof = proof_of(chunks, 1, 3)
    text = json.dumps(asdict(proof))
    assert "person 3" in text
    assert not [n for n in range(8) if n != 3 and f"person {n}" in text]


def test_a_forecast_that_was_not_sealed_has_no_proof() -> None:
    with pytest.raises(ValueError, match="not in"):
        prove(seal(), FORECAST, SALT, leaves=[bytes(32)], chunk_roots=[bytes(32)], chunk=0)
