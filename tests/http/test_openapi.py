"""The description of the API: it is what the golden file says, it is complete, and its examples are true."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from models.model import Model
from service.openapi import read_examples
from tests.golden.compare import differences
from tests.golden.regenerate import send
from tests.serving import serving

GOLDEN = Path(__file__).parents[1] / "golden" / "openapi.json"
Json = dict[str, Any]


async def test_the_description_is_the_golden_one(client: httpx.AsyncClient) -> None:
    """After a wanted change: make golden."""
    assert (await client.get("/openapi.json")).json() == json.loads(GOLDEN.read_text("utf-8"))


def references(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            if key == "$ref":
                yield item
            else:
                yield from references(item)
    elif isinstance(value, list):
        for item in value:
            yield from references(item)


async def test_it_describes_every_body_answer_and_error(client: httpx.AsyncClient) -> None:
    schema = (await client.get("/openapi.json")).json()
    for reference in references(schema):
        assert reference.removeprefix("#/components/schemas/") in schema["components"]["schemas"]
    moderate = schema["paths"]["/moderate"]["post"]
    assert set(moderate["requestBody"]["content"]) == {
        "application/json",
        "text/plain",
        "text/html",
        "application/xhtml+xml",
        "application/xml",
        "text/xml",
    }
    assert set(moderate["responses"]) == {"200", "400", "408", "413", "415", "422", "429", "503", "504"}
    assert set(schema["paths"]) == {
        "/moderate",
        "/v1alpha1/comments:analyze",
        "/v1alpha1/comments:suggestscore",
        "/$discovery/rest",
        "/v1/moderations",
        "/coral/moderate",
        "/jobs",
        "/jobs/{job}",
        "/jobs/{job}/results",
        "/jobs/{job}/rejects",
        "/health/live",
        "/health/ready",
        "/metrics",
    }
    assert {tag for path in schema["paths"].values() for call in path.values() for tag in call["tags"]} == {
        tag["name"] for tag in schema["tags"]
    }


async def test_the_documentation_needs_no_other_host(client: httpx.AsyncClient) -> None:
    page = await client.get("/docs")
    assert page.status_code == 200
    assert (
        "//"
        not in page.text.replace("http://civility.test", "").replace("<!-- `SwaggerUIBundle`", "").split("<script>")[0]
    )
    for part in ("swagger-ui-bundle.js", "swagger-ui.css"):
        assert f"/docs/static/{part}" in page.text
        assert (await client.get(f"/docs/static/{part}")).status_code == 200


@pytest.mark.parametrize("example", read_examples(), ids=lambda example: example["name"])
async def test_the_examples_are_true(embedded: Model, example: Json) -> None:
    """Each request of the description gives the answer beside it. After a wanted change: make golden."""
    async with serving(embedded) as client:
        answer = await send(client, example)
    assert answer.status_code == example["status"]
    assert differences(example["answer"], answer.json()) == []
