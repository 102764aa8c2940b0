"""The parts of `pipelines.judge_generators`: the pictures that are compared with, the scores, sheets and the table."""
