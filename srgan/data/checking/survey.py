"""The check of whole folders."""

import os
from collections import Counter, defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from srgan.data.checking.finding import Finding, Report
from srgan.data.checking.likeness import Fingerprint, alike
from srgan.data.checking.looking import Look, look
from srgan.data.folders import PairNames, PairPaths
from srgan.images import list_pictures

__all__ = ["check_data"]


def check_data(
    high: Path,
    *,
    low: Path | None = None,
    valid: Path | None = None,
    scale: int = 4,
    patch: int = 48,
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """Look for what spoils a training: in every picture, in every pair, and between pictures.

    Args:
        high: folder of full pictures.
        low: folder of small ones, paired by name.
        valid: folder of the pictures that the training is measured on.
        scale: HR pixels per LR pixel.
        patch: least side of a small picture.
        progress: called with (done, all).

    Raises:
        UsageError: a folder is not there or has no picture.
    """
    findings: list[Finding] = []
    if low is None:
        paths = [PairPaths(path, None) for path in list_pictures(high)]
    else:
        names = PairNames.of(high, low, scale=scale)
        paths = sorted([*names.pairs, *(PairPaths(path, None) for path in names.high_alone)], key=lambda one: one.high)
        findings += [Finding("no_partner", path, f"has no small picture in {low}") for path in names.high_alone]
        findings += [Finding("no_partner", path, f"has no full picture in {high}") for path in names.low_alone]
        findings += [Finding("same_name", two, f"has the same name as {one}", one) for one, two in names.alike]
    judged = [] if valid is None else [PairPaths(path, None) for path in list_pictures(valid)]
    looks: list[Look] = []
    with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
        for seen in pool.map(lambda pair: look(pair, scale=scale, patch=patch), paths + judged):
            looks.append(seen)
            if progress is not None:
                progress(len(looks), len(paths) + len(judged))
    train, others = looks[: len(paths)], looks[len(paths) :]
    for seen in train:
        findings += seen.findings
    for seen in others:
        findings += [finding for finding in seen.findings if finding.kind in ("unreadable", "jpeg_traces")]
    findings += _duplicates(train) + _leaks(others, train)
    kernels = Counter(seen.origin.kernel or "unknown" for seen in train if seen.origin is not None)
    findings.sort(key=lambda finding: (finding.note, str(finding.file), finding.kind))
    compared = sum(seen.origin is not None for seen in train)
    return Report(len(paths), compared, len(judged), dict(kernels.most_common()), findings)


def _duplicates(looks: list[Look]) -> list[Finding]:
    """The second and later ones of equal and of similar pictures."""
    first: dict[str, Path] = {}
    found, distinct = [], []
    for seen in looks:
        if seen.digest in first:
            message = f"has the same pixels as {first[seen.digest]}"
            found.append(Finding("duplicate", seen.path, message, first[seen.digest]))
        elif seen.digest is not None:
            first[seen.digest] = seen.path
            distinct.append(seen)
    for one, two in alike(_prints(distinct)):
        message = f"looks like {distinct[one].path}"
        found.append(Finding("near_duplicate", distinct[two].path, message, distinct[one].path))
    return found


def _leaks(judged: list[Look], train: list[Look]) -> list[Finding]:
    """Pictures of the validation that are trained on."""
    judged, train = [seen for seen in judged if seen.digest], [seen for seen in train if seen.digest]
    trained: dict[str | None, Path] = {seen.digest: seen.path for seen in reversed(train)}
    similar = defaultdict(list)
    for one, two in alike(_prints(judged), _prints(train)):
        similar[one].append(train[two].path)
    found = []
    for index, seen in enumerate(judged):
        if seen.digest in trained:
            message = f"is also among the training pictures: {trained[seen.digest]}"
            found.append(Finding("leak", seen.path, message, trained[seen.digest]))
        elif index in similar:
            message = f"looks like the training picture {similar[index][0]}"
            found.append(Finding("leak", seen.path, message, similar[index][0]))
    return found


def _prints(looks: list[Look]) -> list[Fingerprint]:
    return [seen.fingerprint for seen in looks if seen.fingerprint is not None]
