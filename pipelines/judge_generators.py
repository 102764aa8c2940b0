"""Judge trained generators of pictures against held-out pictures, all by one protocol.

    python -m pipelines.judge_generators out/dcgan out/ogan --pictures emoji/a emoji/b
        --names emoji/splits.json#test --training-names emoji/splits.json#train --output judged

A generator is the folder of a run of generation, a checkpoint folder or a model file; the encoder of an O-GAN is in
the first two. The output folder gets ``judged.md`` (a table with its explanation), ``judged.json`` (the same numbers)
and sheets of pictures ``NAME_samples.png``, ``NAME_neighbours.png`` and, of generators with an encoder,
``NAME_reconstructions.png``, ``NAME_walks.png`` and ``NAME_retrieved.png``.
Exit codes: 0; 2 for wrong use; 5 where the output cannot be written; 6 for weights that cannot be had.
"""

import argparse
import json
import sys
from pathlib import Path

from pipelines.judging.generators import load_subjects
from pipelines.judging.references import References, read_pictures
from pipelines.judging.scores import judge
from pipelines.judging.sheets import sheets
from pipelines.judging.table import as_values, markdown
from srgan.errors import OutputError, SrganError, UsageError
from srgan.files import atomic_write
from srgan.images import Picture, PictureInfo, save

_LEAST = 4


def main(arguments: list[str] | None = None) -> int:
    """Judge; returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        _work(options)
    except SrganError as error:
        _log(f"error: {error}")
        return error.exit_code
    return 0


def _work(options: argparse.Namespace) -> None:
    if options.samples < _LEAST:
        raise UsageError(f"--samples {options.samples} are too few for a distance; it takes {_LEAST}")
    output: Path = options.output
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"cannot make the folder {output}: {error.strerror}") from error
    subjects = load_subjects(options.generators, say=_log)
    model = subjects[0].model
    # Colours of their own for both sides: equal ones would bring real pictures nearer than samples can come.
    held_out, training = (
        read_pictures(options.pictures, names, size=model.size, classes=model.classes, seed=seed, key=key)
        for names, seed, key in (
            (options.names, options.seed, "held-out"),
            (options.training_names, options.seed + 1, "training"),
        )
    )
    references = References(
        held_out, training, features=options.features, samples=options.samples, seed=options.seed, say=_log
    )
    judgements = []
    for subject in subjects:
        judged = judge(subject, references, samples=options.samples, seed=options.seed, say=_log)
        for name, sheet in sheets(judged, references):
            save(Picture(sheet, info=PictureInfo("PNG")), output / f"{subject.name}_{name}.png")
        judgements.append(judged)
    values = json.dumps(as_values(judgements, references), indent=2, allow_nan=False) + "\n"
    table = markdown(judgements, references)
    for name, text in (("judged.json", values), ("judged.md", table)):
        with atomic_write(output / name) as file:
            file.write(text.encode())
    _log(f"{output / 'judged.md'}:\n{table.partition(chr(10) * 2)[0]}")


def _log(message: str) -> None:
    sys.stderr.write(f"judge_generators: {message}\n")
    sys.stderr.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("generators", type=Path, nargs="+", help="folders of runs or of checkpoints, or model files")
    parser.add_argument("--pictures", type=Path, nargs="+", required=True, help="folders of real pictures")
    parser.add_argument("--names", required=True, help='the held-out ones: "list.txt" or "file.json#key"')
    parser.add_argument("--training-names", required=True, help="those that the generators were trained with")
    parser.add_argument("--output", type=Path, required=True, help="folder for the table and the sheets")
    parser.add_argument("--features", default="vgg19", choices=["vgg19", "pixels"], help="what the distance compares")
    parser.add_argument("--samples", type=int, default=2048, help="pictures that each generator makes")
    parser.add_argument("--seed", type=int, default=0, help="of latent vectors, colours and subsets")
    return parser


if __name__ == "__main__":
    sys.exit(main())
