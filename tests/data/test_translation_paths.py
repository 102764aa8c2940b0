"""Which pictures a translation gets: pairs by name, files with two halves, sets that do not belong together."""

import json
from pathlib import Path

import pytest
from PIL import Image

from srgan.data import (
    TranslationPaths,
    find_side_by_side,
    find_translation_pairs,
    find_unpaired,
    translation_hash,
    unpaired_hash,
)
from srgan.errors import UsageError


def folder(root: Path, *names: str) -> Path:
    """A folder of tiny pictures, each of another colour."""
    for value, name in enumerate(names):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (4, 2), (value, len(str(root)) % 256, 0)).save(path)
    return root


def names(paths: list[TranslationPaths]) -> list[tuple[str, str]]:
    return [(pair.source.name, pair.target.name if pair.target else "") for pair in paths]


def test_pairs_share_the_place_and_the_name_but_not_the_suffix(tmp_path: Path) -> None:
    sources = folder(tmp_path / "s", "b.png", "deep/a.png", "c.v2.bmp")
    targets = folder(tmp_path / "t", "deep/a.bmp", "b.png", "c.v2.png")
    found = find_translation_pairs([sources], [targets])
    assert found == [
        TranslationPaths(sources / "b.png", targets / "b.png"),
        TranslationPaths(sources / "c.v2.bmp", targets / "c.v2.png"),
        TranslationPaths(sources / "deep/a.png", targets / "deep/a.bmp"),
    ]


def test_partners_may_lie_in_any_folder_of_the_other_side(tmp_path: Path) -> None:
    sources = [folder(tmp_path / "s", "a.png", "b.png")]
    targets = [folder(tmp_path / "t", "b.png"), folder(tmp_path / "u", "a.png")]
    found = find_translation_pairs(sources, targets)
    assert [pair.target for pair in found] == [tmp_path / "u/a.png", tmp_path / "t/b.png"]


def test_pictures_without_a_partner_are_named_on_both_sides_or_left_out(tmp_path: Path) -> None:
    sources, targets = folder(tmp_path / "s", "a.png", "b.png"), folder(tmp_path / "t", "b.png", "c.png")
    with pytest.raises(UsageError, match=r"(?s)key: 2 pictures without.*s/a\.png has no.*t\n.*t/c\.png has no.*s$"):
        find_translation_pairs([sources], [targets], key="key")
    assert names(find_translation_pairs([sources], [targets], missing="leave_out")) == [("b.png", "b.png")]


def test_long_lists_of_lonely_pictures_are_cut(tmp_path: Path) -> None:
    sources = folder(tmp_path / "s", *(f"{number}.png" for number in range(13)))
    targets = folder(tmp_path / "t", "0.png")
    with pytest.raises(UsageError, match=r"data: 12 pictures without a partner(?s:.)*\.\.\. and 2 more$"):
        find_translation_pairs([sources], [targets])


def test_nothing_in_common(tmp_path: Path) -> None:
    sources, targets = folder(tmp_path / "s", "a.png"), folder(tmp_path / "t", "b.png")
    with pytest.raises(UsageError, match=r"no picture of .*s has a partner .* in .*t \(1 and 0 pictures by without"):
        find_translation_pairs([sources], [targets], without=["b"], missing="leave_out")


@pytest.mark.parametrize("missing", ["refuse", "leave_out"])
def test_two_pictures_of_one_name_are_refused(tmp_path: Path, missing: str) -> None:
    targets = folder(tmp_path / "t", "a.png")
    for sources in ([folder(tmp_path / "s", "a.png", "a.bmp")], [targets, folder(tmp_path / "u", "a.png")]):
        with pytest.raises(UsageError, match=r"data\.source: .*a\.\w+ and .*a\.png have the same name"):
            find_translation_pairs(sources, [targets], missing=missing)  # type: ignore[arg-type]


def test_only_meant_pictures_need_partners(tmp_path: Path) -> None:
    sources = folder(tmp_path / "s", "1F1E6-1F1E8.png", "1F600.png", "1F601.png", "1F602.png")
    targets = folder(tmp_path / "t", "1F600.png", "1F601.png", "1F603.png")
    (tmp_path / "n.json").write_text(json.dumps({"train": ["1F1E6-1F1E8", "1F600", "1F601"]}))
    listed = f"{tmp_path / 'n.json'}#train"
    found = find_translation_pairs([sources], [targets], without=["1F1??-*"], names=listed)
    assert names(found) == [("1F600.png", "1F600.png"), ("1F601.png", "1F601.png")]
    assert len(find_translation_pairs([sources], [targets], without=["1F1??-*", "*0", "1f601"], names=listed)) == 1


def test_side_by_side(tmp_path: Path) -> None:
    pictures = [folder(tmp_path / "p", "b.png", "a.png"), folder(tmp_path / "q", "c.png")]
    found = find_side_by_side(pictures, order="target_source", without=["a"])
    assert found == [
        TranslationPaths(tmp_path / "p/b.png", None, "target_source"),
        TranslationPaths(tmp_path / "q/c.png", None, "target_source"),
    ]
    with pytest.raises(UsageError, match=r"data\.pictures: none of the 3 pictures in .* is left by without = \['\*'\]"):
        find_side_by_side(pictures, order="source_target", without=["*"])


def test_unpaired(tmp_path: Path) -> None:
    sources, targets = folder(tmp_path / "s", "a.png", "b.png", "c.png"), folder(tmp_path / "t", "c.png", "d.png")
    found = find_unpaired([sources], [targets], without=["c"])
    assert found == ([sources / "a.png", sources / "b.png"], [targets / "d.png"])
    (tmp_path / "n.txt").write_text("d")
    with pytest.raises(UsageError, match=r"key\.source: none of the 3 .* is left by names = .*n\.txt"):
        find_unpaired([sources], [targets], names=str(tmp_path / "n.txt"), key="key")


def test_absent_folders_and_lists_are_named(tmp_path: Path) -> None:
    here, gone = [folder(tmp_path / "s", "a.png")], [tmp_path / "gone"]
    with pytest.raises(UsageError, match=r"data\.target: the folder .*gone is not there"):
        find_translation_pairs(here, gone)
    with pytest.raises(UsageError, match=r"data\.target: the folder .*gone is not there"):
        find_unpaired(here, gone)
    with pytest.raises(UsageError, match=r"data\.pictures: the folder .*gone is not there"):
        find_side_by_side(gone, order="source_target")
    with pytest.raises(UsageError, match=r"data\.names: the file .*gone is not there"):
        find_side_by_side(here, order="source_target", names=str(gone[0]))


def test_the_hash_follows_contents_names_and_direction(tmp_path: Path) -> None:
    sources, targets = folder(tmp_path / "s", "a.png", "b.png"), folder(tmp_path / "t2", "a.png", "b.png")
    pairs = find_translation_pairs([sources], [targets])
    seen = {
        translation_hash(pairs),
        translation_hash(pairs[:1]),
        translation_hash(find_translation_pairs([targets], [sources])),
        translation_hash(find_side_by_side([sources], order="source_target")),
        translation_hash(find_side_by_side([sources], order="target_source")),
        unpaired_hash(*find_unpaired([sources], [targets])),
        unpaired_hash(*find_unpaired([targets], [sources])),
    }
    assert len(seen) == 7
    assert translation_hash(find_translation_pairs([sources], [targets])) in seen
    Image.new("RGB", (4, 2), (9, 9, 9)).save(targets / "b.png")
    assert translation_hash(pairs) not in seen
    assert unpaired_hash(*find_unpaired([sources], [targets])) not in seen
