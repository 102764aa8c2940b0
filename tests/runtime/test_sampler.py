import hashlib
from pathlib import Path

import numpy as np
import pytest

from srgan.errors import ModelError, PictureError, UsageError
from srgan.runtime import Model, SessionMemoryError, bicubic, draw_noise, load_model, open_engine
from srgan.text import FileTokenizer, TextDescription
from tests.runtime import translators
from tests.runtime.makers import CLASSES, LATENT, SIZE, TOKENS, Kind, described, facts, maker
from tests.text.tokenizer_files import word_file


def model(kind: Kind = "text", **fields: object) -> Model:
    return load_model(described(kind, **fields), device="cpu")


def test_pictures_are_what_the_network_computes() -> None:
    made = model().generate("a red apple", count=3, seed=5)
    assert [picture.shape for picture in made] == [(SIZE, SIZE, 3)] * 3
    engine = open_engine(described(), "cpu")
    tokens = np.zeros((1, TOKENS), np.int64)
    tokens[0, :11] = np.frombuffer(b"a red apple", np.uint8) + np.int64(1)
    for sample, picture in enumerate(made):
        noise = draw_noise(5, sample, LATENT)
        assert noise is not None
        expected = engine.compute({"tokens": tokens, "noise": noise})[0].transpose(1, 2, 0)
        assert np.abs(picture / 255 - expected).max() < 0.5001 / 255


def test_what_runs_is_said() -> None:
    made = model()
    assert made.device_line.startswith("onnxruntime on CPU (")
    assert made.device_line.endswith(" in fp32")
    assert made.session is None
    assert made.notes == () or "GPU" in made.notes[0]


def test_a_picture_depends_on_its_text_and_its_sample_alone() -> None:
    maker_ = model()
    first = maker_.generate(["one", "two"], count=2, seed=1)
    assert (maker_.generate("two", first=1, seed=1)[0] == first[3]).all()
    together = maker_.generate(["one", "two"], count=2, seed=1, batch=3)
    assert all(np.abs(a.astype(int) - b).max() <= 1 for a, b in zip(first, together, strict=True))
    assert (first[0] != first[1]).any(), "samples differ"
    assert (first[0] != first[2]).any(), "texts differ"
    assert (maker_.generate("one", seed=2)[0] != first[0]).any(), "seeds differ"
    # Sample i has the same noise for every text: what differs is the colour of the whole picture.
    logits = [np.log((p + 0.5) / (255.5 - p)) for p in (first[0].astype(float), first[2].astype(float))]
    inside = ((first[0] > 20) & (first[0] < 235) & (first[2] > 20) & (first[2] < 235)).all(axis=2)
    assert np.ptp((logits[0] - logits[1])[inside], axis=0).max() < 0.15


def test_texts_are_prepared() -> None:
    maker_ = model()
    assert (maker_.generate(" a\tred\napple\u0000 ")[0] == maker_.generate("a red apple")[0]).all()
    assert (maker_.generate("красное яблоко")[0] != maker_.generate("синее яблоко")[0]).any()


def test_the_end_of_a_long_text_is_not_read() -> None:
    sampler = model().sampler
    assert sampler is not None
    assert sampler.reads_whole("x" * TOKENS)
    assert not sampler.reads_whole("x" * (TOKENS + 1))
    assert not sampler.reads_whole("x" * (TOKENS - 1) + "я")
    assert sampler.reads_whole("x")


@pytest.mark.parametrize("label", ["Dog", "dog", "1", 1])
def test_classes_by_name_and_number(label: str | int) -> None:
    maker_ = model("class")
    assert (maker_.generate(label=label)[0] == maker_.generate(label="Dog")[0]).all()
    assert (maker_.generate(label=label)[0] != maker_.generate(label="cat")[0]).any()


def test_noise_alone() -> None:
    made = model("noise").generate(count=2)
    assert (made[0] != made[1]).any()


def test_truncation_and_prior_reach_the_noise() -> None:
    sampler = model(prior="uniform").sampler
    assert sampler is not None
    whole, half = sampler.noise(3, 1), sampler.noise(3, 1, 0.5)
    np.testing.assert_allclose(half, whole / 2)
    assert (model().generate("a", truncation=0.2)[0] != model().generate("a")[0]).any()


@pytest.mark.parametrize(
    ("kind", "asked", "words"),
    [
        ("text", {}, "makes pictures of texts: give it one"),
        ("text", {"text": ""}, "the text is empty"),
        ("text", {"text": "x" * 10_000}, "10000 characters"),
        ("text", {"text": "\u0007\u200b"}, "no letter, number or symbol"),
        ("text", {"text": "a", "label": 1}, "has no classes: it makes pictures of texts"),
        ("class", {}, r"makes pictures of classes \(cat, Dog, 0 or 1\): name one"),
        ("class", {"text": "cat"}, "takes no text: it makes pictures of classes"),
        ("class", {"label": "cart"}, r"no class 'cart'; did you mean 'cat'\?"),
        ("class", {"label": 3}, "has the classes 0 to 2, and no 3"),
        ("class", {"label": "-1"}, "no class '-1'"),
        ("noise", {"text": "a"}, "takes no text: it makes pictures of nothing but noise"),
        ("noise", {"label": "a"}, "has no classes"),
        ("noise", {"count": 0}, "must be 1 at least"),
        ("noise", {"seed": -1}, "seed and sample must lie between"),
        ("noise", {"truncation": 0.0}, "truncation must be at least 0.01"),
    ],
)
def test_wrong_wishes(kind: Kind, asked: dict[str, object], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        model(kind).generate(**asked)  # type: ignore[arg-type]


def test_models_of_pictures_refuse_to_generate() -> None:
    with pytest.raises(ModelError, match="use srgan upscale"):
        bicubic().generate("a")
    with pytest.raises(ModelError, match="use srgan translate"):
        load_model(translators.described(), device="cpu").generate("a")
    with pytest.raises(ModelError, match="makes pictures of pictures: use srgan upscale or srgan translate"):
        load_model(translators.translator(), device="cpu").generate("a")
    picture = np.zeros((4, 4, 3), np.uint8)
    for method in (model().upscale, model().translate):
        with pytest.raises(ModelError, match="use srgan generate"):
            method(picture)


def test_what_a_model_promises_is_verified_when_it_is_loaded() -> None:
    with pytest.raises(ModelError, match=r"promises pictures \(1, 3, 9, 9\) but makes \(1, 3, 8, 8\)"):
        model(size=9)
    with pytest.raises(ModelError, match="cannot run"):
        model("class", classes=(*CLASSES, "one too many"))
    with pytest.raises(ModelError, match="takes 25 tokens, and its tokenizer makes 24"):
        load_model(maker(metadata=facts(), tokens=25), device="cpu")


def test_values_that_are_not_finite_are_no_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    maker_ = model("noise")
    assert maker_.sampler is not None
    broken = np.full((1, 3, SIZE, SIZE), np.nan, np.float32)
    monkeypatch.setattr(maker_.sampler.engine, "compute", lambda _: broken)
    with pytest.raises(PictureError, match="not finite"):
        maker_.generate()


def test_too_many_pictures_for_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    def compute(_: object) -> None:
        raise SessionMemoryError("no room")

    maker_ = model("noise")
    assert maker_.sampler is not None
    monkeypatch.setattr(maker_.sampler.engine, "compute", compute)
    with pytest.raises(PictureError, match="out of memory with 3 pictures at a time"):
        maker_.generate(count=5, batch=3)


def test_a_tokenizer_of_its_own_file(tmp_path: Path) -> None:
    path = word_file(tmp_path / "tokenizer.json")
    tokenizer = FileTokenizer(path, TOKENS)
    description = TextDescription(tokenizer.to_json(), hashlib.sha256(b"").hexdigest())
    content = described(text=description)
    with pytest.raises(UsageError, match="name the one with the sha256"):
        load_model(content, device="cpu")
    made = load_model(content, device="cpu", tokenizer=path).generate("red apple")
    assert made[0].shape == (SIZE, SIZE, 3)
    with pytest.raises(UsageError, match="reads no texts"):
        load_model(described("noise"), device="cpu", tokenizer=path)
    with pytest.raises(UsageError, match="reads no texts"):
        load_model(translators.described(), device="cpu", tokenizer=path)
