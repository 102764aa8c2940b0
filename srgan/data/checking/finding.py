"""What a check of data found."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["Finding", "Report"]


@dataclass(frozen=True)
class Finding:
    """One thing about one picture.

    Attributes:
        kind: unreadable, too_small, no_partner, same_name, pair_size, duplicate, near_duplicate, leak, jpeg_traces,
            kernel, shift; or one of the notes: not_multiple, unknown_kernel.
        file: the picture.
        message: what and how much, in words.
        other: the second picture, where there is one.
    """

    kind: str
    file: Path
    message: str
    other: Path | None = None

    @property
    def note(self) -> bool:
        """Good to know, but nothing is wrong."""
        return self.kind in ("not_multiple", "unknown_kernel")

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "kind": self.kind,
            "file": str(self.file),
            "other": None if self.other is None else str(self.other),
            "message": self.message,
            "note": self.note,
        }


@dataclass(frozen=True)
class Report:
    """All that a check found.

    Attributes:
        pictures: full pictures that were looked at.
        pairs: pairs whose small picture was compared.
        valid: pictures of the validation folder.
        kernels: how many small pictures were made by each kernel.
        findings: by file, problems and notes.
    """

    pictures: int
    pairs: int = 0
    valid: int = 0
    kernels: dict[str, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    @property
    def problems(self) -> list[Finding]:
        """The findings that are more than notes."""
        return [finding for finding in self.findings if not finding.note]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "pictures": self.pictures,
            "pairs": self.pairs,
            "valid": self.valid,
            "problems": len(self.problems),
            "kernels": self.kernels,
            "findings": [finding.as_dict() for finding in self.findings],
        }
