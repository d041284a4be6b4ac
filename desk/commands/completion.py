"""`desk completion`: what a shell needs to complete desk's commands, options and values."""

from __future__ import annotations

import os
from pathlib import PurePath

import click

SHELLS = ("bash", "zsh", "fish")
WHERE = {
    "bash": 'eval "$(desk completion bash)"   # in ~/.bashrc',
    "zsh": 'eval "$(desk completion zsh)"   # in ~/.zshrc',
    "fish": "desk completion fish > ~/.config/fish/completions/desk.fish",
}


@click.command("completion", epilog="Put it in place:\n\n" + "\n\n".join(WHERE.values()))
@click.argument("shell", type=click.Choice(SHELLS), required=False)
@click.pass_context
def command(ctx: click.Context, *, shell: str | None) -> None:
    """Print the completion script of SHELL; without SHELL, of the one that you use ($SHELL)."""
    from click.shell_completion import get_completion_class

    named = shell or PurePath(os.environ.get("SHELL", "")).name
    if named not in SHELLS:
        raise click.UsageError(f"Say which shell: {', '.join(SHELLS)}.")
    kind = get_completion_class(named)
    assert kind is not None  # noqa: S101  (click knows these three)
    click.echo(kind(ctx.find_root().command, {}, "desk", "_DESK_COMPLETE").source())
