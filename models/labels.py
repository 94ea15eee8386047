"""Other models' label names to the field's standard names."""

from __future__ import annotations

import re
from collections.abc import Sequence

STANDARD = ("toxicity", "severe_toxicity", "obscene", "threat", "insult", "identity_attack", "conspiracy")

# Only names that mean the same thing on a model's own card. `neutral`, `LABEL_1` and the like stay what they are.
_STANDARD_NAME = {
    "toxic": "toxicity",
    "severe_toxic": "severe_toxicity",
    "identity_hate": "identity_attack",
    "identity_based_attack": "identity_attack",
    "hate": "identity_attack",
    "hateful": "identity_attack",
    "hate_speech": "identity_attack",
    "offensive": "toxicity",
    "abusive": "toxicity",
    "insulting": "insult",
    "insults": "insult",
    "threatening": "threat",
    "threats": "threat",
    "obscenity": "obscene",
    "profanity": "obscene",
    "conspiracy_theory": "conspiracy",
}


def standard_names(labels: Sequence[str]) -> tuple[str, ...]:
    """Map a model's labels, in order, to names for `scores`.

    A label of the table gets its standard name; any other keeps its own in lower case with underscores, so that
    `scores` shows everything the model says, and flags, which ask for standard names, do not misread it. Where two
    labels claim one name, the exact or first one has it and the other keeps its own.
    """
    own = [re.sub(r"\W+", "_", label.strip().lower()).strip("_") or f"label_{at}" for at, label in enumerate(labels)]
    taken = set(own)
    names = []
    for name in own:
        standard = _STANDARD_NAME.get(name, name)
        if standard != name:
            standard = name if standard in taken else standard
            taken.add(standard)
        names.append(standard)
    return tuple(names)
