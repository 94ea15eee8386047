"""Where classifiers of Hugging Face transformers come from: the hub, local folders, and Detoxify's checkpoints.

A `Source` knows everything but the weights; those it loads when asked, since a graph that was converted earlier does not
need them. Nothing that a file brings is executed: weights come as safetensors or through torch's restricted unpickler, and
remote code is never trusted.
"""

from __future__ import annotations

import hashlib
import pickle
import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import torch
import transformers

from models.card import Activation
from models.errors import ModelError

_CLASSIFIER = re.compile(r"\w+ForSequenceClassification")
_TOKENIZER = re.compile(r"\w+Tokenizer(Fast)?")


@dataclass(frozen=True)
class Source:
    """A classifier before its weights are loaded.

    labels: as the model has them; it may have more outputs, of which the first count. fingerprint: names the weights'
    content. load: the network in float32 on the CPU; raises `ModelError`.
    """

    name: str
    version: str
    labels: tuple[str, ...]
    activation: Activation
    config: Any
    tokenizer: Any
    fingerprint: str
    load: Callable[[], Any]


def read_hub(reference: str, activation: str | None = None) -> Source:
    """Read `hf:REFERENCE`, a local folder or a name on the Hugging Face hub (from its cache, or downloaded).

    activation: `sigmoid` or `softmax`; None takes it from the config's `problem_type`. Raises `ModelError`.
    """
    folder = Path(reference).expanduser()
    source = str(folder) if folder.is_dir() else reference
    options: dict[str, Any] = {"trust_remote_code": False, "local_files_only": folder.is_dir()}
    try:
        config = transformers.AutoConfig.from_pretrained(source, **options)
    except (OSError, ValueError, KeyError) as error:
        raise _hub_error(reference, error) from error
    chosen = choose_activation(reference, config, activation)
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(source, **options)
    except (OSError, ValueError, KeyError) as error:
        raise _hub_error(reference, error) from error

    def load() -> Any:
        try:
            network, report = transformers.AutoModelForSequenceClassification.from_pretrained(
                source, config=config, use_safetensors=True, dtype=torch.float32, output_loading_info=True, **options
            )
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            raise _hub_error(reference, error) from error
        _check_complete(f"hf:{reference}", report)
        return network

    fingerprint = str(getattr(config, "_commit_hash", None) or "") or _fingerprint(sorted(folder.glob("*.safetensors")))
    return Source(
        name=f"hf:{reference}",
        version=fingerprint[:12],
        labels=tuple(str(config.id2label[at]) for at in range(config.num_labels)),
        activation=chosen,
        config=config,
        tokenizer=tokenizer,
        fingerprint=fingerprint,
        load=load,
    )


def read_detoxify(name: str, checkpoint: Path, folders: Sequence[Path], *, download: bool = True) -> Source:
    """Read a checkpoint in Detoxify's format: `config.arch.args`, `config.dataset.args.classes` and `state_dict`.

    The config and tokenizer of its base model come from the folder that the checkpoint names, one of that name beside the
    checkpoint or in `folders`, or the Hugging Face cache or hub. The checkpoint may have more outputs than classes
    (`unbiased` learnt identities too): Detoxify reads the first ones, and so does this. Raises `ModelError`.
    """
    loaded = _read_checkpoint(checkpoint)
    try:
        args = loaded["config"]["arch"]["args"]
        classes = tuple(str(name) for name in loaded["config"]["dataset"]["args"]["classes"])
        state = loaded["state_dict"]
        base, outputs = str(args["model_type"]), int(args["num_classes"])
        model_class = _named(_CLASSIFIER, str(args["model_name"]))
        tokenizer_class = _named(_TOKENIZER, str(args["tokenizer_name"]))
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError("bad_model", f"{checkpoint}: not a Detoxify checkpoint: {error!r}") from error
    if outputs < len(classes):
        raise ModelError("bad_model", f"{checkpoint}: {len(classes)} classes but {outputs} outputs")
    source, local = _base_files(base, checkpoint, folders)
    options: dict[str, Any] = {"local_files_only": local or not download}
    try:
        config = model_class.config_class.from_pretrained(source, num_labels=outputs, **options)
        tokenizer = tokenizer_class.from_pretrained(source, **options)
    except (OSError, ValueError, TypeError) as error:
        raise ModelError(
            "files_missing",
            f"{name}: {checkpoint.name} needs config.json, tokenizer.json and tokenizer_config.json of {base}. Fetch them from"
            f" https://huggingface.co/{base} into {folders[0] / Path(base).name} ({_first_line(error)})",
        ) from error

    def load() -> Any:
        try:
            network, report = model_class.from_pretrained(
                None, config=config, state_dict=state, dtype=torch.float32, output_loading_info=True
            )
        except (RuntimeError, ValueError, TypeError) as error:
            raise ModelError("bad_model", f"{checkpoint}: {_first_line(error)}") from error
        _check_complete(str(checkpoint), report)
        return network

    fingerprint = _fingerprint([checkpoint])
    return Source(
        name=name,
        version=fingerprint[:12],
        labels=classes,
        activation="sigmoid",
        config=config,
        tokenizer=tokenizer,
        fingerprint=fingerprint,
        load=load,
    )


def choose_activation(reference: str, config: Any, activation: str | None) -> Activation:
    """The given activation, else the one that `problem_type` implies. Raises `ModelError` where neither says."""
    stated: dict[str | None, Activation] = {
        "multi_label_classification": "sigmoid",
        "single_label_classification": "softmax",
    }
    names = tuple(get_args(Activation))
    if activation is not None and activation not in names:
        raise ModelError("undetermined_activation", f"activation: expected {' or '.join(names)}, got {activation!r}")
    problem = getattr(config, "problem_type", None)
    chosen: Activation | None = (
        "softmax" if activation == "softmax" else "sigmoid" if activation else stated.get(problem)
    )
    if chosen is None:
        raise ModelError(
            "undetermined_activation",
            f"hf:{reference}: its config's problem_type is {problem!r}, which does not say how logits become probabilities."
            " Give --activation sigmoid (each label alone) or softmax (labels exclude each other); its model card says"
            " which it was trained with",
        )
    if chosen == "softmax" and config.num_labels == 1:
        raise ModelError("undetermined_activation", f"hf:{reference}: softmax over one label is always 1; give sigmoid")
    return chosen


def _read_checkpoint(path: Path) -> Mapping[str, Any]:
    """Unpickle tensors and plain containers only; a file that asks for anything else is refused.

    Tensors stay in the file, where its format allows that, until somebody reads them.
    """
    try:
        loaded = torch.load(path, map_location="cpu", weights_only=True, mmap=zipfile.is_zipfile(path))
    except pickle.UnpicklingError as error:
        raise ModelError(
            "unsafe_checkpoint",
            f"{path}: refused, it holds more than tensors and plain values, which could run code ({_first_line(error)})",
        ) from error
    except (OSError, RuntimeError, EOFError) as error:
        raise ModelError("bad_model", f"{path}: {_first_line(error)}") from error
    if not isinstance(loaded, Mapping):
        raise ModelError("bad_model", f"{path}: not a Detoxify checkpoint: expected a mapping")
    return loaded


def _named(pattern: re.Pattern[str], name: str) -> Any:
    """A class of transformers that a checkpoint names, if it is of the expected kind; fast where there are two."""
    if not pattern.fullmatch(name):
        raise ValueError(f"unexpected class {name!r}")
    found = getattr(transformers, name, None)
    if pattern is _TOKENIZER:
        found = getattr(transformers, name.removesuffix("Fast") + "Fast", found)
    if found is None:
        raise ValueError(f"transformers has no {name}")
    return found


def _base_files(base: str, checkpoint: Path, folders: Sequence[Path]) -> tuple[str, bool]:
    """Where config and tokenizer of `base` are: a local folder, or its name on the hub (and False)."""
    for folder in (Path(base), *(place / Path(base).name for place in (checkpoint.parent, *folders))):
        if (folder / "config.json").is_file():
            return str(folder), True
    return base, False


def _check_complete(origin: str, report: Mapping[str, Any]) -> None:
    """A classifier whose head was not in the file would score at random: refuse it."""
    wrong = sorted(map(str, [*report.get("missing_keys", ()), *report.get("mismatched_keys", ())]))
    if wrong:
        raise ModelError("bad_model", f"{origin}: its weights lack or misfit {len(wrong)} tensors, such as {wrong[0]}")


def _fingerprint(paths: Sequence[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def _hub_error(reference: str, error: Exception) -> ModelError:
    rule = "Only safetensors are read, and models that bring their own code are refused"
    if not isinstance(error, OSError):
        return ModelError("bad_model", f"hf:{reference}: {_first_line(error)} {rule}")
    return ModelError(
        "files_missing",
        f"hf:{reference}: {_first_line(error)} Where the hub cannot be reached, fetch config.json, model.safetensors and the"
        f" tokenizer's files from https://huggingface.co/{reference} into a folder and give hf:FOLDER. {rule}",
    )


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
