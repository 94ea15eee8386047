"""Probabilities and log-odds: the scale on which flags add up what speaks for and against them."""

from __future__ import annotations

import math

from service.flags.context import Thresholds
from service.flags.types import FlagType, Severity

_EDGE = 1e-6


def odds(probability: float) -> float:
    """Log-odds of a probability; finite for 0 and 1."""
    clipped = min(max(probability, _EDGE), 1.0 - _EDGE)
    return math.log(clipped / (1.0 - clipped))


def chance(log_odds: float) -> float:
    """The probability of log-odds."""
    if log_odds >= 0:
        return 1.0 / (1.0 + math.exp(-log_odds))
    return math.exp(log_odds) / (1.0 + math.exp(log_odds))


def severity_of(kind: FlagType, score: float, thresholds: Thresholds) -> Severity:
    """How grave a flag of this score is by the policy's limits."""
    if score >= thresholds.high[kind]:
        return "high"
    return "medium" if score >= thresholds.medium[kind] else "low"
