"""Targets: strict files, with a word of help."""

from pathlib import Path

import pytest

from srgan.errors import UsageError
from srgan.exporting import Target, load_target


def test_every_target_of_the_repository_is_sound(repository: Path) -> None:
    targets = {path.stem: load_target(path) for path in sorted((repository / "export/targets").glob("*.toml"))}
    assert {"browser", "cpu", "cuda", "openvino", "tensorrt"} <= targets.keys()
    assert all(target.summary for target in targets.values())
    assert {name: target.precision for name, target in targets.items()} == {
        "browser": "fp32",
        "cpu": "fp32",
        "cuda": "fp16",
        "openvino": "bf16",
        "tensorrt": "fp16",
    }
    assert [name for name, target in targets.items() if target.pixels == "uint8"] == ["browser"]
    assert [name for name, target in targets.items() if not target.axes.dynamic] == ["tensorrt"]
    assert targets["tensorrt"].activations == "int8"
    # The bounds.
    for target in targets.values():
        bounds = target.tolerance
        assert (bounds.fp32, bounds.fp16, bounds.bf16, bounds.int8) == (1e-4, 50, 45, 0.3)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('precison = "fp16"', r"precison: there is no such option; did you mean 'precision'\?"),
        ("[tolerance]\nfp8 = 1.0", r"tolerance.fp8: there is no such option; did you mean"),
        ('precision = "fp8"', r"precision: input should be 'fp32', 'fp16', 'bf16' or 'int8' \(it is 'fp8'\)"),
        ("opset = 9", "opset: input should be greater than or equal to 18"),
        ("[axes]\nheight = 64", "height and width are both numbers"),
        ('precision = "int8"\nprecisions = ["fp32"]', "not among its precisions"),
        ("precision = ", "not a readable TOML file"),
    ],
)
def test_a_wrong_target_is_explained(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(UsageError, match=rf"(?s)mine\.toml: .*{words}|{words}"):
        load_target(path)


def test_a_target_that_is_not_there_names_those_that_are(tmp_path: Path) -> None:
    (tmp_path / "edge.toml").write_text("")
    with pytest.raises(UsageError, match=r"bowser\.toml is not there; there are .*edge\.toml"):
        load_target(tmp_path / "bowser.toml")


def test_a_target_extends_another(tmp_path: Path) -> None:
    (tmp_path / "all.toml").write_text("opset = 19\n[tolerance]\nfp16 = 60.0\n")
    (tmp_path / "mine.toml").write_text('extends = "all.toml"\nprecision = "fp16"\n')
    target = load_target(tmp_path / "mine.toml")
    assert (target.opset, target.tolerance.fp16, target.precision) == (19, 60.0, "fp16")


def test_what_does_not_run_there_is_refused() -> None:
    target = Target(precision="fp32", precisions=("fp32", "bf16"))
    assert (target.choose(None), target.choose("bf16")) == ("fp32", "bf16")
    with pytest.raises(UsageError, match="runs no int8 files; it runs fp32, bf16"):
        target.choose("int8")
