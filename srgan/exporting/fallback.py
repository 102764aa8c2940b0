"""Which layers must keep float32 so that the others may have less."""

from collections.abc import Callable, Sequence

__all__ = ["fewest_kept"]


def fewest_kept(layers: Sequence[str], suffices: Callable[[list[str]], bool]) -> list[str] | None:
    """The shortest beginning of a list of layers that suffices when these keep float32.

    Args:
        layers: the most harmful first.
        suffices: whether a file that keeps these layers is good enough; keeping more never makes it worse.

    Returns:
        The layers to keep; None when not even all of them suffice.
    """
    if not suffices(list(layers)):
        return None
    fails, works = -1, len(layers)
    while works - fails > 1:
        middle = (fails + works) // 2
        if suffices(list(layers[:middle])):
            works = middle
        else:
            fails = middle
    return list(layers[:works])
