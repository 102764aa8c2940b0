"""Which model, as words that can be sent to another machine."""

from dataclasses import dataclass, replace
from pathlib import Path

from srgan.errors import ModelError
from srgan.runtime import Command, Device, Model, Precision
from srgan.zoo import load
from srgan.zoo.loading import is_path

__all__ = ["ModelChoice"]


@dataclass(frozen=True)
class ModelChoice:
    """The arguments of `srgan.zoo.load`.

    Attributes:
        command: what the model is wanted for.
        model: name, or path of an ONNX file; None: the default of the command.
        device: where it runs.
        precision: how it computes.
        tile: largest side of a tile; None chooses.
        tokenizer: for a model of texts that does not contain its own.
        sha256: what the file must be; None takes any.
    """

    command: Command
    model: str | None = None
    device: Device = "auto"
    precision: Precision = "auto"
    tile: int | None = None
    tokenizer: Path | None = None
    sha256: str | None = None

    def load(self) -> Model:
        """Load the model.

        Raises:
            ModelError: it is missing or refused, or another one than it must be.
            UsageError: the device or the precision cannot be had here.
        """
        model = load(
            self.model,
            device=self.device,
            precision=self.precision,
            tile=self.tile,
            tokenizer=self.tokenizer,
            command=self.command,
        )
        if self.sha256 not in (None, model.sha256):
            raise ModelError(f"the model {model.name!r} is another file on a worker's machine than here; copy it there")
        return model

    def settled(self) -> tuple["ModelChoice", Model]:
        """The choice for other machines, and the model on this one, where it only tells about itself.

        Files are named from the root on, and must be what they are here.
        """
        model = self.model
        if model is not None and is_path(model):
            model = str(Path(model).expanduser().absolute())
        tokenizer = self.tokenizer and self.tokenizer.absolute()
        choice = replace(self, model=model, tokenizer=tokenizer)
        # The machine from which a job is submitted may have no GPU.
        here = replace(choice, device="cpu", precision="auto").load()
        return replace(choice, sha256=here.sha256), here
