"""`make golden`: write what people read anew, from the code and the embedded model. Look at the difference before you commit.

service/examples/moderate.json   examples of the API's description: these requests, with their real answers
tests/golden/openapi.json        the description itself
README.md                        the answer that it shows
"""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import httpx

from models.fake import FakeModel
from models.registry import open_model
from service.openapi import read_examples
from tests.serving import serving

Json = dict[str, Any]

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "service" / "examples" / "moderate.json"
README = ROOT / "README.md"
JSON = "application/json"
IDENTITY = "5d0cbe3f4a6e4a1c9b8e7d6f5a4b3c2d"

# The request of the README, between the quotes of its curl line.
README_REQUEST = r"-H 'content-type: application/json' -d '\n(.*?)'\n"

SECTION = """Maria K.
2 hours ago
The new bike lane on Mill Street is a good idea. My kids can finally cycle to school.

Dan
1 hour ago
You are a pathetic idiot, Maria. Nobody asked you.

truthseeker88
35 minutes ago
Wake up sheeple, the deep state wants you on a bike so they can track you.
"""


def comment(number: int, author: str, body: str, replies: str = "") -> str:
    """A comment as WordPress writes it."""
    return f"""<li id="comment-{number}" class="comment depth-1"><article class="comment-body">
<footer class="comment-meta"><div class="comment-author vcard"><b class="fn">{author}</b> <span class="says">says:</span></div>
<div class="comment-metadata"><time datetime="2026-03-01T10:00:00+00:00">March 1, 2026 at 10:00 am</time></div></footer>
<div class="comment-content"><p>{body}</p></div>
<div class="reply"><a class="comment-reply-link" href="#comment-{number}">Reply</a></div></article>{replies}</li>
"""


def page(comments: str) -> str:
    """A page with an article and its comments."""
    return f"""<!doctype html>
<html><body><article><h1>A bike lane for Mill Street</h1><p>The council decided on Monday.</p></article>
<ol class="comment-list">
{comments}</ol></body></html>"""


HTML = page(
    comment(
        11,
        "Maria K.",
        "A good idea. My kids can finally cycle to school.",
        '\n<ol class="children">\n'
        + comment(12, "Dan", "You are a pathetic idiot, Maria. Nobody asked you.")
        + "</ol>",
    )
)

EXPORT = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:wp="http://wordpress.org/export/1.2/"><channel><wp:wxr_version>1.2</wp:wxr_version>
<item><title>A bike lane for Mill Street</title><wp:post_id>5</wp:post_id>
<wp:comment><wp:comment_id>11</wp:comment_id><wp:comment_author><![CDATA[Maria K.]]></wp:comment_author>
<wp:comment_date_gmt>2026-03-01 10:00:00</wp:comment_date_gmt><wp:comment_approved>1</wp:comment_approved>
<wp:comment_content><![CDATA[A good idea. My kids can finally cycle to school.]]></wp:comment_content>
<wp:comment_parent>0</wp:comment_parent></wp:comment>
</item></channel></rss>"""

REDDIT = """[{"kind": "t1", "data": {"id": "c1", "name": "t1_c1", "author": "maria_k", "created_utc": 1772359200,
"body": "A good idea. My kids can finally cycle to school."}},
{"kind": "t1", "data": {"id": "c2", "name": "t1_c2", "parent_id": "t1_c1", "author": "dan", "created_utc": 1772359260,
"body": "You are a pathetic idiot, Maria. Nobody asked you."}}]"""

POSTS = [
    {"id": "11", "author": "Maria K.", "text": "A good idea. My kids can finally cycle to school."},
    {"id": "12", "author": "Dan", "parent_id": "11", "text": "You are a pathetic idiot, Maria. Nobody asked you."},
    {"id": "13", "author": "truthseeker88", "text": "Wake up sheeple, the deep state wants to track you."},
]

# name, summary, content type, body
REQUESTS: list[tuple[str, str, str, str | Json]] = [
    ("posts", "Comments that are split already", JSON, {"posts": POSTS, "policy": "default"}),
    ("text", "A whole section as text", JSON, {"text": SECTION}),
    ("plain", "A whole section as text, bare", "text/plain", SECTION),
    ("html", "A page", "text/html", HTML),
    ("export", "A WordPress export", "application/xml", EXPORT),
    (
        "entities",
        "XML with a DTD is refused",
        "text/xml",
        '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY e "x">]><r>&e;</r>',
    ),
    ("detected", "Anything as text: what it is is detected", JSON, {"text": HTML, "source": "auto"}),
    ("system", "The JSON of a comment system", JSON, {"export": REDDIT, "source": "reddit"}),
    ("unknown_source", "A kind of source that does not exist", JSON, {"text": SECTION, "source": "redit"}),
    ("two_inputs", "Exactly one input is expected", JSON, {"text": SECTION, "html": HTML}),
    ("unknown_policy", "A policy that the service does not have", JSON, {"posts": POSTS, "policy": "strict"}),
]


async def send(client: httpx.AsyncClient, example: Json) -> httpx.Response:
    """Post an example's body with its content type."""
    body = example["body"]
    content = body if isinstance(body, str) else json.dumps(body)
    return await client.post("/moderate", content=content.encode(), headers={"content-type": example["content_type"]})


async def main() -> None:
    """Write all golden files."""
    examples = []
    async with serving(open_model()) as client:
        for name, summary, content_type, body in REQUESTS:
            example: Json = {"name": name, "summary": summary, "content_type": content_type, "body": body}
            answer = await send(client, example)
            examples.append(example | {"status": answer.status_code, "answer": answer.json()})
            if "id" in examples[-1]["answer"]:
                examples[-1]["answer"]["id"] = IDENTITY
        await rewrite_readme(client)
    write(EXAMPLES, json.dumps(examples, indent=1, ensure_ascii=False) + "\n")
    read_examples.cache_clear()
    async with serving(FakeModel()) as client:
        description = (await client.get("/openapi.json")).json()
    write(ROOT / "tests/golden/openapi.json", json.dumps(description, indent=1, ensure_ascii=False) + "\n")


async def rewrite_readme(client: httpx.AsyncClient) -> None:
    """Put the real answer to the README's request below it."""
    readme = README.read_text("utf-8")
    (request,) = re.findall(README_REQUEST, readme, re.DOTALL)
    answer = (await send(client, {"content_type": JSON, "body": request})).json() | {"id": IDENTITY}
    shown = json.dumps(answer, indent=1, ensure_ascii=False)
    write(README, re.sub(r"```json\n.*?```", lambda _: f"```json\n{shown}\n```", readme, count=1, flags=re.DOTALL))


def write(path: Path, text: str) -> None:
    """Write a file and say so."""
    path.write_text(text, "utf-8")
    print(path.relative_to(ROOT))


if __name__ == "__main__":
    asyncio.run(main())
