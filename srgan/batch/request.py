"""What is asked of a model that makes pictures of texts, of classes, or of nothing but noise."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from srgan.errors import UsageError
from srgan.runtime import Model

__all__ = ["Request", "Unusable", "Wish", "requests_of"]


@dataclass(frozen=True)
class Wish:
    """What a person asks for, before a model has seen it.

    Attributes:
        text: what the pictures are to show.
        label: name or number of a class.
        count: pictures.
        seed: of their noise.
        name: of the files, without suffix; None derives it from text or class.
        line: where it was read (``"captions.jsonl:3"``); None: on the command line.
    """

    text: str | None = None
    label: str | None = None
    count: int = 1
    seed: int = 0
    name: str | None = None
    line: str | None = None


@dataclass(frozen=True)
class Unusable:
    """A line that asks for nothing usable.

    Attributes:
        line: where it is (``"captions.jsonl:3"``).
        message: what is wrong.
    """

    line: str
    message: str


@dataclass(frozen=True)
class Request:
    """What is asked of a model, checked.

    Attributes:
        text: prepared; None for models without texts.
        label: number of the class; None for models without classes.
        title: text, or name of the class; of a model of noise alone its name.
        count: pictures.
        seed: of their noise; picture i of a seed has the same noise for every text and class.
        name: of the files, without suffix; None derives it from the title.
        line: where it was read; None: on the command line.
    """

    text: str | None
    label: int | None
    title: str
    count: int = 1
    seed: int = 0
    name: str | None = None
    line: str | None = None


def requests_of(wishes: Iterable[Wish | Unusable], model: Model) -> list[Request | Unusable]:
    """Check wishes against a model; one that is there twice counts once, with the larger number of pictures.

    Args:
        wishes: in the order of the results.
        model: one that generates.

    Raises:
        UsageError: a wish of the command line cannot be met. Lines of files become `Unusable` instead.
        ModelError: the model makes pictures of pictures.
    """
    model.metadata.require("generate")
    assert model.sampler is not None
    checked: dict[tuple[object, ...], Request | Unusable] = {}
    for wish in wishes:
        if isinstance(wish, Unusable):
            checked[wish.line,] = wish
            continue
        try:
            text, label = model.sampler.check(wish.text, wish.label)
        except UsageError as error:
            if wish.line is None:
                raise
            checked[wish.line,] = Unusable(wish.line, str(error))
            continue
        title = text or (model.name if label is None else model.metadata.classes[label])
        request = Request(text, label, title, wish.count, wish.seed, wish.name, wish.line)
        key = (text, label, wish.seed, wish.name)
        before = checked.get(key)
        if isinstance(before, Request):
            request = replace(before, count=max(before.count, wish.count))
        checked[key] = request
    return list(checked.values())
