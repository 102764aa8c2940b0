"""Wrong run files through the command line: exit code 2 and one message that says where, what and what to do."""

from pathlib import Path

import pytest
from PIL import Image

from srgan.cli import cli
from srgan.cli.errors import run

# What is laid over tiny.toml (one stage) or tiny_gan.toml (two), and what the message must say.
ONE_STAGE = {
    "a misspelt key": ("[train]\nbatchsize = 8", ["train.batchsize: there is no such option; did you mean 'batch'?"]),
    "a misspelt table": ("[trian]\nsteps = 8", ["trian: there is no such option; did you mean 'train'?"]),
    "a wrong type": ('[train]\nbatch = "four"', ["train.batch: input should be a valid integer", "it is 'four'"]),
    "a number out of range": ("[train]\nlr = -1e-4", ["train.lr: input should be greater than 0 (it is -0.0001)"]),
    "half a step": ("[train]\nsteps = 2.5", ["train.steps: input should be a valid integer", "it is 2.5"]),
    "a value for a table": ("train = 5", ["train: input should be a table (it is 5)"]),
    "a name for a part": (
        '[data]\ndegradation = "mild"',
        ["data.degradation: input should be a table, such as {kind = \"mild\"} (it is 'mild')"],
    ),
    "an unknown loss": ('[[loss]]\nkind = "l7"', ["loss[0].kind: there is no 'l7'; did you mean 'l1'?", "charbonnier"]),
    "an unknown option of a loss": (
        '[[loss]]\nkind = "charbonnier"\neps = 1e-3',
        ["loss[0].eps: there is no such option; did you mean 'epsilon'?"],
    ),
    "a weight in quotes": (
        '[[loss]]\nkind = "l1"\nweight = "1"',
        ["loss[0].weight: input should be a number of at least 0 (it is '1')"],
    ),
    "no kind": ("[[loss]]\nweight = 1.0", ["loss[0].kind is missing; choose one of charbonnier"]),
    "an unknown generator": ('[generator]\nkind = "srresnt"', ["generator.kind: there is no 'srresnt'; did you mean"]),
    "a scale that cannot be": (
        "[generator]\nscale = 5",
        ["generator: scale 5 is not supported; choose 1, 2, 3, 4 or 8"],
    ),
    "an unknown device": ('[train]\ndevice = "gpu"', ["train.device: input should be 'auto', 'cpu' or 'cuda'"]),
    "a tiny patch": ("[data]\npatch = 7", ["data.patch: input should be greater than or equal to 8 (it is 7)"]),
    "a patch larger than the pictures": (
        "[data]\npatch = 48",
        ["data: 3 pictures are smaller than the patch of 48x48 LR pixels (x2)", "set a smaller data.patch", "/a.png"],
    ),
    "shares that do not rise": (
        "[data]\nprogressive = [{until = 0.6, patch = 8}, {until = 0.3, patch = 12}]",
        ["data: progressive: the shares in `until` must rise, they are [0.6, 0.3]"],
    ),
    "an accumulation that does not fit": ("[train]\naccumulate = 3", ["train: accumulate (3) must divide batch (4)"]),
    "a warm-up without an end": ("[train]\nwarmup = 20", ["train: warmup (20) must be below steps (20)"]),
    "two ways to small pictures": (
        '[data]\nlow = "low"\ndegradation = {kind = "mild"}',
        ["data: give either low, a folder of small pictures, or degradation"],
    ),
    "an absent folder": ('[data]\nhigh = "/nowhere/train"', ["data.high: the folder /nowhere/train is not there"]),
    "an absent folder somewhere": ('[data]\nhigh = "nowhere"', ["the folder nowhere is not there (seen from {cwd})"]),
    "an empty folder": ('[data]\nhigh = "{empty}"', ["data.high: no picture in {empty}", ".png"]),
    "a variable that is not set": (
        '[data]\nhigh = "${SRGAN_NOWHERE}/train"',
        ["data.high: the environment variable SRGAN_NOWHERE is not set; export SRGAN_NOWHERE=... first"],
    ),
    "sizes that do not fit": (
        '[data]\nlow = "{low}"',
        ["data: 1 pictures cannot be used", "{low}/b.png is 40x35", "/b.png at scale 2 asks for 40x36"],
    ),
    "pictures without a partner": (
        '[data]\nlow = "{two}"',
        ["data: 1 pictures without a partner", "/c.png has no small picture in {two}"],
    ),
    "absent pictures to measure": (
        '[validation]\nhigh = "/nowhere/valid"',
        ["validation.high: the folder /nowhere/valid is not there"],
    ),
    "the best of nothing": ("[checkpoint]\nbest = 3", ["checkpoint.best needs a [validation] table"]),
    "the best of what is not measured": (
        '[validation]\nhigh = "valid"\n[checkpoint]\nmetric = "lpips"',
        ["checkpoint.metric is lpips; set validation.lpips = true"],
    ),
    "absent weights": (
        '[init]\nweights = "/nowhere/x.safetensors"',
        ["init.weights: /nowhere/x.safetensors is not there; give the folder of a run, a checkpoint or a weight file"],
    ),
    "weights that are none": (
        '[init]\nweights = "{low}/a.png"',
        ["init.weights: {low}/a.png is not a weight file by its name; known are .safetensors"],
    ),
    "a game without a discriminator": (
        "[adversarial]\nweight = 1e-3",
        ["there is a table adversarial, but none called discriminator; the game needs both"],
    ),
    "a discriminator without a game": (
        '[discriminator]\nkind = "patch"',
        ["there is a table discriminator, but none called adversarial; the game needs both"],
    ),
    "a name with a blank": (
        'name = "my run"',
        ["name: allowed are letters, digits, and between them . - _", "'my run'"],
    ),
    "a table that is not closed": ("[train\nsteps = 3", ["not a readable TOML file: Expected ']'", "line 2, column 7"]),
}
TWO_STAGES = {
    "a stage without a discriminator": (
        '[[stage]]\nname = "gan"\n[stage.adversarial]\nweight = 1e-3',
        ["stage.gan: there is a table adversarial, but none called discriminator; the game needs both"],
    ),
    "two stages of one name": (
        '[[stage]]\nname = "one"\n[[stage]]\nname = "one"',
        ["the names of the stages must differ, they are one, one"],
    ),
    "a stage without a name": ("[[stage]]\n[stage.train]\nsteps = 5", ["stage.0.name: is missing and must be given"]),
    "a stage's name with a blank": (
        '[[stage]]\nname = "with GAN"',
        ["stage.0.name: allowed are small letters, digits, and between them - _ (it is 'with GAN')"],
    ),
    "a stage that is not there": (
        "[stage.gan.train]\nsteps = 3",
        ["stage.gan: there is no such table; there are fidelity, adversarial"],
    ),
    "a misspelt key of a stage": (
        "[stage.adversarial.adversarial]\nwieght = 1",
        ["stage.adversarial.adversarial.wieght: there is no such option; did you mean 'weight'?"],
    ),
    "a stage with pictures of its own": (
        '[stage.adversarial.data]\nhigh = "x"',
        ["stage.adversarial.data.high is of the whole run; set data.high"],
    ),
    "a beginning that is not there": (
        '[init]\nweights = "x"\nstage = "gan"',
        ["init.stage: there is no stage 'gan'; there are fidelity, adversarial"],
    ),
    "a game that is over before it begins": (
        "[stage.adversarial.adversarial]\nwarmup = 12",
        ["stage.adversarial: adversarial.warmup (12) must be below train.steps (12)"],
    ),
    "an unknown objective": (
        '[stage.adversarial.adversarial]\nobjective = "vanilla"',
        ["stage.adversarial.adversarial.objective.kind: there is no 'vanilla'", "Known: fgan, hinge, lsgan"],
    ),
    "a penalty that is never due": (
        '[stage.adversarial.adversarial]\npenalty = [{kind = "r1", every = 0}]',
        ["stage.adversarial.adversarial.penalty[0].every: input should be a whole number of at least 1 (it is 0)"],
    ),
    "a penalty twice": (
        '[stage.adversarial.adversarial]\npenalty = [{kind = "r1"}, {kind = "r1"}]',
        ["stage.adversarial.adversarial: penalty: give each kind once, there are r1, r1"],
    ),
    "more and fewer updates": (
        "[stage.adversarial.adversarial]\nsteps = 2\nevery = 2",
        ["stage.adversarial.adversarial: give either steps", "or every"],
    ),
    "crops too small for the discriminator": (
        "[stage.adversarial.discriminator]\nlayers = 4",
        ["data.patch is 16, at x2 32 pixels a side, but the discriminator 'patch' needs 48; use at least 24"],
    ),
}


@pytest.fixture
def places(pictures: Path, tmp_path: Path) -> dict[str, Path]:
    """Folders with nothing in them, with two of three small pictures, and with one of a wrong size."""
    found = {name: tmp_path / name for name in ("empty", "two", "low")}
    for folder in found.values():
        folder.mkdir()
    for name in "abc":
        Image.new("RGB", (40, 35 if name == "b" else 36)).save(found["low"] / f"{name}.png")
        if name != "c":
            Image.new("RGB", (40, 36)).save(found["two"] / f"{name}.png")
    return {**found, "cwd": Path.cwd()}


@pytest.mark.parametrize("case", [*ONE_STAGE, *TWO_STAGES])
def test_one_message_that_helps(
    case: str, gan_file: Path, tmp_path: Path, places: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    text, fragments = ONE_STAGE[case] if case in ONE_STAGE else TWO_STAGES[case]
    parent = gan_file.with_name("tiny.toml") if case in ONE_STAGE else gan_file
    file = tmp_path / "mine.toml"
    for name, path in places.items():
        text = text.replace(f"{{{name}}}", path.as_posix())
        fragments = [fragment.replace(f"{{{name}}}", str(path)) for fragment in fragments]
    file.write_text(f'extends = "{parent.as_posix()}"\n{text}\n')
    assert run(cli, ["train", str(file), "--set", f"output={tmp_path / 'out'}"]) == 2
    output, said = capsys.readouterr()
    assert output == ""
    [message] = said.split("srgan: error: ")[1:]
    assert "mine.toml" in message.split(": ")[0]
    assert "Traceback" not in said
    for fragment in fragments:
        assert fragment in message


def test_a_run_file_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "child.toml").write_text('extends = "gone.toml"')
    for file, message in (
        ("gone.toml", f"the run file {tmp_path / 'gone.toml'} is not there"),
        ("child.toml", f"the run file {tmp_path / 'gone.toml'} is not there (named by extends in child.toml)"),
    ):
        assert run(cli, ["train", str(tmp_path / file)]) == 2
        assert capsys.readouterr().err == f"srgan: error: {message}\n"


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("train.batch", "--set 'train.batch': write it as section.key=value, for example --set train.batch=8"),
        ("stage.gan.train.steps=3", "--set stage.gan.train.steps=3: stage.gan: there is no such table; there are "),
        ("train.stepz=3", "tiny_gan.toml: stage.fidelity.train.stepz: there is no such option; did you mean 'steps'?"),
    ],
)
def test_wrong_overrides(gan_file: Path, capsys: pytest.CaptureFixture[str], override: str, message: str) -> None:
    assert run(cli, ["train", str(gan_file), "--set", override]) == 2
    assert f"srgan: error: {message}" in capsys.readouterr().err


def test_several_mistakes_are_named_at_once(run_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('name = "mine"\n[train]\nsteps = 0\nbatch = 0\n')
    assert run(cli, ["train", str(file)]) == 2
    lines = capsys.readouterr().err.removeprefix("srgan: error: ").splitlines()
    assert sorted(line.split(": ")[1] for line in lines) == ["data", "generator", "train.batch", "train.steps"]


def test_a_wrong_run_leaves_the_report_of_another_alone(
    run_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = f"output={tmp_path}"
    assert run(cli, ["train", str(run_file), "--set", output, "--set", "train.steps=3"]) == 0
    report = tmp_path / "tiny" / "report.html"
    before = report.stat().st_mtime_ns
    capsys.readouterr()
    assert run(cli, ["train", str(run_file), "--set", output, "--set", "train.steps=4"]) == 2
    assert capsys.readouterr().err.startswith(f"srgan: error: tiny.toml: {tmp_path / 'tiny'} holds another training")
    assert report.stat().st_mtime_ns == before
