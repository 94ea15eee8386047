"""SIGHUP: the policies are read anew; a broken file changes nothing and is named in the log."""

from __future__ import annotations

import logging
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import httpx
import pytest

from models.fake import FakeModel
from service.app import make_moderator, read_policies
from service.metrics import Metrics
from service.policy_reload import reload_policies
from service.reading import read_posts
from service.settings import Settings
from tests.http.live import Live, live_server

POLICY = 'name = "site"\nversion = "{version}"\n[labels]\ninsult = {{ review = {review} }}\n'
POSTS = b'[{"id": "1", "text": "You are an idiot."}]'


def until(holds: Callable[[], bool], limit_s: float = 60) -> bool:
    """Ask again until it holds or the time is over."""
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        if holds():
            return True
    return False


def policy_of(server: Live) -> str:
    answer = httpx.post(f"{server.url}/moderate", json={"posts": [{"id": "1", "text": "Hello"}]}, timeout=60)
    assert answer.status_code == 200
    return str(answer.json()["policy"]["version"])


def test_a_live_service_takes_a_new_policy_and_refuses_a_broken_one(tmp_path: Path) -> None:
    file = tmp_path / "site.toml"
    file.write_text(POLICY.format(version="1", review=0.5))
    with live_server(tmp_path, CIVILITY_POLICY=str(file)) as server:
        assert policy_of(server) == "1"
        file.write_text(POLICY.format(version="2", review=0.6))
        server.process.send_signal(signal.SIGHUP)
        assert until(lambda: policy_of(server) == "2")

        file.write_text(POLICY.format(version="3", review=7).replace("insult", "insilt"))
        checked = subprocess.run(
            [sys.executable, "-m", "service", "policy", "check", str(file)], capture_output=True, text=True, timeout=120
        )
        assert checked.returncode == 1
        server.process.send_signal(signal.SIGHUP)
        assert until(lambda: "policies not reloaded" in server.log.read_text())
        assert all(line.removeprefix("error: ") in server.log.read_text() for line in checked.stderr.splitlines())
        assert policy_of(server) == "2"
        assert server.terminate() == 0


async def test_a_request_keeps_the_policy_that_it_began_with(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = tmp_path / "site.toml"
    file.write_text(POLICY.format(version="1", review=0.01))
    settings = Settings(policy=(file,))
    moderator = make_moderator(settings, FakeModel(), Metrics())
    await moderator.engine.start()
    try:
        prepared = moderator.prepare(read_posts(POSTS))
        file.write_text(POLICY.format(version="2", review=0.99))
        with caplog.at_level(logging.INFO, "civility.policy"):
            assert reload_policies(moderator, partial(read_policies, settings))
        answer = moderator.answer(prepared, await moderator.score(prepared), "x")
        assert answer.policy.version == "1"
        assert "insult >= 0.01" in answer.posts[0].reasons
        assert moderator.prepare(read_posts(POSTS)).policy.version == "2"
        assert caplog.messages == ["policies reloaded: site 2, default 1 (before: site 1, default 1)"]
    finally:
        await moderator.close()


def test_a_file_that_is_gone_keeps_the_old_policy(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = tmp_path / "site.toml"
    file.write_text(POLICY.format(version="1", review=0.5))
    settings = Settings(policy=(file,))
    moderator = make_moderator(settings, FakeModel(), Metrics())
    file.unlink()
    assert not reload_policies(moderator, partial(read_policies, settings))
    assert moderator.policy(None).version == "1"
    assert f"{file}: cannot be read: No such file or directory" in caplog.text
