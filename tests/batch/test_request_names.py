import itertools
from pathlib import Path

import pytest

from srgan.batch import Request, name_pictures

OUT = Path("out")


def named(*requests: Request) -> list[list[str]]:
    return [[str(path.relative_to(OUT)) for path in files] for files in name_pictures(requests, OUT, ".png")]


def test_texts_become_names_with_numbers() -> None:
    assert named(Request("a", None, "A red apple", 2), Request("b", None, "🍎")) == [
        ["a-red-apple_1.png", "a-red-apple_2.png"],
        ["u1f34e_1.png"],
    ]


def test_names_of_their_own() -> None:
    first, second = Request("a", None, "a", 1, name="Apple 1"), Request("b", None, "b", 2, name="pear")
    assert named(first, second) == [["Apple 1.png"], ["pear_1.png", "pear_2.png"]]


def test_nothing_leaves_the_folder() -> None:
    for title in ("../../x", "/etc/passwd", "..", "a/b\\c", ".hidden", "\u202egnp.x"):
        ((name,),) = named(Request("a", None, title))
        assert Path(name).name == name
        assert not name.startswith(".")


@pytest.mark.parametrize(
    "requests",
    [
        # The same name: the one that is written like its file keeps it.
        [Request("a", None, "A red apple!"), Request("b", None, "a red apple"), Request("c", None, "a-red-apple")],
        # The same text with other seeds.
        [Request("a", None, "a red apple", 3, seed=5), Request("a", None, "a red apple", 2)],
        # A name of its own that a text would have too, and two equal ones.
        [
            Request("a", None, "0", 1, name="apple_1"),
            Request("b", None, "apple", 2),
            Request("c", None, "c", 1, name="APPLE_1"),
        ],
    ],
)
def test_no_two_files_are_one_in_whatever_order(requests: list[Request]) -> None:
    plans = [dict(zip(order, named(*order), strict=True)) for order in itertools.permutations(requests)]
    assert all(plan == plans[0] for plan in plans)
    files = [name.casefold() for names in plans[0].values() for name in names]
    assert len(set(files)) == len(files)
    kept = next(request for request in requests if request.title in ("a red apple", "0") and request.seed == 0)
    assert "~" not in plans[0][kept][0]
