"""Games over pictures that are made of other pictures: what the discriminator sees, and what it is not asked."""

from srgan.training.game_rules import ASKING, refuse_texts
from srgan.training.sections import StageSection

__all__ = ["refuse_other_games", "seen_pictures"]


def seen_pictures(stage: StageSection) -> dict[str, int]:
    """Options of a discriminator that may see a condition of three channels, and further pictures of its pack."""
    game = stage.adversarial
    if game is None:
        return {}
    seen = 3 if game.condition else 0
    return {"condition_channels": 3 * (game.packing - 1) + game.packing * seen}


def refuse_other_games(stage: StageSection, *, condition: str) -> None:
    """Refuse what asks for classes and latent vectors.

    Args:
        stage: with or without a game.
        condition: the only one that the task has.

    Raises:
        ValueError: names the keys.
    """
    game, table = stage.adversarial, stage.discriminator or {}
    if game is None:
        return
    if game.condition not in (None, condition):
        raise ValueError(f'adversarial.condition is "{game.condition}", which is for other tasks; use "{condition}"')
    refuse_texts(game)
    for key in ("classification", "correlation"):
        if getattr(game, key):
            raise ValueError(f'adversarial.{key} is for task = "generation"; leave it out')
    if table.get("head") in ASKING:
        raise ValueError(f'discriminator.head is "{table["head"]}", which is for task = "generation"; use "score"')
    if table.get("conditioning", "input") != "input":
        raise ValueError('discriminator.conditioning: a picture enters beside the judged one; use "input"')
