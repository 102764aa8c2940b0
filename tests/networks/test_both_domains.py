"""Two discriminators as one."""

import pytest
import torch

from srgan.networks import BothDomains, DcganDiscriminator, MultiScale, Patch


def test_judges_as_its_two_discriminators_do() -> None:
    torch.manual_seed(0)
    first, second = Patch(width=4, layers=1), MultiScale(width=4, layers=1, scales=2)
    both = BothDomains(first, second).eval()
    one, other = torch.rand(2, 3, 24, 24), torch.rand(2, 3, 24, 24)
    found, expected = both(torch.cat([one, other], 1)), (first(one), second(other))
    assert len(found.scores) == 3
    for name in ("scores", "features"):
        apart = [*getattr(expected[0], name), *getattr(expected[1], name)]
        assert all(torch.equal(a, b) for a, b in zip(getattr(found, name), apart, strict=True))
    assert both.condition_channels == 0
    assert (both.minimum, both.size) == (second.minimum, None)
    assert {id(p) for p in both.parameters()} == {id(p) for d in (first, second) for p in d.parameters()}


def test_sizes_and_conditions() -> None:
    fixed = DcganDiscriminator(size=16, width=4)
    assert BothDomains(Patch(width=4, layers=1), fixed).size == 16
    with pytest.raises(ValueError, match="16 and 32 pixels"):
        BothDomains(fixed, DcganDiscriminator(size=32, width=4))
    with pytest.raises(ValueError, match="no condition"):
        BothDomains(Patch(width=4), Patch(width=4, condition_channels=3))
