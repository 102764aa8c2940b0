"""Letting a loaded model compute through the server's inference loop."""

from srgan.runtime import Counterpart, Model, Upscaler
from srgan.serving.inference import InferenceLoop, LoopEngine, LoopSession

__all__ = ["share"]


def share(model: Model, loop: InferenceLoop) -> None:
    """Replace the sessions of a model by ones that hand their tiles to `loop`.

    Those of its fp32 twin and of its counterpart too, once they are opened.

    Args:
        model: freshly loaded.
        loop: what computes from now on.
    """
    if model.sampler is not None:
        model.sampler.engine = LoopEngine(model.sampler.engine, loop)
    runner = model.runner
    if runner.upscaler is None or runner.open_exact is None:
        return
    model.session = _redirect(runner.upscaler, loop).session
    open_exact = runner.open_exact
    runner.open_exact = lambda: _redirect(open_exact(), loop)
    if (other := model.counterpart) is not None:
        model.counterpart = Counterpart(other.name, other.sha256, lambda: _shared(other.model(), loop))


def _shared(model: Model, loop: InferenceLoop) -> Model:
    share(model, loop)
    return model


def _redirect(upscaler: Upscaler, loop: InferenceLoop) -> Upscaler:
    if not isinstance(upscaler.session, LoopSession):
        upscaler.session = LoopSession(upscaler.session, loop)
    return upscaler
