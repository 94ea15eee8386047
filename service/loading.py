"""The model that the settings name."""

from __future__ import annotations

from models.model import Model
from models.registry import open_model
from service.memory import few_heaps, give_back
from service.settings import Settings


def open_configured(settings: Settings) -> Model:
    """Open `settings.model`. Raises `models.registry.ModelError`."""
    few_heaps()
    model = open_model(
        settings.model,
        settings.device,
        settings.precision,
        activation=None if settings.activation == "auto" else settings.activation,
        threads=settings.threads or None,
        backend=settings.backend,
    )
    give_back()  # the weights as they were read: tens of megabytes
    return model
