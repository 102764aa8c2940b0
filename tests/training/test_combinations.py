"""Every objective with every stabiliser that makes sense, through the same keys of run files, in two tasks."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from srgan.adversarial import OBJECTIVES
from srgan.errors import UsageError
from tests.training.toys import advance, make_trainer, weights

STEPS = 50

GAMES = {
    "minimax": "kind='minimax'",
    "minimax-smoothed": "kind='minimax', smoothing=0.1",
    "nonsaturating": "kind='nonsaturating'",
    "ragan": "kind='nonsaturating', relativistic='average'",
    "rpgan": "kind='nonsaturating', relativistic='paired'",
    "mle": "kind='mle'",
    "lsgan": "kind='lsgan'",
    "lsgan-relativistic": "kind='lsgan', relativistic='average'",
    "hinge": "kind='hinge'",
    "hinge-relativistic": "kind='hinge', relativistic='paired'",
    **{f"fgan-{name}": f"kind='fgan', divergence='{name}'"
       for name in ("kl", "reverse_kl", "pearson", "hellinger", "js", "gan")},
    "fgan-relativistic": "kind='fgan', divergence='js', relativistic='average'",
    "wgan": "kind='wgan'",
    "wgan-clipped": "kind='wgan', clip=0.05",
    "qp": "kind='qp'",
}  # fmt: skip

GAME = "adversarial."
STABILISERS: dict[str, tuple[str, ...]] = {
    "spectral": ("discriminator.norm=spectral",),
    "batch": ("discriminator.norm=batch",),
    "instance": ("discriminator.norm=instance",),
    "gp": (f"{GAME}penalty=[{{kind='gp', every=2}}]",),
    "r1+r2": (f"{GAME}penalty=[{{kind='r1', gamma=1.0}}, {{kind='r2', gamma=1.0}}]",),
    "div": (f"{GAME}penalty=[{{kind='div'}}]",),
    "dragan": (f"{GAME}penalty=[{{kind='dragan'}}]",),
    "steps+ttur": (f"{GAME}steps=3", f"{GAME}lr=8e-4"),
    "packing": (f"{GAME}packing=2",),
    "unrolled": (f"{GAME}unrolled=3",),
    "unrolled+gp": (f"{GAME}unrolled=2", f"{GAME}penalty=[{{kind='gp'}}]"),
    "noise": (f"{GAME}noise=0.2", f"{GAME}noise_until=0.5"),
    "diffaugment": (f"{GAME}augment=['colour', 'translation', 'cutout']",),
    "ada": (f"{GAME}augment=['colour', 'cutout']", f"{GAME}adaptive=0.6"),
    "feature means": (f"{GAME}feature_means=1.0",),
}
# Those of the DCGAN discriminator, in whatever task.
LAYERS: dict[str, tuple[str, ...]] = {
    "virtual": ("discriminator.norm=virtual", "discriminator.reference=4"),
    "reference": ("discriminator.norm=reference", "discriminator.reference=4"),
    "virtual+gp": ("discriminator.norm=virtual", "discriminator.reference=4", f"{GAME}penalty=[{{kind='gp'}}]"),
    "minibatch": ("discriminator.minibatch=discrimination",),
    "stddev+r1": ("discriminator.minibatch=stddev", f"{GAME}penalty=[{{kind='r1'}}]"),
    "packing+unrolled": (f"{GAME}packing=2", f"{GAME}unrolled=2"),
}
BOUNDED = {"spectral", "gp", "r1+r2", "div", "dragan", "unrolled+gp", "virtual+gp", "stddev+r1"}


def allowed(game: str, stabiliser: str) -> bool:
    """What the schema must take; the rest it must refuse."""
    if game == "wgan":
        return stabiliser in BOUNDED
    if game == "wgan-clipped":
        return stabiliser not in ("spectral", "ada")
    return not (game == "qp" and stabiliser == "ada")


def placed(overrides: tuple[str, ...], stage: str) -> tuple[str, ...]:
    return tuple(f"{stage}{override}" for override in overrides)


Run = Callable[..., None]


@pytest.fixture
def enlarge(tiny_pictures: Path, repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Trains the adversarial stage of ``runs/tiny_gan.toml`` a little."""
    monkeypatch.setenv("SRGAN_DATA", str(tiny_pictures))
    stage = "stage.adversarial."
    small = ("data.patch=8", "generator.channels=4", f"{stage}train.steps={STEPS}", f"{stage}adversarial.penalty=[]")
    plain = ("discriminator={kind='patch', width=4, layers=1, norm='none'}",)

    def train(objective: str, overrides: tuple[str, ...], network: tuple[str, ...] = plain) -> None:
        game = f"{stage}adversarial.objective={{{objective}}}"
        trainer = make_trainer(
            repository / "runs" / "tiny_gan.toml", tmp_path, *small, *placed(network, stage), game,
            *placed(overrides, stage),
        )  # fmt: skip
        trainer.stage = trainer.make_stage(1)
        _trained(trainer)

    return train


@pytest.fixture
def generate(tiny_pictures: Path, repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Trains ``runs/tiny_generation.toml`` a little."""
    monkeypatch.setenv("SRGAN_DATA", str(tiny_pictures))
    small = ("data.size=8", "generator.size=8", "generator.width=4", f"train.steps={STEPS}", "adversarial.penalty=[]")
    plain = ("discriminator={kind='dcgan', size=8, width=4, kernel=4, norm='none'}",)

    def train(objective: str, overrides: tuple[str, ...], network: tuple[str, ...] = plain) -> None:
        game = f"adversarial.objective={{{objective}}}"
        trainer = make_trainer(
            repository / "runs" / "tiny_generation.toml", tmp_path, *small, *network, game, *overrides
        )
        _trained(trainer)

    return train


def _trained(trainer: object) -> None:
    """It makes its steps without a fault, and both sides move."""
    from srgan.training import Trainer

    assert isinstance(trainer, Trainer)
    before = weights(trainer.generator)
    advance(trainer, STEPS)
    assert trainer.recovery.state()["skipped"] == 0
    after = {**weights(trainer.generator), **weights(trainer.stage.adversary.network)}  # type: ignore[union-attr]
    assert all(torch.isfinite(tensor).all() for tensor in after.values())
    assert any(not torch.equal(before[name], after[name]) for name in before)


def test_every_objective_is_tried() -> None:
    assert {text.split("'")[1] for text in GAMES.values()} == {*OBJECTIVES}


# One of each kind, and the relativistic forms; the variants of a kind are tried where steps are quicker, below.
KINDS = ["minimax", "nonsaturating", "ragan", "rpgan", "mle", "lsgan", "hinge", "fgan-kl", "wgan", "wgan-clipped", "qp"]


@pytest.mark.parametrize("stabiliser", [name for name in STABILISERS if name != "unrolled+gp"])
@pytest.mark.parametrize("game", KINDS)
def test_super_resolution(enlarge: Run, game: str, stabiliser: str) -> None:
    if allowed(game, stabiliser):
        enlarge(GAMES[game], STABILISERS[stabiliser])
    else:
        with pytest.raises(UsageError, match=r"tiny_gan\.toml: stage\.adversarial\.adversarial\.\w+"):
            enlarge(GAMES[game], STABILISERS[stabiliser])


@pytest.mark.parametrize("stabiliser", [*STABILISERS, *LAYERS])
@pytest.mark.parametrize("game", GAMES)
def test_generation(generate: Run, game: str, stabiliser: str) -> None:
    overrides = {**STABILISERS, **LAYERS}[stabiliser]
    if allowed(game, stabiliser):
        generate(GAMES[game], overrides)
    else:
        with pytest.raises(UsageError, match=r"tiny_generation\.toml: adversarial\.\w+"):
            generate(GAMES[game], overrides)


def test_matching_aware_penalties_where_there_is_a_condition(enlarge: Run, generate: Run) -> None:
    hinge, penalty = GAMES["hinge"], f"{GAME}penalty=[{{kind='magp', every=2}}]"
    enlarge(hinge, (f"{GAME}condition=low", penalty))
    generate(hinge, ("data.classes=2", f"{GAME}condition=class", penalty))
    generate(hinge, ("data.classes=2", f"{GAME}condition=class", "discriminator.conditioning=projection", penalty))
    with pytest.raises(UsageError, match="sees no condition"):
        generate(hinge, (penalty,))
    players = ("generator={kind='df_gan', latent=8, size=8, width=4}", "discriminator={kind='df_gan', size=8, width=4}")
    generate(hinge, ("data.classes=2", f"{GAME}condition=class", penalty), players)
    with pytest.raises(UsageError, match="sees no condition"):
        generate(hinge, (penalty,), players)
