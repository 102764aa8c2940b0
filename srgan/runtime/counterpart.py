"""The faithful model that stands beside a perceptual one, for results between the two."""

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from srgan.runtime.model import Model

__all__ = ["Counterpart"]


class Counterpart:
    """A model that is opened when it is first needed, once; safe from any thread.

    Attributes:
        name: of the model.
        sha256: of its file.
    """

    def __init__(self, name: str, sha256: str, load: "Callable[[], Model]") -> None:
        """Describe it; nothing is loaded.

        Args:
            name: of the model.
            sha256: of its file.
            load: opens it.
        """
        self.name, self.sha256 = name, sha256
        self._load = load
        self._lock = threading.Lock()
        self._model: Model | None = None

    @property
    def loaded(self) -> "Model | None":
        """The model, if it was needed so far."""
        return self._model

    def model(self) -> "Model":
        """The model.

        Raises:
            ModelError: it is missing or refused.
            UsageError: the device or the precision cannot be had.
        """
        with self._lock:
            if self._model is None:
                self._model = self._load()
            return self._model
