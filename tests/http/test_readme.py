"""The README shows what happens."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from pathlib import Path

from models.model import Model
from service.settings import Settings, variable
from tests.golden.compare import differences
from tests.golden.regenerate import README, README_REQUEST
from tests.serving import serving


async def test_the_answer_in_the_readme_is_true(embedded: Model) -> None:
    """After a wanted change: make golden."""
    readme = README.read_text("utf-8")
    (request,) = re.findall(README_REQUEST, readme, re.DOTALL)
    (shown,) = re.findall(r"```json\n(.*?)```", readme, re.DOTALL)
    async with serving(embedded) as client:
        answer = await client.post("/moderate", content=request, headers={"content-type": "application/json"})
    assert answer.status_code == 200
    assert differences(json.loads(shown), answer.json()) == []


def test_the_readme_lists_every_setting_with_its_default() -> None:
    rows = dict(re.findall(r"^\| `(CIVILITY_\w+)` \|[^|]*\| `?([^|`]+)`? \|", README.read_text("utf-8"), re.MULTILINE))
    assert set(rows) == {variable(field.name) for field in fields(Settings)}
    shown = {True: "on", False: "off", "": "none", (): "built in"}
    for field in fields(Settings):
        row = rows[variable(field.name)].strip()
        if isinstance(field.default, (int, float)) and not isinstance(field.default, bool):
            assert float(row) == field.default
        else:
            assert row == shown.get(field.default, str(field.default))


def test_what_the_readme_links_to_is_there() -> None:
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", README.read_text("utf-8")):
        assert (Path(README).parent / target).exists(), target
