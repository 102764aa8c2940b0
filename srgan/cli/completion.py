"""What the tab key offers for values whose type does not tell: files, and names of models."""

import click
from click.shell_completion import CompletionItem

from srgan.zoo import list_models

__all__ = ["complete_files", "complete_models"]


def complete_files(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Files and folders, which the shell finds itself."""
    return [CompletionItem(incomplete, type="file")]


def complete_models(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Names of packaged models; files where no name begins like this."""
    names = [entry.name for entry in list_models() if entry.name.startswith(incomplete)]
    return [CompletionItem(name) for name in names] or complete_files(context, parameter, incomplete)
