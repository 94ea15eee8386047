"""open_model and list_models: names, folders, and errors that say what to do."""

from __future__ import annotations

import pickle
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.card import ModelCard
from models.files import DETOXIFY, WEIGHTS, default_folders, fetch, find_detoxify
from models.registry import ModelError, list_models, open_model


def test_a_folder_with_a_card(make_embedded: Any, texts: list[str]) -> None:
    folder: Path = make_embedded()
    model = open_model(str(folder), device="cpu", precision="fp32", threads=1)
    assert (model.card.name, model.card.version, model.device, model.precision) == ("tiny", "1.2.3", "cpu", "fp32")
    for text, encoded in zip(texts, model.encode(texts), strict=True):
        scores = model.decode(encoded, model.run(encoded.windows))
        assert tuple(scores.values) == model.card.labels
        assert all(0.0 <= value <= 1.0 for value in scores.values.values())
        assert scores.toxic_spans is not None
        for span in scores.toxic_spans:
            assert text[span.start : span.end]
    model.close()


def test_a_name_in_a_search_folder(make_embedded: Any) -> None:
    folder: Path = make_embedded("mine")
    assert open_model("mine", device="cpu", folders=[folder.parent]).card.name == "mine"
    assert [info.name for info in list_models([folder.parent]) if info.path == folder] == ["mine"]


def test_token_head_speaks_for_toxicity_not_for_conspiracy(make_embedded: Any) -> None:
    folder: Path = make_embedded(token_threshold=0.0)
    model = open_model(str(folder), device="cpu")
    (encoded,) = model.encode(["they want war you idiot"])
    scores = model.decode(encoded, model.run(encoded.windows))
    assert model.attribute(encoded, scores, "insult") == scores.toxic_spans
    assert model.attribute(encoded, scores, "conspiracy") != scores.toxic_spans
    assert model.attribute(encoded, scores, "sexual_explicit") == ()


def test_torch_runs_the_embedded_format(make_embedded: Any, texts: list[str]) -> None:
    pytest.importorskip("torch", reason="the torch extra is not installed")
    from models.backends.torch_embedded import open_embedded

    folder: Path = make_embedded()
    card = ModelCard.read(folder)
    model = open_model(str(folder), device="cpu", precision="fp32")
    windows = [one.windows[0] for one in model.encode(texts)]
    exact = [score.logits for score in model.run(windows)]
    half = open_embedded(folder, card, device="cpu", precision="bf16")
    assert half.precision == "bf16"
    for a, b in zip(exact, half.run(windows), strict=True):
        np.testing.assert_allclose(1 / (1 + np.exp(-a)), 1 / (1 + np.exp(-b.logits)), atol=0.03)
    (encoded,) = model.encode(["you horrible idiot"])
    assert any(half.attribute(encoded, label) for label in range(len(card.labels)))


@pytest.mark.parametrize("name", ["civility-smal", "detoxify:", "hf:", "", "./nowhere"])
def test_unknown_names_list_the_known_ones(name: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="detoxify:original") as caught:
        open_model(name, folders=[tmp_path])
    assert caught.value.code == "unknown_model"


@pytest.mark.parametrize(
    ("option", "code"), [({"device": "tpu"}, "no_device"), ({"precision": "int3"}, "no_precision")]
)
def test_unknown_options(option: dict[str, Any], code: str) -> None:
    with pytest.raises(ModelError, match="expected one of auto, ") as caught:
        open_model("civility-small", **option)
    assert caught.value.code == code


def test_changed_weights_are_refused(make_embedded: Any) -> None:
    folder: Path = make_embedded(files={"model.safetensors": "0" * 64})
    with pytest.raises(ModelError, match=r"model\.safetensors: sha256 is [0-9a-f]{64}, the card says 0{64}"):
        open_model(str(folder), device="cpu")


def test_missing_tokenizer_is_named(make_embedded: Any) -> None:
    folder: Path = make_embedded()
    (folder / "tokenizer.json").unlink()
    with pytest.raises(ModelError, match=r"tokenizer\.json: missing"):
        open_model(str(folder), device="cpu")


@pytest.mark.parametrize("reference", list(DETOXIFY))
def test_missing_checkpoint_names_file_origin_and_place(reference: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError) as caught:
        find_detoxify(reference, [tmp_path], download=False)
    message = caught.value.message
    published = DETOXIFY[reference]
    for part in (published.file, published.url, f"https://huggingface.co/{published.base}", str(tmp_path)):
        assert part in message
    assert caught.value.code == "files_missing"
    (info,) = [info for info in list_models([tmp_path]) if info.name == f"detoxify:{reference}"]
    assert not info.available
    assert published.url in info.advice


def test_checkpoint_is_found_by_its_published_name(tmp_path: Path) -> None:
    file = tmp_path / "toxic_original-c1212f89.ckpt"
    file.write_bytes(b"x")
    assert find_detoxify("original", [tmp_path / "none", tmp_path], download=False) == file
    assert find_detoxify(str(file), [], download=False) == file
    with pytest.raises(ModelError, match=re.escape("neither a file nor one of original, unbiased")):
        find_detoxify("orignal", [tmp_path], download=False)


def test_search_folders() -> None:
    home = Path("/home/u")
    assert default_folders({}, home) == (home / ".cache/civility", home / ".cache/torch/hub/checkpoints")
    moved = {"CIVILITY_MODELS": "/models", "XDG_CACHE_HOME": "/c", "TORCH_HOME": "/t"}
    assert default_folders(moved, home) == (Path("/models"), Path("/c/civility"), Path("/t/hub/checkpoints"))


def test_download_is_whole_or_nothing(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(bytes(range(256)) * 9000)
    target = tmp_path / "cache" / "file.ckpt"
    assert fetch(source.as_uri(), target).read_bytes() == source.read_bytes()
    with pytest.raises(OSError, match="nothing"):
        fetch((tmp_path / "nothing").as_uri(), tmp_path / "cache" / "other.ckpt")
    assert [path.name for path in target.parent.iterdir()] == ["file.ckpt"]


class Payload:
    """Creates a file when unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.mark,))


@pytest.mark.parametrize("archive", [True, False])
def test_a_checkpoint_with_code_is_refused(tmp_path: Path, archive: bool) -> None:
    torch = pytest.importorskip("torch", reason="the torch extra is not installed")
    path, mark = tmp_path / "evil.ckpt", tmp_path / "ran"
    if archive:
        torch.save({"config": Payload(mark), "state_dict": {}}, path)
    else:
        path.write_bytes(pickle.dumps({"config": Payload(mark), "state_dict": {}}, protocol=2))
    with pytest.raises(ModelError, match="refused, it holds more than tensors and plain values") as caught:
        open_model(f"detoxify:{path}", device="cpu")
    assert caught.value.code == "unsafe_checkpoint"
    assert not mark.exists()
    with path.open("rb") as file:
        if not archive:
            pickle.load(file)
            assert mark.exists(), "the payload does not work, so its refusal would prove nothing"


@pytest.mark.parametrize(
    "content",
    [
        [1, 2],
        {"config": {}, "state_dict": {}},
        {
            "config": {
                "arch": {
                    "args": {"model_type": "x", "num_classes": 1, "model_name": "pipeline", "tokenizer_name": "T"}
                },
                "dataset": {"args": {"classes": ["toxic"]}},
            },
            "state_dict": {},
        },
    ],
)
def test_other_files_are_not_checkpoints(tmp_path: Path, content: Any) -> None:
    torch = pytest.importorskip("torch", reason="the torch extra is not installed")
    path = tmp_path / "other.ckpt"
    torch.save(content, path)
    with pytest.raises(ModelError, match="not a Detoxify checkpoint") as caught:
        open_model(f"detoxify:{path}", device="cpu")
    assert caught.value.code == "bad_model"


def test_checkpoint_without_its_base_model(make_checkpoint: Any, tmp_path: Path) -> None:
    path: Path = make_checkpoint("bert", base="some-base-uncased")
    with pytest.raises(ModelError, match=r"https://huggingface\.co/some-base-uncased into ") as caught:
        open_model(f"detoxify:{path}", device="cpu", folders=[tmp_path])
    assert caught.value.code == "files_missing"
    assert str(tmp_path / "some-base-uncased") in caught.value.message
    (path.parent / "tiny-bert").rename(tmp_path / "some-base-uncased")
    assert open_model(f"detoxify:{path}", device="cpu", folders=[tmp_path]).card.labels[0] == "toxicity"


def test_checkpoint_with_missing_weights(make_checkpoint: Any) -> None:
    torch = pytest.importorskip("torch", reason="the torch extra is not installed")
    path: Path = make_checkpoint("bert")
    content = torch.load(path, weights_only=True)
    del content["state_dict"]["classifier.weight"]
    torch.save(content, path)
    with pytest.raises(ModelError, match=r"lack or misfit 1 tensors, such as classifier\.weight"):
        open_model(f"detoxify:{path}", device="cpu")


def test_cuda_without_a_card(make_embedded: Any) -> None:
    torch = pytest.importorskip("torch", reason="the torch extra is not installed")
    if torch.cuda.is_available():
        assert open_model(str(make_embedded()), device="cuda").device == "cuda"
        return
    with pytest.raises(ModelError, match="torch sees no CUDA card") as caught:
        open_model(str(make_embedded()), device="cuda")
    assert caught.value.code == "no_device"


def test_the_embedded_model_tells_insults_from_courtesy() -> None:
    if not (WEIGHTS / "civility-small" / "card.json").is_file():
        pytest.skip("models/weights/civility-small is not there yet")
    model = open_model("civility-small", device="cpu")
    texts = ["You are a stupid idiot.", "Thank you for this thoughtful answer."]
    windows = [one.windows[0] for one in model.encode(texts)]
    rude, kind = [model.decode(e, [s]) for e, s in zip(model.encode(texts), model.run(windows), strict=True)]
    assert rude.values["toxicity"] > 0.5 > 0.2 > kind.values["toxicity"]
