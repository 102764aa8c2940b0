"""Rows beside each other: only those that mean the same."""

import json
from pathlib import Path

import pytest

from srgan.errors import UsageError
from srgan.evaluation import merge_rows, read_rows
from srgan.metrics import ProtocolError
from tests.evaluation.rows import row


def test_reports_of_one_protocol(tmp_path: Path) -> None:
    one, two, other = row("one"), row("two", lpips=(0.1, 0.2, 0.3)), row("one", dataset="Set5", psnr=(31.0,))
    path = tmp_path / "report.json"
    path.write_text(json.dumps([each.as_dict(per_picture=True) for each in (two, one)]))
    assert merge_rows([one, other], read_rows(path)) == [one, other, two]


def test_another_kernel_is_refused_with_the_reason() -> None:
    foreign = row("two", LR="LR as given (pixels ba9876543210)")
    with pytest.raises(ProtocolError) as raised:
        merge_rows([row("one")], [foreign])
    assert str(raised.value) == (
        "one and two on Set14 x4 cannot be compared: they differ in LR: LR by MATLAB bicubic 1/4, 8-bit after each "
        "pass against LR as given (pixels ba9876543210)"
    )
    assert merge_rows([row("one")], [row("two", dataset="Set5", LR="another set")])


def test_other_pictures_or_another_luma_are_refused() -> None:
    with pytest.raises(ProtocolError, match=r"differ in pictures: 3 pictures of Set14 .* against 2 pictures of set14"):
        merge_rows([row("one")], [row("two", dataset="set14", psnr=(28.0, 30.0))])
    with pytest.raises(ProtocolError, match=r"differ in psnr_y: PSNR of Y of BT.601 .* against PSNR of RGB"):
        merge_rows([row("one")], [row("two", psnr_y="PSNR of RGB")])


def test_one_model_has_one_row() -> None:
    assert merge_rows([row()], [row()]) == [row()]
    with pytest.raises(UsageError, match=r"net stands twice with different .* on Set14 x4: PSNR 28\.000 and 28\.333"):
        merge_rows([row()], [row(psnr=(28.0, 31.0, 26.0))])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is no report of srgan evaluate"),
        ("[3]", "is no report of srgan evaluate"),
        ('[{"model": "net"}]', "lacks 'pictures': it must be a report with every picture"),
    ],
)
def test_what_is_no_report(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "report.json"
    path.write_text(text)
    with pytest.raises(UsageError, match=message):
        read_rows(path)
    with pytest.raises(UsageError, match=r"absent\.json: No such file"):
        read_rows(tmp_path / "absent.json")
