"""Letting a loaded model compute through the server's inference loop."""

from srgan.runtime import Model, Upscaler
from srgan.serving.inference import InferenceLoop, LoopEngine, LoopSession

__all__ = ["share"]


def share(model: Model, loop: InferenceLoop) -> None:
    """Replace the sessions of a model by ones that hand their tiles to `loop`; its fp32 twin's too, once it is opened.

    Args:
        model: freshly loaded.
        loop: what computes from now on.
    """
    if model.sampler is not None:
        model.sampler.engine = LoopEngine(model.sampler.engine, loop)
    upscaler = model._upscaler
    if upscaler is None:
        return
    _redirect(upscaler, loop)
    model.session = upscaler.session
    open_exact = model._exactly

    def exactly() -> Upscaler:
        return _redirect(open_exact(), loop)

    model._exactly = exactly  # type: ignore[method-assign]


def _redirect(upscaler: Upscaler, loop: InferenceLoop) -> Upscaler:
    if not isinstance(upscaler.session, LoopSession):
        upscaler.session = LoopSession(upscaler.session, loop)
    return upscaler
