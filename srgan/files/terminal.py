"""Text that others wrote, made fit for a terminal."""

from pathlib import Path

__all__ = ["escape", "escape_lines"]


def escape(text: str | Path) -> str:
    """Text for a terminal: control characters, and bytes that are no text, become escapes."""
    return "".join(map(_shown, str(text)))


def _shown(c: str) -> str:
    if c.isprintable():
        return c
    if "\udc80" <= c <= "\udcff":  # a byte of a path that is no text
        return f"\\x{ord(c) - 0xDC00:02x}"
    return c.encode("unicode_escape").decode()


def escape_lines(text: str) -> str:
    """Escape everything but the ends of lines."""
    return "\n".join(escape(line) for line in text.splitlines())
