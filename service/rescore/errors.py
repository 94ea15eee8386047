"""Errors of rescoring; each message is one line that says what to do.

RescoreError
├── InputError    the input cannot be read as it was asked for
├── OutputError   the output cannot be written where it was asked for
└── ChangedError  the output was begun from another input, model or policy, or with other options
"""

from __future__ import annotations


class RescoreError(ValueError):
    """What an operator can put right."""


class InputError(RescoreError):
    """The input, or a column of it, cannot be read as asked for."""


class OutputError(RescoreError):
    """The output cannot be written there."""


class ChangedError(RescoreError):
    """The run cannot go on with what is there."""
