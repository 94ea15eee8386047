"""Settings: where they come from, and what is said of those that cannot be used."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from service.settings import Settings, SettingsError, read_settings, unknown_variables


def test_options_come_before_the_environment_and_that_before_defaults() -> None:
    environment = {"CIVILITY_PORT": "9000", "CIVILITY_MAX_BYTES": "1_000", "CIVILITY_DEADLINE_S": "2.5", "PORT": "1"}
    settings = read_settings(environment, port=9001, host=None)
    assert (settings.port, settings.max_bytes, settings.deadline_s, settings.host) == (9001, 1000, 2.5, "127.0.0.1")
    assert read_settings({}) == Settings()


def test_policies_are_a_list_of_paths() -> None:
    settings = read_settings({"CIVILITY_POLICY": os.pathsep.join(("a.toml", "b.toml"))})
    assert settings.policy == (Path("a.toml"), Path("b.toml"))


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"CIVILITY_PORT": "http"}, "CIVILITY_PORT: expected a whole number, got 'http'"),
        ({"CIVILITY_PORT": "70000"}, "CIVILITY_PORT: expected 0 to 65535, got 70000"),
        ({"CIVILITY_PORT": "tcp://10.0.0.1:80"}, "enableServiceLinks: false"),
        ({"CIVILITY_DEVICE": "tpu"}, "CIVILITY_DEVICE: expected one of auto, cpu, cuda, got 'tpu'"),
        ({"CIVILITY_MAX_POSTS": "0"}, "CIVILITY_MAX_POSTS: expected 1 or more, got 0"),
        ({"CIVILITY_DRAIN_S": "nan"}, "CIVILITY_DRAIN_S: expected a number of seconds above 0, got nan"),
        ({"CIVILITY_THREADS": "-1"}, "CIVILITY_THREADS: expected 0 or more, got -1"),
    ],
)
def test_what_cannot_be_used_is_named(environment: dict[str, str], message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings(environment)
    assert message in str(caught.value)


def test_misspelt_variables_are_noticed() -> None:
    environment = {"CIVILITY_MAX_POST": "5", "CIVILITY_PORT": "1", "CIVILITY_SERVICE_HOST": "10.0.0.1", "HOME": "/"}
    assert unknown_variables(environment) == ["CIVILITY_MAX_POST is not a setting; did you mean CIVILITY_MAX_POSTS?"]
