"""Admission: a whole request or none of it, by an exact amount. Pure: times are arguments."""

from __future__ import annotations

from service.engine.errors import Overloaded

_MEMORY = 0.95  # weight of the past per measurement: about the last twenty count
_FIRST_GUESS_S = 1.0  # before anything was measured


class Rate:
    """Amount per second of busy time, from the last measurements."""

    def __init__(self) -> None:
        self._amount = 0.0
        self._seconds = 0.0

    def measured(self, amount: int, seconds: float) -> None:
        """Add one measurement; the earlier ones fade."""
        self._amount = self._amount * _MEMORY + amount
        self._seconds = self._seconds * _MEMORY + seconds

    @property
    def known(self) -> bool:
        """Whether anything was measured."""
        return self._amount > 0

    def seconds_for(self, amount: float) -> float:
        """How long `amount` takes at this rate."""
        return amount * self._seconds / self._amount if self._amount > 0 else _FIRST_GUESS_S


class Admission:
    """An account with a limit. noun: of the unit, for the error text.

    An empty account takes any amount, so that there is no request that can never be admitted; otherwise the limit is
    kept exactly.
    """

    def __init__(self, limit: int, noun: str, rate: Rate) -> None:
        self.held = 0
        self._limit = limit
        self._noun = noun
        self._rate = rate

    def check(self, amount: int) -> None:
        """Raise `Overloaded` where `amount` would not be admitted now."""
        excess = self.held + amount - self._limit
        if self.held and excess > 0:
            raise Overloaded(
                f"the queue is full: {self.held} {self._noun} wait, the limit is {self._limit}",
                retry_after_s=self._rate.seconds_for(min(excess, self.held)),
            )

    def admit(self, amount: int) -> None:
        """Hold `amount`, or raise `Overloaded` and hold nothing."""
        self.check(amount)
        self.held += amount

    def release(self, amount: int) -> None:
        """Give back what was admitted."""
        self.held -= amount
