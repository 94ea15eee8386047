"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

ModelOption = Annotated[
    str | None,
    typer.Option(
        "--model",
        "-m",
        help="civility, civility-small, civility-tiny, detoxify:NAME, hf:NAME-or-PATH, or a folder with a card.json. See `civility models`.",
        show_default="civility",
    ),
]
DeviceOption = Annotated[str | None, typer.Option(help="auto, cpu or cuda.", show_default="auto")]
PrecisionOption = Annotated[str | None, typer.Option(help="auto, fp32, bf16 or int8.", show_default="auto")]
BackendOption = Annotated[
    str | None,
    typer.Option(
        help="auto, openvino (CPU), packed (PyTorch without padding) or torch: the runtime, to compare them.",
        show_default="auto",
    ),
]
ActivationOption = Annotated[
    str | None,
    typer.Option(
        help="auto, sigmoid or softmax: only for hf: models whose config does not say which of the two.",
        show_default="auto",
    ),
]
PolicyOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--policy",
        "-p",
        help="A policy file (TOML); give it again for more. The first is used where a request names none.",
        show_default="the built-in policy",
    ),
]
