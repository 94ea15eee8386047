"""The trained network: a BERT-shaped encoder, one sentence head and one token head.

Sentence head: mean and maximum over the real tokens' last hidden states, joined, times a `[labels, 2 * hidden]` matrix.
The maximum keeps one insult in a long comment visible, the mean carries tone. Token head: one logit a token, trained on
annotated toxic spans; it is what evidence spans come from, at no extra pass over the encoder. Encoders that come from
MPNet add a learnt bias by relative position to the attention logits of every layer.
"""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import nn
from transformers import AutoConfig, AutoModel

from models.relative import relative_buckets

LABELS = ("toxicity", "severe_toxicity", "obscene", "threat", "insult", "identity_attack", "conspiracy")


class Classifier(nn.Module):
    """Encoder with a sentence head (one logit a label) and a token head (one logit a token)."""

    buckets: torch.Tensor

    def __init__(
        self, encoder: nn.Module, hidden: int, labels: int = len(LABELS), *, heads: int = 0, relative: int = 0
    ) -> None:
        """`relative`: number of relative-position buckets, for `heads` attention heads; 0 without such a bias."""
        super().__init__()
        self.encoder = encoder
        self.head = nn.Linear(2 * hidden, labels)
        self.token_head = nn.Linear(hidden, 1)
        nn.init.normal_(self.head.weight, std=0.02)
        nn.init.zeros_(self.head.bias)
        nn.init.normal_(self.token_head.weight, std=0.02)
        nn.init.constant_(self.token_head.bias, -2.0)
        self.relative_bias = nn.Embedding(relative, heads) if relative else None
        if relative:
            self.register_buffer("buckets", torch.from_numpy(relative_buckets(512, relative)), persistent=False)

    @classmethod
    def from_encoder(cls, folder: str | Path, layers: int | None = None) -> Classifier:
        """Load an encoder from a local Hugging Face folder, keep its first `layers` layers, add fresh heads.

        Dropout is off: it costs a third of the time on a CPU and two epochs do not overfit.
        """
        config = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
        config.hidden_dropout_prob = 0.0
        config.attention_probs_dropout_prob = 0.0
        if layers is not None:
            config.num_hidden_layers = layers
        encoder = AutoModel.from_pretrained(
            folder, config=config, local_files_only=True, attn_implementation="eager", add_pooling_layer=False
        )
        relative = int(getattr(config, "relative_buckets", 0))
        network = cls(encoder, config.hidden_size, heads=config.num_attention_heads, relative=relative)
        if network.relative_bias is not None:
            table = load_file(Path(folder) / "model.safetensors")["relative_bias.weight"]
            network.relative_bias.load_state_dict({"weight": table})
        return network

    def attention_bias(self, attention_mask: torch.Tensor) -> torch.Tensor:
        """What is added to attention logits: [batch, heads, tokens, tokens] with relative positions, else the mask."""
        if self.relative_bias is None:
            return attention_mask
        tokens = attention_mask.shape[1]
        bias = self.relative_bias(self.buckets[:tokens, :tokens]).permute(2, 0, 1).unsqueeze(0)
        blocked = (attention_mask[:, None, None, :].to(bias.dtype) - 1.0) * 1e4
        joined: torch.Tensor = bias + blocked
        return joined

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return sentence logits `[batch, labels]` and token logits `[batch, tokens]`, both float32."""
        bias = self.attention_bias(attention_mask)
        hidden = self.encoder(input_ids=input_ids, attention_mask=bias).last_hidden_state.float()
        mask = attention_mask.unsqueeze(-1).to(hidden.dtype)
        mean = (hidden * mask).sum(1) / mask.sum(1).clamp(min=1.0)
        top = (hidden + (mask - 1.0) * 1e4).amax(1)
        # The heads are tiny and their outputs are what users read, so they run in float32 also under autocast.
        with torch.autocast(hidden.device.type, enabled=False):
            return self.head(torch.cat([mean, top], dim=-1)), self.token_head(hidden).squeeze(-1)
