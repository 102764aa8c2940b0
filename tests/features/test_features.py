"""Feature networks: layers, normalisation, weights that must be right or refused."""

import io
import warnings
from pathlib import Path
from urllib.error import URLError

import pytest
import torch
import torchvision
from safetensors.torch import save_file
from torch import Tensor

from srgan.errors import UsageError
from srgan.features import NETWORKS, VGG19_LAYERS, Lpips, Vgg19, feature_weights
from srgan.files import sha256_file
from srgan.images import read


def random_weights(network: str, until: int = 100) -> dict[str, Tensor]:
    """Weights of the right shapes (only for tests of structure), of the layers before `until`."""
    torch.manual_seed(0)
    whole = {"vgg19": torchvision.models.vgg19, "alexnet": torchvision.models.alexnet}[network](weights=None)
    state = whole.features[:until].state_dict()
    return {f"features.{name}": tensor for name, tensor in state.items()}


def test_layer_names_are_those_of_the_papers() -> None:
    assert (VGG19_LAYERS["conv1_1"], VGG19_LAYERS["relu2_2"], VGG19_LAYERS["conv5_4"]) == (0, 8, 34)
    assert VGG19_LAYERS["relu5_4"] == 35
    assert len(VGG19_LAYERS) == 32


def test_maps_before_and_after_the_activation(tmp_path: Path) -> None:
    save_file(random_weights("vgg19", until=7), tmp_path / "w.safetensors")
    network = Vgg19(["conv1_1", "relu1_1", "conv2_1"], weights=tmp_path / "w.safetensors")
    maps = network(torch.rand(2, 3, 12, 12))
    assert torch.equal(maps["relu1_1"], maps["conv1_1"].clamp(min=0))
    assert maps["conv1_1"].min() < 0
    assert maps["conv2_1"].shape == (2, 128, 6, 6)


def test_imagenet_normalisation_is_inside(tmp_path: Path) -> None:
    save_file(random_weights("vgg19", until=1), tmp_path / "w.safetensors")
    network = Vgg19(["conv1_1"], weights=tmp_path / "w.safetensors")
    picture = torch.rand(1, 3, 8, 8)
    normalise = torchvision.transforms.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
    assert torch.allclose(network(picture)["conv1_1"], network.features[0](normalise(picture)), atol=1e-6)


def test_the_environment_names_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "w.pth"
    torch.save(random_weights("vgg19", until=1) | {"classifier.0.bias": torch.zeros(1)}, path)
    monkeypatch.setenv("SRGAN_VGG19_WEIGHTS", str(path))
    assert sorted(feature_weights("vgg19")) == ["features.0.bias", "features.0.weight"]


def test_absent_weights_are_an_error_that_helps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("SRGAN_VGG19_WEIGHTS", raising=False)
    with pytest.raises(UsageError, match="is not there"):
        feature_weights("vgg19", tmp_path / "none.safetensors")

    def no_network(*_: object, **__: object) -> None:
        raise URLError("no network")

    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr(torch.hub, "download_url_to_file", no_network)
    with pytest.raises(UsageError, match=r"cannot be fetched .*vgg19-.*\.pth.* set SRGAN_VGG19_WEIGHTS"):
        feature_weights("vgg19")
    output = capsys.readouterr()
    assert output.out == ""
    assert "fetching https://" in output.err


def test_fetched_once_verified_and_read_in_the_child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = io.BytesIO()
    torch.save(random_weights("alexnet", until=1), content)
    asked = []

    def fetch(url: str, target: str, prefix: str, progress: bool) -> None:
        asked.append(url)
        assert not progress
        assert Path(url).stem.endswith(f"-{prefix}")
        assert NETWORKS["alexnet"].url == url
        Path(target).write_bytes(content.getvalue())

    monkeypatch.delenv("SRGAN_ALEXNET_WEIGHTS", raising=False)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr(torch.hub, "download_url_to_file", fetch)
    for _ in range(2):
        assert sorted(feature_weights("alexnet")) == ["features.0.bias", "features.0.weight"]
    assert len(asked) == 1
    assert [path.name for path in (tmp_path / "hub" / "checkpoints").iterdir()] == [Path(asked[0]).name]


def test_wrong_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    save_file(random_weights("vgg19", until=1), path)
    assert feature_weights("vgg19", path, sha256=sha256_file(path))
    with pytest.raises(UsageError, match="is not the file it should be"):
        feature_weights("vgg19", path, sha256="0" * 64)
    with pytest.raises(UsageError, match=r"lack features\.2"):
        Vgg19(["relu1_2"], weights=path)
    with pytest.raises(UsageError, match="no layer conv9_9"):
        Vgg19(["conv9_9"], weights=path)
    save_file({"x": torch.zeros(1)}, path)
    with pytest.raises(UsageError, match=r"no entry is called features"):
        feature_weights("vgg19", path)
    (tmp_path / "bad.pth").write_bytes(b"cos\nsystem\n(S'true'\ntR.")
    with pytest.raises(UsageError, match=r"bad\.pth: it asks to run or build os\.system"):
        feature_weights("vgg19", tmp_path / "bad.pth")


@pytest.mark.data
def test_lpips_has_its_authors_figures(data_folder: Path) -> None:
    network = Lpips(weights=data_folder / "weights" / "alexnet_features.safetensors")
    folder = data_folder / "benchmark" / "lpips_example"
    pictures = {
        name: torch.from_numpy(read(folder / f"{name}.png").rgb).permute(2, 0, 1)[None].float() / 255
        for name in ("ex_p0", "ex_p1", "ex_ref")
    }
    assert network(pictures["ex_p0"], pictures["ex_ref"]).item() == pytest.approx(0.722, abs=1e-3)
    assert network(pictures["ex_p1"], pictures["ex_ref"]).item() == pytest.approx(0.138, abs=1e-3)
    assert network(pictures["ex_ref"], pictures["ex_ref"]).item() == pytest.approx(0.0, abs=1e-6)


def test_lpips_by_vgg16_is_that_of_its_authors(tmp_path: Path) -> None:
    """Their network with the same random weights; those of another network are refused."""
    import lpips

    torch.manual_seed(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = lpips.LPIPS(net="vgg", pnet_rand=True, verbose=False).eval()
    named = {f"features.{name.split('.', 1)[1]}": tensor for name, tensor in theirs.net.state_dict().items()}
    save_file(named, tmp_path / "vgg16.safetensors")
    one, two = torch.rand(2, 3, 40, 33), torch.rand(2, 3, 40, 33)
    ours = Lpips("vgg16", weights=tmp_path / "vgg16.safetensors")
    with torch.no_grad():
        expected = theirs(one, two, normalize=True).flatten()
    assert torch.allclose(ours(one, two), expected, rtol=1e-5)
    assert (expected > 0).all()
    save_file(random_weights("alexnet", until=1), tmp_path / "alexnet.safetensors")
    with pytest.raises(UsageError, match="of vgg16 lack features"):
        Lpips("vgg16", weights=tmp_path / "alexnet.safetensors")
