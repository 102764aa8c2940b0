"""Numbers of different protocols are not compared."""

import pytest

from srgan.metrics import Measured, ProtocolError, check_comparable

PROTOCOL = {"channel": "Y of BT.601", "border": "4", "LR": "MATLAB bicubic 1/4"}


def test_numbers_of_one_protocol() -> None:
    one, two = Measured("psnr_y", 28.3, PROTOCOL), Measured("psnr_y", 26.1, {**PROTOCOL})
    assert one - two == pytest.approx(2.2)
    assert two < one
    assert not one < one


def test_other_protocols_are_refused_with_all_that_differs() -> None:
    one = Measured("psnr_y", 28.3, PROTOCOL)
    other = Measured("psnr_y", 31.0, {**PROTOCOL, "channel": "RGB", "LR": "bilinear 1/4"})
    for comparison in (one.__sub__, one.__lt__):
        with pytest.raises(ProtocolError) as raised:
            comparison(other)
        assert str(raised.value) == (
            "these values of psnr_y cannot be compared: they differ in channel: Y of BT.601 against RGB; in LR: "
            "MATLAB bicubic 1/4 against bilinear 1/4"
        )
    with pytest.raises(ProtocolError, match="ssim_y are different metrics"):
        one.check(Measured("ssim_y", 0.8, PROTOCOL))


def test_what_is_not_stated_differs() -> None:
    with pytest.raises(ProtocolError, match=r"Set5 cannot be .* in LR: MATLAB bicubic 1/4 against not stated"):
        check_comparable(PROTOCOL, {"channel": "Y of BT.601", "border": "4"}, what="Set5")
    check_comparable({}, {}, what="nothing")
