"""What every source promises; a new source inherits this class and names itself."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hrvctl.errors import DataError
from hrvctl.records import FIRST_PLAUSIBLE_DAY, PLAUSIBLE, Reading
from hrvctl.sources import registry
from hrvctl.sources.kit.protocol import JointSource, Source
from sources.exports import document_of, fixtures, open_one


class SourceConformance:
    """Inherit, and set ``source``; its fixtures lie in ``tests/data/sources/<name>``.

    ``parts`` names the kinds that say nothing without the files beside them. Where
    ``keeps_origins``, rows carry the name of the source that first read them, not of this one, so
    that two of them may speak of one day and metric.
    """

    source: Source
    keeps_origins = False
    parts: frozenset[str] = frozenset()

    def cases(self) -> list[tuple[Path, bytes]]:
        """Each fixture and its bytes; at least one, or the promises below would be empty."""
        found = [(path, path.read_bytes()) for path in fixtures(self.source.name)]
        assert found
        return found

    def read(self, content: bytes, today: date) -> Reading:
        """Read bytes as this source's document."""
        return self.source.read(document_of(content), today=today)

    def test_it_is_found_under_its_name(self) -> None:
        """A registered source can be insisted on, and its records carry its name."""
        assert [s.name for s in registry.find_sources(self.source.name)] == [self.source.name]

    def test_reading_names_its_source_and_the_kind_identified(self, today: date) -> None:
        """What identify said is what read says."""
        for path, _ in self.cases():
            document = open_one(path)
            reading = self.source.read(document, today=today)
            assert reading.source == self.source.name
            assert reading.kind == self.source.identify(document)
            assert reading.file == path.name

    def test_fixtures_read_without_fault_and_give_something(self, today: date) -> None:
        """Every fixture is a sound export."""
        for path, content in self.cases():
            reading = self.read(content, today)
            assert reading.problems == (), path
            if reading.kind in self.parts:
                assert reading.warnings, path
                continue
            rows = reading.measurements or reading.workouts or reading.journal or reading.notes
            assert rows, path

    def test_records_are_ordered_and_unique(self, today: date) -> None:
        """Measurements by (day, metric), answers by (day, tag), workouts by start: each once.

        Of one source, that is; where rows keep their origins, each of them has its own.
        """
        for path, content in self.cases():
            reading = self.read(content, today)
            measured = [(m.day, m.metric.value, m.source) for m in reading.measurements]
            answered = [(e.day, e.tag, e.source) for e in reading.journal]
            trained = [(w.start_at, w.source) for w in reading.workouts]
            sources = {source for *_, source in (*measured, *answered, *trained)}
            assert self.keeps_origins or sources <= {self.source.name}, path
            for keys in (measured, answered, trained):
                assert keys == sorted(set(keys)), path

    def test_values_are_plausible_and_instants_aware(self, today: date) -> None:
        """No value outside the plausible range, no instant without a zone, no window backwards."""
        for _, content in self.cases():
            for m in self.read(content, today).measurements:
                low, high = PLAUSIBLE[m.metric]
                assert low <= m.value <= high
                assert self.keeps_origins == (m.source != self.source.name)
                assert FIRST_PLAUSIBLE_DAY <= m.day <= today
                for moment in (m.start_at, m.end_at):
                    assert moment is None or moment.utcoffset() is not None
                assert not (m.start_at and m.end_at) or m.start_at < m.end_at

    def test_reading_twice_says_the_same(self, today: date) -> None:
        """Reading has no memory."""
        for _, content in self.cases():
            assert self.read(content, today) == self.read(content, today)

    def test_an_empty_file_is_nobodys(self, today: date) -> None:
        """Nothing is recognised in nothing, and reading it all the same does not fail."""
        assert self.source.identify(document_of(b"")) is None
        assert self.read(b"", today).measurements == ()

    def test_a_truncated_file_gives_faults_and_never_an_exception(self, today: date) -> None:
        """Cut at every tenth, a file is refused, or read with what is wrong named."""
        for _, content in self.cases():
            for tenth in range(10):
                cut = document_of(content[: len(content) * tenth // 10])
                try:
                    reading = registry.read(cut, today=today)
                except DataError:
                    continue  # refused, since too little is left to recognise
                assert reading.problems or reading.n_rows < self.read(content, today).n_rows

    @pytest.mark.parametrize("change", ["crlf", "cr", "bom", "no final newline", "utf-16"])
    def test_line_ends_and_encodings_do_not_matter(self, change: str, today: date) -> None:
        """The same text saved by another program is the same reading; no text is not tried."""
        for path, content in self.cases():
            if b"\0" in content:
                continue
            reading = self.read(content, today)
            again = self.read(_resaved(content, change), today)
            if "\n" in "".join(entry.note for entry in reading.journal):
                # a line end inside a quoted note is the person's own, and changes with the file
                again = replace(again, journal=reading.journal)
            assert again == reading, (path, change)

    def test_identify_never_raises(self) -> None:
        """Any bytes at all are recognised or not."""

        @given(content=st.binary(max_size=300))
        @settings(max_examples=60, deadline=None)
        def law(content: bytes) -> None:
            kind = self.source.identify(document_of(content))
            assert kind is None or kind

        law()

    def test_reading_a_damaged_export_never_raises(self) -> None:
        """Some bytes overwritten anywhere in a sound export: faults are told, not thrown."""

        @given(
            case=st.sampled_from(self.cases()),
            place=st.floats(0, 1, exclude_max=True),
            junk=st.binary(max_size=6),
        )
        @settings(max_examples=60, deadline=None)
        def law(case: tuple[Path, bytes], place: float, junk: bytes) -> None:
            content = case[1]
            start = int(place * len(content))
            damaged = content[:start] + junk + content[start + len(junk) :]
            for m in self.read(damaged, date(2025, 5, 10)).measurements:
                assert PLAUSIBLE[m.metric].low <= m.value <= PLAUSIBLE[m.metric].high

        law()

    def test_files_read_together_are_told_one_by_one(self, today: date) -> None:
        """A joint source gives one reading for each document, in their order."""
        documents = [open_one(path) for path, _ in self.cases()]
        readings = registry.read_all(documents, today=today).readings
        assert [reading.file for reading in readings] == [d.name for d in documents]
        if isinstance(self.source, JointSource):
            assert self.source.read_together([], today=today) == []


def _resaved(content: bytes, change: str) -> bytes:
    if change == "crlf":
        return content.replace(b"\n", b"\r\n")
    if change == "cr":
        return content.replace(b"\n", b"\r")
    if change == "bom":
        return b"\xef\xbb\xbf" + content
    if change == "utf-16":
        return content.decode().encode("utf-16")
    return content.rstrip(b"\n")
