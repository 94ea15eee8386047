"""The command `civility`: serve, moderate, models, rescore, diff."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Annotated, Any, NoReturn

import msgspec
import typer
from rich.console import Console

from models.model import Model
from models.registry import ModelError, list_models
from service import __version__, policy_command
from service.app import create_app, make_moderator, read_policies
from service.calibrate_cli import calibrate
from service.errors import ServiceError
from service.feedback_cli import feedback_app
from service.jobs.command import jobs_app
from service.keys_cli import keys_app
from service.loading import open_configured
from service.metrics import Metrics
from service.options import ActivationOption, BackendOption, DeviceOption, ModelOption, PolicyOption, PrecisionOption
from service.policy import PolicyError
from service.reading import Source, read_file
from service.rescore.command import diff, rescore
from service.rescore.errors import RescoreError
from service.schema import ModerateAnswer
from service.server import run_server
from service.settings import Settings, SettingsError, read_settings, unknown_variables
from service.split_command import SourceOption, read_source, split
from service.splitting.sources import AUTO
from service.tables import answer_table, models_table

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    help="""Civility: judge comment sections on your own machine.

    Start with `civility moderate page.html`, or with `civility serve` and the page /docs that it prints.
    """,
)

app.add_typer(keys_app, name="keys")
app.add_typer(feedback_app, name="feedback")
app.add_typer(jobs_app, name="jobs")
app.command()(calibrate)


@app.callback(invoke_without_command=True)
def root(version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False) -> None:
    """Options of the command itself."""
    if version:
        typer.echo(f"civility {__version__}")
        raise typer.Exit


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.", show_default="127.0.0.1")] = None,
    port: Annotated[int | None, typer.Option(help="Port; 0 takes a free one.", show_default="8000")] = None,
    model: ModelOption = None,
    device: DeviceOption = None,
    precision: PrecisionOption = None,
    backend: BackendOption = None,
    activation: ActivationOption = None,
    policy: PolicyOption = None,
    log_level: Annotated[str | None, typer.Option(help="debug, info, warning or error.", show_default="info")] = None,
) -> None:
    """Serve POST /moderate, /docs, /health/live, /health/ready and /metrics.

    Examples:

    - `civility serve`

    - `civility serve --port 9000 --policy strict.toml`

    - `civility serve --model detoxify:original --device cuda`

    Every option is also an environment variable, such as CIVILITY_PORT; the limits are too (CIVILITY_MAX_BYTES,
    CIVILITY_MAX_POSTS, CIVILITY_MAX_CHARACTERS, ...). SIGTERM finishes what was accepted and exits with 0.
    """
    with _errors_named():
        settings = _settings(
            host=host,
            port=port,
            model=model,
            device=device,
            precision=precision,
            backend=backend,
            activation=activation,
            policy=policy,
            log_level=log_level,
        )
        logging.basicConfig(
            level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s %(message)s", stream=sys.stderr
        )
        for line in unknown_variables(os.environ):
            logging.getLogger("civility").warning(line)
        run_server(settings, partial(_create_app, settings))


@app.command()
def moderate(
    file: Annotated[str, typer.Argument(help="A file, a folder of YAML comments, or - for standard input.")],
    source: SourceOption = AUTO,
    as_json: Annotated[bool, typer.Option("--json", help="Print what the API would answer.")] = False,
    model: ModelOption = None,
    device: DeviceOption = None,
    precision: PrecisionOption = None,
    backend: BackendOption = None,
    activation: ActivationOption = None,
    policy: PolicyOption = None,
) -> None:
    """Judge one comment section, without a server.

    Examples:

    - `civility moderate comments.txt`

    - `civility moderate --json page.html > answer.json`

    - `curl -s https://example.org/news/1 | civility moderate -`

    - `echo '[{"id": "1", "text": "You are a clown"}]' | civility moderate --source posts -`
    """
    with _errors_named():
        settings = _settings(
            model=model, device=device, precision=precision, backend=backend, activation=activation, policy=policy
        )
        body = _read(file, settings)
        found = read_file(body, source)
        read_policies(settings)  # what is wrong is told before a model is loaded, which takes seconds
        loaded = open_configured(settings)
        answer = asyncio.run(_moderate(settings, loaded, lambda: found, len(body)))
        if as_json:
            sys.stdout.buffer.write(answer + b"\n")
        else:
            Console().print(answer_table(msgspec.json.decode(answer, type=ModerateAnswer)))


@app.command()
def models() -> None:
    """List the models that can be used, and where their files are or should be.

    Examples:

    - `civility models`

    - `civility moderate --model detoxify:unbiased comments.txt`
    """
    with _errors_named():
        Console().print(models_table(list_models()))


def main() -> None:
    """Entry point of the console script."""
    app()


def _settings(**options: Any) -> Settings:
    if options.get("policy") is not None:
        options["policy"] = tuple(options["policy"])
    return read_settings(os.environ, **options)


def _create_app(settings: Settings) -> Any:
    return create_app(settings, open_configured(settings))


def _read(file: str, settings: Settings) -> bytes:
    """At most one byte more than the limit, which is then refused."""
    limit = settings.max_bytes + 1
    body = read_source(file, limit)
    if len(body) == limit:
        raise SettingsError(f"{file} has more than {settings.max_bytes} bytes; raise CIVILITY_MAX_BYTES to allow it")
    return body


async def _moderate(settings: Settings, model: Model, read: Callable[[], Source], size: int) -> bytes:
    moderator = make_moderator(settings, model, Metrics())
    await moderator.engine.start()
    try:
        return await moderator.moderate(read, size)
    finally:
        await moderator.close()


@contextmanager
def _errors_named() -> Iterator[None]:
    """What an operator can put right ends as one line on standard error and status 1."""
    try:
        yield
    except ServiceError as error:
        _fail(error.message)
    except (SettingsError, ModelError, PolicyError, RescoreError) as error:
        _fail(str(error))
    except OSError as error:
        _fail(f"{error.filename or 'input'}: {error.strerror or error}")


def _fail(message: str) -> NoReturn:
    Console(stderr=True, soft_wrap=True).print(f"error: {message}", style="red", markup=False, highlight=False)
    raise typer.Exit(1)


for command in (split, rescore, diff):
    app.command()(_errors_named()(command))

policy_app = typer.Typer(no_args_is_help=True, help="Check a site's policy file, or try it on old comments.")
policy_app.command()(_errors_named()(policy_command.check))
policy_app.command()(_errors_named()(policy_command.backtest))
app.add_typer(policy_app, name="policy")
