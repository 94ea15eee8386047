"""The plan: what must be the same for a run to go on where it was, wherever its rows are judged."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from importlib import resources
from typing import Any

import msgspec

from models.card import ModelCard
from service import __version__
from service.policy import Policy
from service.rescore.columns import Roles
from service.rescore.results import ADDED, Layout
from service.settings import Settings


@dataclass(frozen=True, slots=True)
class Judging:
    """How rows are judged: which columns are what, and what the output has. Can be pickled."""

    roles: Roles
    layout: Layout
    only_missing: bool


def bulk_settings(settings: Settings) -> Settings:
    """The service's settings with bulk work's patience: chunks take the bulk lane and wait as long as it takes."""
    return replace(settings, bulk_posts=1, deadline_s=7 * 86_400.0, queue_tokens=max(settings.queue_tokens, 1 << 20))


def make_plan(
    identity: Mapping[str, Any], judging: Judging, card: ModelCard, precision: str, policy: Policy, options: Any
) -> dict[str, Any]:
    """The plan, in the words of the errors that speak of it. identity: of the input."""
    return {
        "input": dict(identity),
        "columns": asdict(judging.roles),
        "model": {
            "name": card.name,
            "version": card.version,
            "precision": precision,
            "labels": list(card.labels),
            "files": card_hash(card),
        },
        "policy": {"name": policy.name, "version": policy.version, "content": _policy_hash(policy)},
        "rules": {"civility": __version__, "lexicon": lexicon_hash(), "columns": list(ADDED)},
        "options": options,
    }


def card_hash(card: ModelCard) -> str:
    """Of all that is known of a model, with the hashes of its files."""
    return hash_of([msgspec.json.encode(asdict(card), order="deterministic")])


def lexicon_hash() -> str:
    """Of the lexicon's files."""
    entries = resources.files("service") / "lexicon" / "entries"
    found = sorted((entry.name, entry.read_bytes()) for entry in entries.iterdir() if entry.name.endswith(".toml"))
    return hash_of(part for name, content in found for part in (name.encode(), content))


def hash_of(parts: Iterable[bytes]) -> str:
    """Of parts, in order, and of where each ends."""
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        digest.update(len(part).to_bytes(8, "little"))
        digest.update(part)
    return digest.hexdigest()


def _policy_hash(policy: Policy) -> str:
    return hash_of([msgspec.json.encode(asdict(policy.draft), order="deterministic", enc_hook=repr)])
