"""Record the person's guesses of a morning's HRV, and seal them in the ledger."""

from dataclasses import dataclass
from datetime import date, timedelta

from hrvctl.domain.journal import check_guess, counting_guess
from hrvctl.domain.seal_times import check_morning
from hrvctl.errors import SealRefused, UsageError
from hrvctl.records import Guess
from hrvctl.store.database import Store, open_store
from hrvctl.store.ledger import has_outcome, load_guesses, save_guess
from hrvctl.usecases.history import load_spans
from hrvctl.usecases.seals import seal_guess
from hrvctl.usecases.workspace import Evening, Workspace, writing

# Most days ahead of a guess (own choice: as far as the models forecast; more is a slip).
MOST_DAYS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class GuessResult:
    """A guess given by command.

    Attributes:
        guess: The guess.
        n_sealed: Rows added to the ledger.
        before_ms: The guess that counted before; ``None`` without one.
    """

    guess: Guess
    n_sealed: int
    before_ms: float | None = None

    @property
    def is_new(self) -> bool:
        """Whether another guess, or none, counted before."""
        return self.before_ms != self.guess.hrv_ms


def guess_morning(
    workspace: Workspace, subject: str, hrv_ms: float, *, target: date | None, dry_run: bool
) -> GuessResult:
    """Record a guess for a morning and seal it.

    Raises:
        DataError: It is not an HRV a person can have.
        SealRefused: Its morning has begun, or its outcome is known.
        UsageError: Its morning is too far ahead.
    """
    now = workspace.clock()
    today = workspace.today()
    target = target or today + timedelta(days=1)
    guess = Guess(target=target, hrv_ms=check_guess(hrv_ms), made_at=now)
    check_morning(target, now, workspace.day_starts_at)
    if (ahead := (target - today).days) > MOST_DAYS:
        raise UsageError(
            f"{target} is {ahead} days ahead",
            hint=f"a guess is for one of the next {MOST_DAYS} mornings",
        )
    if dry_run:
        if workspace.home.exists():
            with open_store(workspace.home, write=False) as store:
                _check_unknown(store, subject, target)
        return GuessResult(guess=guess, n_sealed=0)
    with writing(workspace) as store:
        before = counting_guess(load_guesses(store, subject), target)
        n_sealed = save_and_seal_guess(store, workspace, subject, guess)
    before_ms = before.hrv_ms if before else None
    return GuessResult(guess=guess, n_sealed=n_sealed, before_ms=before_ms)


def save_and_seal_guess(store: Store, workspace: Workspace, subject: str, guess: Guess) -> int:
    """Record a guess and seal it; returns the number of rows added to the ledger.

    Raises:
        SealRefused: Its morning had begun, or its outcome is known.
    """
    with store.transaction():
        _check_unknown(store, subject, guess.target)
        save_guess(store, subject, guess)
        return seal_guess(store, workspace, workspace.evening(subject), guess.target)


def record_guess(store: Store, workspace: Workspace, evening: Evening, hrv_ms: float) -> None:
    """Record a guess for the morning after an evening; the run seals it with the models' forecasts.

    Raises:
        SealRefused: The evening is a replay, or its morning has begun or its outcome is known.
        DataError: It is not an HRV a person can have.
    """
    if not evening.is_live:
        raise SealRefused("a guess belongs to a live evening, not to a replay")
    target = evening.as_of + timedelta(days=1)
    guess = Guess(target=target, hrv_ms=check_guess(hrv_ms), made_at=workspace.clock())
    check_morning(target, guess.made_at, workspace.day_starts_at)
    _check_unknown(store, evening.subject, target)
    save_guess(store, evening.subject, guess)


def _check_unknown(store: Store, subject: str, target: date) -> None:
    spans = load_spans(store, subject)
    if spans and has_outcome(store, subject, target, spans[0].metric, spans[0].measured_by):
        raise SealRefused(
            f"the HRV of {target} is known already: it is too late for a guess",
            hint="if that date is in the future, see `hrvctl doctor` about this machine's clock",
        )


def is_new_guess(store: Store, subject: str, target: date, hrv_ms: float) -> bool:
    """Whether another guess, or none, counts for a morning."""
    counting = counting_guess(load_guesses(store, subject), target)
    return counting is None or counting.hrv_ms != hrv_ms
