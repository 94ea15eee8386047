"""`civility keys`: make, list and revoke API keys."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from service.keys import Key, KeyStore, KeyStoreError
from service.settings import SettingsError, data_folder, read_settings

keys_app = typer.Typer(
    no_args_is_help=True, help="API keys. As soon as one exists, every request needs one, except for health."
)


@keys_app.command()
def create(
    name: Annotated[str, typer.Argument(help="Whom the key is for.")],
    per_minute: Annotated[int | None, typer.Option(min=1, help="Requests a minute.", show_default="no limit")] = None,
) -> None:
    """Make a key and print it, once. A running service knows it from its next request on.

    Example: `civility keys create newsroom --per-minute 600`
    """
    try:
        key, text = _store().create(name, time.time(), per_minute)
    except (KeyStoreError, SettingsError) as error:
        raise _failed(error) from None
    typer.echo(text)
    typer.echo(f"id {key.id}; this key is shown only now, keep it", err=True)


@keys_app.command("list")
def list_keys() -> None:
    """List keys: ids, names, times; never the keys themselves."""
    try:
        keys = _store().read()
    except (KeyStoreError, SettingsError) as error:
        raise _failed(error) from None
    table = Table("id", "name", "made", "a minute", "revoked")
    for key in keys:
        table.add_row(key.id, key.name, _when(key.created_at), _limit(key), _when(key.revoked_at))
    Console().print(table if keys else "there are no keys; everybody may ask")


@keys_app.command()
def revoke(identity: Annotated[str, typer.Argument(metavar="ID", help="See `civility keys list`.")]) -> None:
    """End a key. A running service refuses it from its next request on.

    When all keys are revoked nobody may ask; remove the file keys.db to open the service again.
    """
    try:
        _store().revoke(identity, time.time())
    except (KeyStoreError, SettingsError) as error:
        raise _failed(error) from None
    typer.echo(f"key {identity} is revoked")


def _store() -> KeyStore:
    return KeyStore(data_folder(read_settings(os.environ)))


def _limit(key: Key) -> str:
    return str(key.per_minute) if key.per_minute is not None else "default"


def _when(seconds: float | None) -> str:
    return "" if seconds is None else datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M")


def _failed(error: Exception) -> typer.Exit:
    typer.echo(f"error: {error}", err=True)
    return typer.Exit(1)
