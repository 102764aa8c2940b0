"""Which pictures are found: folders, lists of names, classes by sub-folder."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from srgan.data import find_pictures
from srgan.errors import UsageError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two classes of two pictures, and one picture beside them."""
    names = ("zebra/a.png", "zebra/b.png", "ape/deep/c.png", "ape/a.png", "loose.png")
    for value, name in enumerate(names):
        path = tmp_path / "pictures" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((4, 4, 3), value, np.uint8)).save(path)
    return tmp_path / "pictures"


def test_without_classes_no_picture_has_one(folder: Path) -> None:
    found = find_pictures([folder])
    assert [path.relative_to(folder).as_posix() for path in found.paths] == [
        "ape/a.png",
        "ape/deep/c.png",
        "loose.png",
        "zebra/a.png",
        "zebra/b.png",
    ]
    assert found.labels.tolist() == [-1] * 5
    assert found.classes == ()


def test_classes_are_sub_folders_in_order_and_the_same_in_all_folders(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other" / "zebra"
    other.mkdir(parents=True)
    (folder / "zebra" / "b.png").rename(other / "b.png")
    found = find_pictures([folder, other.parent], classes=2)
    assert found.classes == ("ape", "zebra")
    assert [(path.name, int(label)) for path, label in zip(found.paths, found.labels, strict=True)] == [
        ("a.png", 0),
        ("c.png", 0),
        ("loose.png", -1),
        ("a.png", 1),
        ("b.png", 1),
    ]


def test_another_number_of_classes_is_refused_naming_both(folder: Path) -> None:
    with pytest.raises(UsageError, match=r"data\.classes is 3, but the sub-folders .* are 2 \(ape, zebra\)"):
        find_pictures([folder], classes=3)


@pytest.mark.parametrize("kind", ["txt", "json"])
def test_only_listed_pictures(folder: Path, tmp_path: Path, kind: str) -> None:
    listed = ["a", "loose", "not there"]
    path = tmp_path / f"names.{kind}"
    path.write_text("\n".join(listed) + "\n\n" if kind == "txt" else json.dumps({"train": listed, "test": ["b"]}))
    found = find_pictures([folder], names=f"{path}#train" if kind == "json" else str(path), classes=2)
    assert [path.stem for path in found.paths] == ["a", "loose", "a"]
    assert found.labels.tolist() == [0, -1, 1]


def test_a_class_without_listed_pictures_still_counts(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_text("b")
    found = find_pictures([folder], names=str(tmp_path / "names.txt"), classes=2)
    assert (found.labels.tolist(), found.classes) == ([1], ("ape", "zebra"))


@pytest.mark.parametrize(
    ("content", "names", "message"),
    [
        (None, "none.txt", r"key\.names: the file .*none\.txt is not there"),
        ('{"train": ["a"]}', "n.json#test", r"has no list 'test' \(there is: train\)"),
        ('{"train": ["a"]}', "n.json", r"has no list '' .* write .*n\.json#name"),
        ('["a"]', "n.json#train", r"has no list 'train' \(there is: no object\)"),
        ('{"train": "a"}', "n.json#train", "is not a list of names"),
        ("{", "n.json#train", "cannot be read"),
        ("q\n", "n.txt", r"n\.txt lists none of the 5 pictures"),
    ],
)
def test_lists_that_cannot_be_used(folder: Path, tmp_path: Path, content: str | None, names: str, message: str) -> None:
    if content is not None:
        (tmp_path / names.partition("#")[0]).write_text(content)
    with pytest.raises(UsageError, match=message):
        find_pictures([folder], names=str(tmp_path / names), key="key")


def test_an_absent_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"data\.pictures: the folder .*nowhere is not there"):
        find_pictures([tmp_path / "nowhere"])


def test_the_digest_follows_names_contents_and_classes(folder: Path) -> None:
    plain = find_pictures([folder]).digest()
    assert find_pictures([folder]).digest() == plain != find_pictures([folder], classes=2).digest()
    Image.fromarray(np.full((4, 4, 3), 9, np.uint8)).save(folder / "loose.png")
    assert find_pictures([folder]).digest() != plain
