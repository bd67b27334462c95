"""Command line of the bot, `swarmbot` or `python -m bot`."""

from __future__ import annotations

import asyncio
import faulthandler
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

if TYPE_CHECKING:
    from bot.config import Settings

DEFAULT_CONFIG = Path("config.toml")

cli = typer.Typer(
    help="A Discord bot that turns a SwarmUI image server into a community's studio.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
)
sandbox = typer.Typer(help="The sandbox's servers, each alone.", no_args_is_help=True)
cli.add_typer(sandbox, name="sandbox")

ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", help="The settings; config.toml here if it exists.", dir_okay=False),
]
DataOption = Annotated[
    Path | None, typer.Option("--data", help="Keep everything in this folder, for a next time.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Say where things are as one JSON line.")]
FINAL_EXIT_CODE = 78  # EX_CONFIG
FinalExitOption = Annotated[
    int | None,
    typer.Option(
        "--final-exit-code",
        envvar="FINAL_EXIT_CODE",
        help="Exit code if another start would fail too. The default is 2 for bad settings, and 78 "
        "if Discord refuses the bot. The container uses 0.",
        min=0,
        max=255,
    ),
]
PortOption = Annotated[int, typer.Option("--port", help="0 takes a free one.", min=0, max=65535)]


@cli.command()
def demo(
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Open no page.")] = False,
    json_line: JsonOption = False,
    data: DataOption = None,
) -> None:
    """See the bot at work without a token, a GPU or a network."""
    from bot.sandbox.demo import demo as start

    raise typer.Exit(asyncio.run(start(browser=not no_browser, json_line=json_line, data=data)))


@cli.command()
def run(config: ConfigOption = None, final_exit_code: FinalExitOption = None) -> None:
    """Run the bot with your Discord token and your SwarmUI."""
    settings = _settings(config, exit_code=2 if final_exit_code is None else final_exit_code)
    from bot import app, logs
    from bot.adapters.sqlite import StoreError
    from bot.loop_watchdog import run_watched

    logs.set_up_logging(settings.log.level, settings.log.format)
    if sys.__stderr__ is not None:  # a crash of a C library leaves its stack
        faulthandler.enable(sys.__stderr__)
    _warn_of_old_keys(settings)
    try:
        asyncio.run(run_watched(app.run(settings, typer.echo)))
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    except app.RefusedByDiscord as error:
        _fail(str(error), FINAL_EXIT_CODE if final_exit_code is None else final_exit_code)
    except (app.CannotStart, StoreError) as error:
        _fail(str(error), 1)


@cli.command()
def check(
    config: ConfigOption = None,
    live: Annotated[
        str | None, typer.Option("--live", help="A channel's id: try every way of editing there.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document instead of lines.")
    ] = False,
) -> None:
    """Check everything that `run` needs, and show how to fix what is missing."""
    from bot import logs
    from bot.check import run_checks as start

    logs.set_up_logging("CRITICAL", "console")  # each line of the check says enough
    raise typer.Exit(asyncio.run(start(_path(config), live, as_json=as_json)))


@cli.command()
def healthcheck(config: ConfigOption = None) -> None:
    """See whether the bot runs with this data folder and is connected, for a service manager."""
    from bot.heartbeat import check_heartbeat

    settings = _settings(config, needs_token=False, exit_code=1)
    _report_to_host(lambda now: check_heartbeat(settings.storage.database, now))


@cli.command()
def backup(
    file: Annotated[Path, typer.Argument(help="Where to save it.", dir_okay=False)],
    keep: Annotated[
        int | None,
        typer.Option("--keep", help="Put the time into the name, and keep only N files.", min=1),
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Save the database and undelivered pictures in one file, also while the bot runs."""
    from bot.host_commands import back_up

    _run_for_host(lambda settings, now: back_up(settings, file, keep, now), config)


@cli.command()
def restore(
    file: Annotated[Path, typer.Argument(help="What `backup` saved.", dir_okay=False)],
    config: ConfigOption = None,
) -> None:
    """Go back to a saved file. Stop the bot first. Its present data is put aside."""
    from bot.host_commands import restore as start

    _run_for_host(lambda settings, now: start(settings, file, now), config)


@cli.command("repair-totals")
def repair_totals(config: ConfigOption = None) -> None:
    """Count again what members have used, after a change of the database by hand."""
    from bot.host_commands import repair_totals as start

    _run_for_host(start, config)


@cli.command("forget-server")
def forget_server(
    server: Annotated[int, typer.Argument(help="The server's id.")], config: ConfigOption = None
) -> None:
    """Delete at once everything that is stored of a server. Stop the bot first."""
    from bot.host_commands import forget_server as start

    _run_for_host(lambda settings, now: start(settings, server, now), config)


@cli.command()
def pause(
    span: Annotated[
        str, typer.Argument(help="How long or until when: 2h, 30min, 3d or 23:30.")
    ] = "8h",
    config: ConfigOption = None,
) -> None:
    """Draw nothing new anywhere for a while. Everybody keeps their place."""
    from bot.host_commands import pause as start

    _run_for_host(lambda settings, now: start(settings, span, now), config)


@cli.command()
def resume(config: ConfigOption = None) -> None:
    """Continue before the end of `pause` or of the schedule's present pause."""
    from bot.host_commands import resume as start

    _run_for_host(start, config)


@sandbox.command("discord")
def sandbox_discord(
    port: PortOption = 0, json_line: JsonOption = False, data: DataOption = None
) -> None:
    """Run a Discord stand-in on 127.0.0.1."""
    from bot.sandbox.discord.server import serve

    asyncio.run(serve(port, json_line, data))


@sandbox.command("swarmui")
def sandbox_swarmui(
    port: PortOption = 0,
    json_line: JsonOption = False,
    like: Annotated[
        Path | None, typer.Option("--like", help="Set up as the first line of this recording says.")
    ] = None,
    data: DataOption = None,
) -> None:
    """Run a SwarmUI stand-in on 127.0.0.1 that draws without a GPU."""
    from bot.sandbox.swarmui import NotARecording, serve

    try:
        asyncio.run(serve(port, json_line=json_line, like=like, data=data))
    except (NotARecording, FileNotFoundError) as error:
        _fail(f"--like wants a recording: {error}", 2)


def _run_for_host(command: Callable[[Settings, datetime], str], config: Path | None) -> None:
    """Run a command that needs the data folder but not Discord, and print its sentence."""
    settings = _settings(config, needs_token=False)
    _report_to_host(lambda now: command(settings, now))


def _report_to_host(command: Callable[[datetime], str]) -> None:
    """Print a command's sentence, or why it failed, which ends with 1."""
    from bot.core.errors import BotError

    try:
        typer.echo(command(datetime.now(UTC)))
    except BotError as error:
        _fail(str(error), 1)


def _path(config: Path | None) -> Path | None:
    if config is not None:
        return config
    return DEFAULT_CONFIG if DEFAULT_CONFIG.exists() else None


def _settings(config: Path | None, *, needs_token: bool = True, exit_code: int = 2) -> Settings:
    from bot.config import ConfigError, load

    try:
        return load(_path(config), needs_token=needs_token)
    except ConfigError as error:
        _fail(str(error), exit_code)


def _warn_of_old_keys(settings: Settings) -> None:
    import structlog

    from bot.renamed_settings import RENAMED_KEYS

    log = structlog.stdlib.get_logger(__name__)
    for old in settings.old_keys:
        log.warning("setting has a new name", old=old, new=RENAMED_KEYS[old])


def _fail(text: str, code: int) -> NoReturn:
    typer.echo(text, err=True)
    raise typer.Exit(code)


def main() -> None:
    """Run the console script."""
    cli()


if __name__ == "__main__":
    main()
