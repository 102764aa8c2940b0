"""Text that others wrote, made fit for a terminal."""

from pathlib import Path

__all__ = ["escape", "escape_lines"]


def escape(text: str | Path) -> str:
    """Text for a terminal: control characters, and bytes that are no text, become escapes."""
    shown = str(text).encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in shown)


def escape_lines(text: str) -> str:
    """Escape everything but the ends of lines."""
    return "\n".join(escape(line) for line in text.splitlines())
