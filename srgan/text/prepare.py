"""What a text is before it is cut into tokens: the same in training and in use."""

import unicodedata

from srgan.errors import UsageError

__all__ = ["prepare"]

# Letters, numbers, punctuation and symbols: what can stand alone.
_WRITTEN = ("L", "N", "P", "S")


def prepare(text: str, *, limit: int = 1000) -> str:
    """A text in its compatibility form (Unicode NFKC), on one line, with single spaces.

    Control characters, line breaks and halves of surrogate pairs become spaces. Case and accents stay.

    Args:
        text: any.
        limit: characters that are taken at most, before and after.

    Raises:
        UsageError: nothing is written there (empty, or only signs that no script writes), or it is too long.
    """
    # What is much too long is not even normalised: marks without end take the square of their number.
    prepared = text if len(text) > limit else _tidied(text)
    if len(prepared) > limit:
        raise UsageError(f"the text has {len(prepared)} characters; {limit} are taken at most")
    if not prepared:
        raise UsageError("the text is empty")
    if not any(unicodedata.category(sign)[0] in _WRITTEN for sign in prepared):
        codes = " ".join(dict.fromkeys(f"U+{ord(sign):04X}" for sign in prepared if sign != " "))
        raise UsageError(f"the text has no letter, number or symbol of any script, only {codes}")
    return prepared


def _tidied(text: str) -> str:
    signs = (
        " " if unicodedata.category(sign) in ("Cc", "Cs") else sign for sign in unicodedata.normalize("NFKC", text)
    )
    return " ".join("".join(signs).split())
