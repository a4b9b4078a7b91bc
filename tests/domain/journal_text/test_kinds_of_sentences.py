"""The reader reads none of these corpora wrongly, by the kinds of misreading they invite."""

from domain.journal_text.corpora import faults, parts_of, rows_of
from hrvctl.domain.journal_text.languages import with_languages

PARTS = {
    "kinds_of": ("", "_anew", "_third", "_fourth", "_fifth", "_sixth"),
    "everyday": (
        "",
        "_second",
        "_third",
        "_fourth",
        "_fifth",
        "_sixth",
        "_seventh",
        "_eighth",
        "_ninth",
        "_tenth",
    ),
}
CORPORA = [f"{corpus}_sentences{part}.txt" for corpus, parts in PARTS.items() for part in parts]
ROWS = tuple(row for name in CORPORA for row in rows_of(name))


def test_corpora_have_1500_sentences_half_of_them_negative() -> None:
    """Each sentence is in them once; about half state nothing that must be read."""
    assert len(ROWS) == len({text for _, text, _ in ROWS}) >= 1500
    n_negative = sum(all(part.endswith("?") for part in parts_of(label)) for *_, label in ROWS)
    assert 0.4 <= n_negative / len(ROWS) <= 0.75


def test_no_sentence_of_the_corpora_is_read_wrongly() -> None:
    """Nothing is read that is not stated, and what is clearly stated is read."""
    assert faults(ROWS, with_languages()) == {}
