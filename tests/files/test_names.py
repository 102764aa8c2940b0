import os
from pathlib import Path

import pytest

from srgan.errors import UsageError
from srgan.files import Found, default_output, folds_case, plan_outputs, stem_of

IMGS = Path("/data/imgs")


def inside(*names: str, root: Path = IMGS) -> list[Found]:
    return [Found(root / name, root, Path(name)) for name in names]


def plan(
    found: list[Found],
    suffixes: str | list[str] = ".png",
    output: str | None = None,
    fold: bool = False,
    copies: int = 1,
) -> list[str]:
    wanted = [suffixes] * len(found) if isinstance(suffixes, str) else suffixes
    paths = plan_outputs(found, wanted, tag="_x4", output=output, fold=fold, copies=copies)
    return [os.fspath(path) for path in paths]


def test_a_folder_keeps_its_tree() -> None:
    assert plan(inside("a.png", "sub/a.png", "sub/b.c.png")) == [
        "/data/imgs_x4/a.png",
        "/data/imgs_x4/sub/a.png",
        "/data/imgs_x4/sub/b.c.png",
    ]
    assert plan(inside("a.png", "sub/a.png"), output="/out") == ["/out/a.png", "/out/sub/a.png"]


def test_a_file_gets_a_tag() -> None:
    assert plan([Found(Path("d/a.png"), None, Path("a.png"))]) == ["d/a_x4.png"]
    assert plan([Found(Path("d/a.jpg"), None, Path("a.jpg"))]) == ["d/a_x4.png"]
    assert plan([Found(Path("d/a.png"), None, Path("a.png"))], output="out") == ["out/a.png"]


def test_copies_are_numbered() -> None:
    assert plan(inside("a.png", "sub/b.jpg"), copies=2) == [
        f"/data/imgs_x4/{name}" for name in ("a_1.png", "a_2.png", "sub/b_1.png", "sub/b_2.png")
    ]
    single = [Found(Path("d/a.png"), None, Path("a.png")), Found(Path("d/b.png"), None, Path("b.png"))]
    assert plan(single, copies=2) == ["d/a_x4_1.png", "d/a_x4_2.png", "d/b_x4_1.png", "d/b_x4_2.png"]
    assert plan(single, copies=2, output="out") == ["out/a_1.png", "out/a_2.png", "out/b_1.png", "out/b_2.png"]


def test_copies_never_meet_each_other_or_an_input() -> None:
    assert plan(inside("a.jpg", "a.png"), copies=2) == [
        f"/data/imgs_x4/{name}" for name in ("a.jpg_1.png", "a.jpg_2.png", "a_1.png", "a_2.png")
    ]
    names = ("a.png", "a_1.png", "a_1_1.png")
    assert len(set(plan(inside(*names), copies=12))) == 36
    assert plan(inside("a.png", "a_1.png"), output=str(IMGS), copies=1) == [f"{IMGS}/a_x4.png", f"{IMGS}/a_1_x4.png"]
    assert plan(inside("a.png", "a_1.png"), output=str(IMGS), copies=2) == [
        f"{IMGS}/{name}" for name in ("a_x4_1.png", "a_2.png", "a_1_1.png", "a_1_2.png")
    ]
    long = "x" * 250
    assert {len(Path(path).name) for path in plan(inside(f"{long}.png"), copies=9)} <= set(range(256))
    assert len(set(plan(inside(f"{long}.png", f"{long}.jpg"), copies=9))) == 18


def test_the_suffix_follows_the_format() -> None:
    names = ("a.JPG", "none", "v1.5", "scan 2024.11", "dots..png", "x.tar.gz")
    assert plan(inside(*names), [".JPG", ".png", ".png", ".jpg", ".png", ".webp"]) == [
        f"/data/imgs_x4/{name}"
        for name in ("a.JPG", "none.png", "v1.5.png", "scan 2024.11.jpg", "dots..png", "x.tar.webp")
    ]


def test_two_that_want_one_name_keep_their_full_old_names() -> None:
    assert plan(inside("a.jpg", "a.png", "b.jpg")) == [
        "/data/imgs_x4/a.jpg.png",
        "/data/imgs_x4/a.png",
        "/data/imgs_x4/b.png",
    ]
    assert plan(inside("a.jpg", "a.webp")) == ["/data/imgs_x4/a.jpg.png", "/data/imgs_x4/a.webp.png"]
    assert plan(inside("a.jpg", "a.jpg.png", "a.png")) == [
        "/data/imgs_x4/a.jpg~2.png",
        "/data/imgs_x4/a.jpg.png",
        "/data/imgs_x4/a.png",
    ]
    files = [Found(Path(name), None, Path(name)) for name in ("a.jpg", "a.png")]
    assert plan(files) == ["a.jpg_x4.png", "a_x4.png"]


def test_the_order_of_the_inputs_does_not_matter() -> None:
    found = inside("a.png", "A.png", "a.jpg", "A.jpg", "b/a.png", "a.webp", "a.jpg.png")
    for fold in (False, True):
        one = dict(zip(found, plan(found, fold=fold), strict=True))
        other = dict(zip(found[::-1], plan(found[::-1], fold=fold), strict=True))
        assert one == other
        keys = [name.casefold() if fold else name for name in one.values()]
        assert len(set(keys)) == len(keys)


def test_names_that_are_one_where_case_does_not_count() -> None:
    twins = inside("A.png", "a.png")
    assert plan(twins) == ["/data/imgs_x4/A.png", "/data/imgs_x4/a.png"]
    assert plan(twins, fold=True) == ["/data/imgs_x4/A.png", "/data/imgs_x4/a.png.png"]
    twins = inside("e\u0301.png", "\u00e9.png", "Stra\u00dfe.png", "STRASSE.png")
    assert len(set(plan(twins))) == 4
    folded = plan(twins, fold=True)
    assert sum(name.endswith(".png.png") for name in folded) == 2


def test_no_output_lands_on_an_input() -> None:
    assert plan(inside("a.png", "b.jpg"), output="/data/imgs") == ["/data/imgs/a_x4.png", "/data/imgs/b.png"]
    files = [Found(Path("a.png"), None, Path("a.png")), Found(Path("a_x4.png"), None, Path("a_x4.png"))]
    assert plan(files) == ["a.png_x4.png", "a_x4_x4.png"]


def test_several_inputs_into_one_folder() -> None:
    found = inside("a.png") + inside("a.png", root=Path("/other/imgs")) + inside("a.png", root=Path("/more"))
    assert plan(found, output="/out") == ["/out/imgs/a.png", "/out/imgs~2/a.png", "/out/more/a.png"]
    files = [Found(Path(f"/x/{part}/a.png"), None, Path("a.png")) for part in ("1", "2")]
    assert plan(files, output="/out") == ["/out/1/a.png", "/out/2/a.png"]
    files[1] = Found(Path("/x/2/b.png"), None, Path("b.png"))
    assert plan(files, output="/out") == ["/out/a.png", "/out/b.png"]


def test_long_names_are_cut_but_stay_apart() -> None:
    names = ["\u00e9" * 125 + f"{n}.png" for n in range(3)]
    outputs = [Path(name).name for name in plan([Found(Path(name), None, Path(name)) for name in names])]
    assert len(set(outputs)) == 3
    assert all(len(os.fsencode(name)) <= 255 and name.endswith(".png") for name in outputs)
    assert plan(inside("n" * 251 + ".png")) == ["/data/imgs_x4/" + "n" * 251 + ".png"]


def test_names_that_are_no_text() -> None:
    name = os.fsdecode(b"\xff\xfe.png")
    assert os.fsencode(plan(inside(name))[0]) == b"/data/imgs_x4/\xff\xfe.png"
    assert len(plan(inside(name, "a.png"), fold=True)) == 2


def test_default_output_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert default_output("imgs/", "_x4") == Path("imgs_x4")
    assert default_output("a/b.c", "_x2") == Path("a/b.c_x2")
    (tmp_path / "here" / "deep").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "here")
    assert default_output(".", "_x4") == tmp_path.resolve() / "here_x4"
    monkeypatch.chdir("deep")
    assert default_output("..", "_x4") == tmp_path.resolve() / "here_x4"
    with pytest.raises(UsageError, match="--output"):
        default_output("/", "_x4")


def test_whether_case_counts_is_found_without_writing(tmp_path: Path) -> None:
    (tmp_path / "Mixed").mkdir()
    before = list(tmp_path.iterdir())
    (tmp_path / "Mixed" / "x").mkdir()
    really = (tmp_path / "mIXED").exists()
    assert folds_case(tmp_path / "Mixed" / "not" / "yet") == really
    assert list(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    ("text", "stem"),
    [
        ("a red apple", "a-red-apple"),
        ("  A Red, apple! (2nd) ", "a-red-apple-2nd"),
        ("../../etc/passwd", "etc-passwd"),
        ("C:\\con_1", "c-con-1"),
        ("красное Яблоко", "красное-яблоко"),
        ("赤いリンゴ", "赤いリンゴ"),
        ("हिन्दी", "हिन्दी"),
        ("e\u0301te\u0301", "été"),
        ("🍎 ?", "u1f34e-u003f"),
    ],
)
def test_stems_of_texts(text: str, stem: str) -> None:
    assert stem_of(text) == stem


@pytest.mark.parametrize("text", ["word " * 100, "я" * 300, "👩‍🚒" * 100])
def test_long_stems_are_cut_and_marked(text: str) -> None:
    stem = stem_of(text)
    assert len(stem.encode()) <= 80
    assert stem[-9] == "~"
    assert stem_of(text + "x") != stem
