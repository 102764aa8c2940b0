"""Projections of places of feature maps."""

import torch
from torch.nn import functional as F

from srgan.networks import PatchProjection


def maps() -> list[torch.Tensor]:
    torch.manual_seed(0)
    return [torch.rand(2, 3, 8, 6), torch.rand(2, 7, 4, 3)]


def test_vectors_of_length_one_at_the_same_places_of_all_pictures() -> None:
    features = maps()
    projection = PatchProjection([3, 7], width=16)
    places = [torch.tensor([0, 7, 47]), torch.tensor([11])]
    found, used = projection(features, places)
    assert [tuple(vectors.shape) for vectors in found] == [(2, 3, 16), (2, 1, 16)]
    assert all(one is other for one, other in zip(used, places, strict=True))
    # Numbers go row by row: 7 is the second place of the second row of six.
    for vectors, layer, image, row, column, place in ((0, 0, 1, 1, 1, 1), (1, 1, 0, 3, 2, 0)):
        expected = F.normalize(projection.layers[layer](features[layer][image, :, row, column]), dim=0)
        torch.testing.assert_close(found[vectors][image, place], expected)
    for vectors in found:
        torch.testing.assert_close(vectors.norm(dim=2), torch.ones(vectors.shape[:2]))


def test_places_are_drawn_without_repetition_and_kept() -> None:
    projection, features = PatchProjection([3, 7], width=4), maps()
    torch.manual_seed(3)
    found, places = projection(features, count=20)
    # The second map has twelve places only.
    assert [len(chosen) for chosen in places] == [20, 12]
    assert [len(set(chosen.tolist())) for chosen in places] == [20, 12]
    assert sorted(places[1].tolist()) == list(range(12))
    again, _ = projection(features, places)
    assert all(torch.equal(one, other) for one, other in zip(found, again, strict=True))
    torch.manual_seed(3)
    assert torch.equal(projection(features, count=20)[1][0], places[0])
    assert not torch.equal(projection(features, count=20)[1][0], places[0])
    drawn = torch.cat([projection(features, count=20)[1][0] for _ in range(30)])
    assert set(drawn.tolist()) == set(range(48))


def test_gradients_and_precision() -> None:
    projection = PatchProjection([3, 7], width=16)
    features = [one.requires_grad_() for one in maps()]
    with torch.autocast("cpu", torch.bfloat16):
        found, _ = projection(features, count=6)
    assert all(vectors.dtype == torch.float32 for vectors in found)
    sum((vectors * torch.randn_like(vectors)).sum() for vectors in found).backward()
    assert all(parameter.grad is not None and parameter.grad.abs().sum() > 0 for parameter in projection.parameters())
    # Six places, in both pictures.
    assert features[0].grad is not None
    assert (features[0].grad.abs().sum(1) > 0).sum() == 12
