"""The parts of `pipelines.gan_laboratory`: toy problems, games, and what is measured and drawn of them."""
