"""ModelError: why a model cannot be opened, and what to do about it."""

from __future__ import annotations


class ModelError(RuntimeError):
    """A model that cannot be opened. The message names the file, its origin and the remedy.

    code: `unknown_model`, `files_missing`, `runtime_missing`, `bad_model`, `unsafe_checkpoint`, `undetermined_activation`,
    `no_device`, `no_precision` or `no_backend`.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
