import csv
import json
from pathlib import Path

import pytest
import torch

from pipelines.gan_laboratory import main
from pipelines.laboratory.codes import linear_codes
from pipelines.laboratory.games import GAMES, game_stage, parse_game
from pipelines.laboratory.networks import PointDiscriminator
from pipelines.laboratory.playing import play
from pipelines.laboratory.problems import PROBLEMS, make_problem
from pipelines.laboratory.scoring import score
from srgan.errors import UsageError
from srgan.networks import Judgement

POINTS = sorted(set(PROBLEMS) - {"digits"})


def _png(path: Path) -> bool:
    return path.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("name", POINTS)
def test_the_truth_gets_the_scores_of_the_truth(name: str) -> None:
    problem = make_problem(name)
    scores = score(problem.draw(20_000, torch.Generator().manual_seed(1)), problem)
    assert scores.modes == problem.modes
    assert scores.good == pytest.approx(100 * problem.ceiling, abs=0.25)
    assert scores.reverse_kl == pytest.approx(0, abs=0.002)
    assert scores.spread == pytest.approx(1, abs=0.02)
    assert scores.distance < 0.05


@pytest.mark.parametrize("name", POINTS)
def test_networks_see_samples_of_unit_variance(name: str) -> None:
    problem = make_problem(name)
    samples = problem.draw(50_000, torch.Generator().manual_seed(1)) / problem.scale
    assert float(samples.var(0).mean()) == pytest.approx(1, abs=0.02)


def test_a_collapsed_generator_is_found_out() -> None:
    problem = make_problem("grid")
    one = problem.anchors[7].repeat(2500, 1) + 0.02 * torch.randn(2500, 2, generator=torch.Generator().manual_seed(1))
    scores = score(one, problem)
    assert scores.modes == 1
    assert scores.good == 100
    assert scores.reverse_kl == pytest.approx(torch.tensor(25.0).log().item(), abs=1e-6)
    assert scores.spread == pytest.approx(0.4 / 0.974, abs=0.02)
    assert scores.distance > 0.5


def test_bad_samples_count_against_the_good_ones() -> None:
    problem = make_problem("ring")
    samples = problem.anchors.repeat(100, 1)
    samples[::2] *= 1.0 + 4 * 0.01  # beyond three sigma
    samples[1] = float("nan")
    scores = score(samples, problem)
    assert scores.good == pytest.approx(100 * 399 / 800)
    assert scores.modes == 4
    nothing = score(samples + 5, problem)
    assert (nothing.modes, nothing.good, nothing.reverse_kl, nothing.spread) == (0, 0, None, None)


def test_digits_are_judged_by_their_neighbours() -> None:
    pytest.importorskip("sklearn")
    problem = make_problem("digits")
    truth = score(problem.draw(2500, torch.Generator().manual_seed(1)), problem)
    assert (truth.modes, truth.good, truth.spread) == (10, 100, None)
    noise = score(torch.rand(500, 64, generator=torch.Generator().manual_seed(1)), problem)
    assert noise.good < 1


@pytest.mark.parametrize("name", sorted(GAMES))
def test_every_game_of_the_list_is_played(name: str) -> None:
    played = play(make_problem("gaussians"), game_stage(parse_game(name), steps=6), seed=0, width=8)
    assert played.samples.shape == (len(played.steps), 1000, 2)
    assert played.fields.shape[0] == len(played.steps)
    assert torch.isfinite(torch.from_numpy(played.samples)).all()


def test_a_seed_is_one_result() -> None:
    problem, section = make_problem("ring"), game_stage(parse_game("pacgan2"), steps=5)
    first, again, other = (play(problem, section, seed=seed, width=8) for seed in (3, 3, 4))
    assert (first.samples == again.samples).all()
    assert (first.samples != other.samples).any()


def test_a_game_is_written_with_the_keys_of_a_run_file() -> None:
    text = (
        'mine: objective = {kind = "wgan"}, steps = 5, penalty = [{kind = "gp", strength = 0.1}], train = {lr = 1e-4}'
    )
    section = game_stage(parse_game(text), steps=9)
    game = section.adversarial
    assert game is not None
    assert (section.name, game.steps, section.train.lr, section.train.steps) == ("mine", 5, 1e-4, 9)
    assert game.penalty == [{"kind": "gp", "strength": 0.1, "target": 1.0, "every": 1}]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("vanila", "there is no such game; known are"),
        ("mine: objective = wgan", "is not TOML"),
        ("mine: packin = 2", "did you mean 'packing'?"),
        ("mine: penalty = [{kind = 'gp', strenth = 1.0}]", "did you mean 'strength'?"),
        ("mine: train = {stepss = 2}", "train.stepss: there is no such option"),
        ("mine: train = 2", "train is a table"),
        ("My Game: steps = 2", "small letters"),
        ("mine: objective = 'wgan'", "needs a critic of bounded slope"),
    ],
)
def test_what_is_wrong_with_a_game_is_said(text: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["play", "--game", text, "--steps", "2"]) == 2
    assert message in capsys.readouterr().err


def test_a_run_writes_table_and_figure_and_is_not_done_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    games = tmp_path / "games.toml"
    games.write_text("[hinged]\nobjective = 'hinge'\npacking = 2\n")
    command = ["play", "--problem", "gaussians", "--problem", "roll", "--game", "vanilla", "--games", str(games)]
    command += ["--seeds", "2", "--steps", "20", "--width", "8", "-o", str(tmp_path / "out")]
    assert main(command) == 0
    shown, said = capsys.readouterr()
    assert said.count(" modes, ") == 8
    for name in ("gaussians", "roll"):
        assert _png(tmp_path / f"out/{name}.png")
        assert (tmp_path / f"out/{name}.md").read_text() in shown
        rows = list(csv.DictReader((tmp_path / f"out/{name}.csv").read_text().splitlines()))
        assert [(row["game"], row["runs"]) for row in rows] == [("vanilla", "2"), ("hinged", "2")]
        whole = json.loads((tmp_path / f"out/{name}.json").read_text())
        mean = sum(run["good"] for run in whole["games"]["hinged"]) / 2
        assert float(rows[1]["good"]) == pytest.approx(mean, abs=1e-3)

    (tmp_path / "out/roll/hinged-1.npz").write_bytes(b"cut off")
    before = (tmp_path / "out/roll.json").read_bytes()
    assert main(command) == 0
    assert capsys.readouterr().err.splitlines()[0].startswith("gan_laboratory: roll, hinged, seed 1:")
    games.write_text("[hinged]\nobjective = 'hinge'\npacking = 4\n")
    assert main(command) == 0
    assert capsys.readouterr().err.count("hinged, seed") == 4
    assert (tmp_path / "out/roll.json").read_bytes() != before


def test_a_game_that_runs_away_ends_with_the_exit_code_of_a_diverged_training(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: PointDiscriminator, picture: torch.Tensor, condition: torch.Tensor | None = None) -> Judgement:
        return Judgement([float("nan") * self.last(self.hidden[0](picture))], [])

    monkeypatch.setattr(PointDiscriminator, "forward", broken)
    command = ["play", "--problem", "ring", "--game", "vanilla", "--steps", "20", "-o", str(tmp_path)]
    assert main(command) == 7
    assert "is not finite since step 0" in capsys.readouterr().err
    assert not list(tmp_path.rglob("*.json"))


def test_an_encoder_inverts_its_linear_generator() -> None:
    codes = linear_codes(seed=1, steps=1500)
    assert codes.correlation > 0.99
    assert codes.error < 0.1


@pytest.mark.parametrize("arguments", [["labels", "--splits", "2"], ["codes", "--seeds", "1"]])
def test_the_studies_of_digits_write_what_they_found(arguments: list[str], tmp_path: Path) -> None:
    pytest.importorskip("sklearn")
    assert main([*arguments, "--steps", "3", "-o", str(tmp_path)]) == 0
    record = json.loads((tmp_path / f"{arguments[0]}.json").read_text())
    if arguments[0] == "labels":
        assert len(record["game"]) == len(record["alone"]) == 2
        assert record["gain"] == pytest.approx(sum(record["game"]) / 2 - sum(record["alone"]) / 2)
    else:
        assert set(record) == {"o-gan", "o-gan without correlation", "bigan"}


def test_games_of_a_wrong_file_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "games.toml"
    path.write_text("steps = 3\n")
    assert main(["play", "--games", str(path)]) == UsageError.exit_code
