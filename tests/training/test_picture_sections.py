"""The tables of a run that generates pictures."""

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from srgan.config import check
from srgan.errors import UsageError
from srgan.training.picture_sections import PicturesSection, SampleValidationSection, listed_pictures


def pictures(**tables: Any) -> PicturesSection:  # noqa: ANN401
    return check(PicturesSection, tables, source="run.toml", key="data")


def test_one_folder_or_several_with_variables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("one/a.png", "two/a.png", "two/b.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.new("RGB", (8, 8)).save(tmp_path / name)
    (tmp_path / "split.json").write_text('{"train": ["a"]}')
    monkeypatch.setenv("PICTURES", str(tmp_path))
    both = pictures(pictures=["${PICTURES}/one", "${PICTURES}/two"], names="${PICTURES}/split.json#train")
    found = listed_pictures(both, classes=0, key="data")
    assert found.paths == [tmp_path / "one" / "a.png", tmp_path / "two" / "a.png"]
    single = check(SampleValidationSection, {"pictures": "${PICTURES}/two"}, source="run.toml")
    assert [path.stem for path in listed_pictures(single, classes=0, key="validation").paths] == ["a", "b"]
    # The run that travels with a model is what its author wrote.
    assert both.model_dump(mode="json")["pictures"] == ["${PICTURES}/one", "${PICTURES}/two"]
    with pytest.raises(UsageError, match=r"data\.names: the environment variable NOWHERE is not set"):
        listed_pictures(pictures(pictures=tmp_path, names="${NOWHERE}/x.txt"), classes=0, key="data")


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        ({"pictures": []}, r"data\.pictures"),
        ({"pictures": "a", "size": 4}, r"data\.size: input should be greater than or equal to 8"),
        ({"pictures": "a", "background": "grey"}, r"data\.background: .*'random', 'fixed', 'white' or 'black'"),
        ({"picture": "a"}, r"did you mean 'pictures'"),
    ],
)
def test_wrong_tables(tables: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        pictures(**tables)
