"""Which pictures and captions are found: lines of a file, texts beside pictures, what is cut out and left out."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from PIL import Image

from srgan.data import CaptionedPaths, read_captions
from srgan.errors import UsageError

Line = dict[str, object]
LINES: list[Line] = [
    {"image": "c/b.png", "captions": ["a red box (things)", "a box"], "concept": "box", "group": "things"},
    {"image": "c/a.png", "flat": "f/a.png", "caption": "an ape", "concept": "ape", "group": "animals", "more": 3},
    {"flat": "f/z.png", "image": None, "captions": ["a zebra [new]", "a  zebra"], "concept": None},
]


def pictures(folder: Path, *names: str) -> Path:
    for value, name in enumerate(names):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (4, 4), (value, 0, 0)).save(path)
    return folder


def lines(folder: Path, *content: Line | str) -> Path:
    folder.mkdir(exist_ok=True)
    written = [line if isinstance(line, str) else json.dumps(line) for line in content]
    (folder / "captions.jsonl").write_text("\n".join(written), encoding="utf-8")
    return folder / "captions.jsonl"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    pictures(tmp_path / "set", "c/a.png", "c/b.png", "f/a.png", "f/z.png")
    return lines(tmp_path / "set", *LINES)


def names(found: CaptionedPaths) -> list[tuple[str, str, str | None]]:
    """Picture, concept and group of all."""
    return [
        (
            f"{path.parent.name}/{path.stem}",
            found.concept_names[concept],
            found.group_names[group] if group >= 0 else None,
        )
        for path, concept, group in zip(found.paths, found.concepts, found.groups, strict=True)
    ]


def test_lines(file: Path) -> None:
    found = read_captions(file)
    assert found.paths == [file.parent / "c/b.png", file.parent / "c/a.png"]
    assert names(found) == [("c/b", "box", "things"), ("c/a", "ape", "animals")]
    assert found.captions == [("a red box (things)", "a box"), ("an ape",)]
    assert (found.concept_names, found.group_names) == (("ape", "box"), ("animals", "things"))


def test_several_pictures_of_a_line_share_what_is_said(file: Path) -> None:
    found = read_captions(file, images=("image", "flat"), strip=[r"\[[^\]]*\]"])
    assert names(found) == [
        ("c/b", "box", "things"),
        ("c/a", "ape", "animals"),
        ("f/a", "ape", "animals"),
        ("f/z", "a zebra", None),
    ]
    assert found.captions[1:] == [("an ape",), ("an ape",), ("a zebra",)]
    assert len(found) == 4


def test_without_a_concept_equal_first_captions_are_one(tmp_path: Path) -> None:
    pictures(tmp_path, "1.png", "2.png", "3.png")
    captions = (["red  circle", "round"], ["red circle (bright)"], ["circle", "red circle"])
    content: list[Line] = [{"image": f"{number}.png", "captions": texts} for number, texts in enumerate(captions, 1)]
    found = read_captions(lines(tmp_path, *content), strip=[r"\([^)]*\)"])
    assert [concept for _, concept, _ in names(found)] == ["red circle", "red circle", "circle"]


def test_what_is_cut_out(file: Path) -> None:
    found = read_captions(file, strip=[r"\([^)]*\)", "^an? ", "^ape$"], without=["a"])
    assert found.captions == [("red box", "box")]
    with pytest.raises(UsageError, match=r"captions\.jsonl:2: no caption is left of \['an ape'\]"):
        read_captions(file, strip=[".*ape.*"])
    with pytest.raises(UsageError, match=r"data\.strip: '\(' is no regular expression"):
        read_captions(file, strip=["("])


def test_captions_are_prepared_and_come_once(tmp_path: Path) -> None:
    pictures(tmp_path, "a.png")
    line: Line = {"image": "a.png", "captions": ["an\u00a0apple\n", " an apple", "", "\u3000", "cafe\u0301"]}
    assert read_captions(lines(tmp_path, line)).captions == [("an apple", "café")]


def test_names_and_patterns(file: Path, tmp_path: Path) -> None:
    (tmp_path / "split.json").write_text(json.dumps({"train": ["a", "z"], "test": ["b"], "none": ["q"]}))
    both = ("image", "flat")
    found = read_captions(file, images=both, names=f"{tmp_path}/split.json#train")
    assert [name for name, *_ in names(found)] == ["c/a", "f/a", "f/z"]
    assert found.concept_names == ("a zebra [new]", "ape")
    assert [name for name, *_ in names(read_captions(file, images=both, without=["[az]"]))] == ["c/b"]
    with pytest.raises(UsageError, match=r"has 4 pictures under 'image' or 'flat', and none of them is left"):
        read_captions(file, images=both, names=f"{tmp_path}/split.json#none")
    with pytest.raises(UsageError, match=r"has 0 pictures under 'photo', and none"):
        read_captions(file, images=("photo",))


def test_pictures_may_lie_elsewhere(file: Path, tmp_path: Path) -> None:
    moved = file.rename(tmp_path / "words.jsonl")
    assert read_captions(moved, root=tmp_path / "set").paths == read_captions(lines(file.parent, *LINES)).paths
    with pytest.raises(UsageError, match=r"words\.jsonl:1: the picture .*c/b\.png is not there"):
        read_captions(moved)


def test_pictures_that_are_not_meant_need_not_be_there(file: Path) -> None:
    (file.parent / "c" / "b.png").unlink()
    assert len(read_captions(file, without=["b"])) == 1


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", ":5: no JSON: Expecting"),
        ("[1]", r":5: not an object, but \[1\]"),
        ({"image": "c/a.png"}, ":5: needs captions .* and not both"),
        ({"image": "c/a.png", "caption": "a", "captions": ["a"]}, ":5: needs captions .* and not both"),
        ({"image": "c/a.png", "captions": "a"}, ":5: captions are not texts: 'a'"),
        ({"image": "c/a.png", "captions": ["a", 3]}, ":5: captions are not texts"),
        ({"image": "c/a.png", "caption": None}, ":5: captions are not texts"),
        ({"image": "c/a.png", "captions": []}, r":5: no caption is left of \[\]"),
        ({"image": "c/a.png", "caption": "a" * 1001}, ":5: the text has 1001 characters; 1000"),
        ({"image": "c/a.png", "caption": "\u200b"}, r":5: the text has no letter, .* only U\+200B"),
        ({"image": 7, "caption": "a"}, ":5: image is not a text: 7"),
        ({"image": "", "caption": "a"}, ":5: image is not a text: ''"),
        ({"image": "c/a.png", "caption": "a", "concept": 7}, ":5: concept is not a text: 7"),
        ({"image": "c/a.png", "caption": "a", "group": ["b"]}, ":5: group is not a text"),
        ({"image": "c/none.png", "caption": "a"}, r":5: the picture .*none\.png is not there"),
        ({"image": "c/b.png", "caption": "a"}, r":5: the picture .*c/b\.png was there before \(.*jsonl:1\)"),
    ],
)
def test_lines_that_cannot_be_used(file: Path, line: Line | str, message: str) -> None:
    """The fifth line of the file, after an empty one."""
    lines(file.parent, LINES[0], "", "", "", line)
    with pytest.raises(UsageError, match=rf"captions\.jsonl{message}"):
        read_captions(file)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"key\.captions: the file .*none\.jsonl is not there"):
        read_captions(tmp_path / "none.jsonl", key="key")
    (tmp_path / "latin.jsonl").write_bytes('{"caption": "é"}'.encode("latin-1"))
    with pytest.raises(UsageError, match=r"latin\.jsonl cannot be read: .*utf-8"):
        read_captions(tmp_path / "latin.jsonl")


def texts(folder: Path, **content: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in content.items():
        path = folder / f"{name.replace('_', '/')}.txt"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize("apart", [False, True])
def test_a_folder_of_pictures_and_texts(tmp_path: Path, apart: bool) -> None:
    root = pictures(tmp_path / "set", "b.png", "deep/a.png", "c.v2.bmp")
    folder = texts(tmp_path / "words" if apart else root, b="a bee\n", deep_a="an ape\nan animal (wild)\n\n")
    texts(folder, **{"c.v2": "a bee\nyellow", "unused": "nothing"})
    found = read_captions(folder, root=root if apart else None, strip=[r"\(.*\)"])
    assert found.paths == [root / "b.png", root / "c.v2.bmp", root / "deep/a.png"]
    assert found.captions == [("a bee",), ("a bee", "yellow"), ("an ape", "an animal")]
    assert [concept for _, concept, _ in names(found)] == ["a bee", "a bee", "an ape"]
    assert found.groups.tolist() == [-1] * 3


def test_folders_that_cannot_be_used(tmp_path: Path) -> None:
    folder = pictures(tmp_path / "set", "a.png", "b.png")
    texts(folder, a="an ape")
    with pytest.raises(UsageError, match=r"key\.captions: .*b\.png has no captions: .*b\.txt is not there"):
        read_captions(folder, key="key")
    texts(folder, b=" \n")
    with pytest.raises(UsageError, match=r"b\.txt: no caption is left"):
        read_captions(folder)
    assert len(read_captions(folder, without=["b"])) == 1
    with pytest.raises(UsageError, match=r"data\.captions: the folder .*nowhere is not there"):
        read_captions(folder, root=tmp_path / "nowhere")


def changed(file: Path, **fields: object) -> str:
    lines(file.parent, {**LINES[0], **fields}, *LINES[1:])
    return read_captions(file).digest()


def test_the_digest_follows_pictures_captions_concepts_and_groups(file: Path) -> None:
    plain = read_captions(file).digest()
    assert plain == read_captions(file).digest() == changed(file)
    different: Sequence[Line] = ({"captions": ["a box"]}, {"concept": "boxes"}, {"group": "animals"})
    digests = {plain, *(changed(file, **fields) for fields in different), read_captions(file, without=["a"]).digest()}
    assert len(digests) == 5
    changed(file)
    Image.new("RGB", (4, 4), (9, 9, 9)).save(file.parent / "c" / "b.png")
    assert read_captions(file).digest() not in digests
