"""The trained network: a BERT-shaped encoder, one sentence head and one token head.

Sentence head: mean and maximum over the real tokens' last hidden states, joined, times a `[labels, 2 * hidden]` matrix.
The maximum keeps one insult in a long comment visible, the mean carries tone. Token head: one logit a token, trained on
annotated toxic spans; it is what evidence spans come from, at no extra pass over the encoder.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn
from transformers import AutoConfig, AutoModel

LABELS = ("toxicity", "severe_toxicity", "obscene", "threat", "insult", "identity_attack", "conspiracy")


class Classifier(nn.Module):
    """Encoder with a sentence head (one logit a label) and a token head (one logit a token)."""

    def __init__(self, encoder: nn.Module, hidden: int, labels: int = len(LABELS)) -> None:
        super().__init__()
        self.encoder = encoder
        self.head = nn.Linear(2 * hidden, labels)
        self.token_head = nn.Linear(hidden, 1)
        nn.init.normal_(self.head.weight, std=0.02)
        nn.init.zeros_(self.head.bias)
        nn.init.normal_(self.token_head.weight, std=0.02)
        nn.init.constant_(self.token_head.bias, -2.0)

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
        return cls(encoder, config.hidden_size)

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return sentence logits `[batch, labels]` and token logits `[batch, tokens]`, both float32."""
        hidden = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state.float()
        mask = attention_mask.unsqueeze(-1).to(hidden.dtype)
        mean = (hidden * mask).sum(1) / mask.sum(1).clamp(min=1.0)
        top = (hidden + (mask - 1.0) * 1e4).amax(1)
        # The heads are tiny and their outputs are what users read, so they run in float32 also under autocast.
        with torch.autocast(hidden.device.type, enabled=False):
            return self.head(torch.cat([mean, top], dim=-1)), self.token_head(hidden).squeeze(-1)
