"""Perspective's attributes and where their scores come from: the model's calibrated labels, and our own flags."""

from __future__ import annotations

from collections.abc import Collection
from types import MappingProxyType
from typing import Final

from service.flags import PostContext, Thresholds, flag_post
from service.flags.types import FlagType
from service.moderation import Rated

_SUFFIX: Final = "_EXPERIMENTAL"

LABELS: Final = MappingProxyType(
    {
        "TOXICITY": "toxicity",
        "SEVERE_TOXICITY": "severe_toxicity",
        "IDENTITY_ATTACK": "identity_attack",
        "INSULT": "insult",
        "PROFANITY": "obscene",
        "THREAT": "threat",
    }
)

# Ours. A slur is found by the lexicon and weighed by its context; conspiracy needs the model's label too.
FLAGS: Final = MappingProxyType[str, FlagType]({"SLUR": "slur", "CONSPIRACY": "conspiracy"})

# Attributes of the original that nothing here scores: an error, or left out with dropUnsupportedAttributes.
UNSCORED: Final = frozenset(
    [
        "SEXUALLY_EXPLICIT",
        "FLIRTATION",
        "TOXICITY_FAST",
        "ATTACK_ON_AUTHOR",
        "ATTACK_ON_COMMENTER",
        "INCOHERENT",
        "INFLAMMATORY",
        "LIKELY_TO_REJECT",
        "OBSCENE",
        "SPAM",
        "UNSUBSTANTIAL",
        "AFFINITY_EXPERIMENTAL",
        "COMPASSION_EXPERIMENTAL",
        "CONSTRUCTIVE_EXPERIMENTAL",
        "CURIOSITY_EXPERIMENTAL",
        "NUANCE_EXPERIMENTAL",
        "PERSONAL_STORY_EXPERIMENTAL",
        "REASONING_EXPERIMENTAL",
        "RESPECT_EXPERIMENTAL",
        "ALIENATION_EXPERIMENTAL",
        "FEARMONGERING_EXPERIMENTAL",
        "GENERALIZATION_EXPERIMENTAL",
        "MORAL_OUTRAGE_EXPERIMENTAL",
        "POWER_APPEAL_EXPERIMENTAL",
        "SCAPEGOATING_EXPERIMENTAL",
    ]
)

_ZERO: Final = MappingProxyType[FlagType, float]({"slur": 0.0, "harassment": 0.0, "conspiracy": 0.0})
_OPEN: Final = Thresholds(flag=_ZERO)  # so that a flag's score is there also below the policy's limit


def canonical(name: str) -> str:
    """The attribute behind an alias: TOXICITY for TOXICITY_EXPERIMENTAL."""
    short = name.removesuffix(_SUFFIX)
    return short if short in LABELS else name


def scored_attributes(labels: Collection[str]) -> frozenset[str]:
    """The attributes, without aliases, that a model with these labels can score."""
    scored = {name for name, label in LABELS.items() if label in labels} | {"SLUR"}
    return frozenset(scored | ({"CONSPIRACY"} if "conspiracy" in labels else set()))


def is_known(name: str) -> bool:
    """Whether the original had the attribute, or we do."""
    return canonical(name) in LABELS or name in FLAGS or name in UNSCORED


def attribute_values(rated: Rated, names: Collection[str]) -> dict[str, float]:
    """The value in 0..1 of each attribute for one rated text. names: without aliases, each one scored by the model."""
    values = {name: rated.scores[LABELS[name]] for name in names if name in LABELS}
    own = [name for name in names if name in FLAGS]
    if own:
        found = flag_post(PostContext(rated.post.text), rated.scores, rated.matches, lambda _: (), _OPEN)
        by_type = {flag.type: flag.score for flag in found}
        values |= {name: by_type.get(FLAGS[name], 0.0) for name in own}
    return values
