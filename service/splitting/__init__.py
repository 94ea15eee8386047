"""Comment sections into posts: the first step of the service.

`split_text` takes what a moderator pastes, `split_html` a page, `split_export` a WXR, Disqus or Blogger export or a feed,
`split_json` and `split_yaml` what APIs and files of comments hold; `split_any` finds out which. Each is pure, linear in
its input, and gives the same value: a `Section`. They take and give the whole source, so memory grows with it; only
`exports.stream_export`, which `civility split FILE` uses for XML, holds no more than one comment and the ids.
"""

from service.splitting.detect import decode, detect, split_any
from service.splitting.errors import (
    ForbiddenXML,
    MalformedHTML,
    MalformedJSON,
    MalformedXML,
    MalformedYAML,
    SplitError,
    UnknownExport,
    UnknownSource,
    WrongSource,
)
from service.splitting.exports import split_export
from service.splitting.jsonapi import split_json
from service.splitting.page import split_html
from service.splitting.plain import split_text
from service.splitting.section import Article, Post, Quote, Section
from service.splitting.yamlposts import split_yaml

__all__ = [
    "Article",
    "ForbiddenXML",
    "MalformedHTML",
    "MalformedJSON",
    "MalformedXML",
    "MalformedYAML",
    "Post",
    "Quote",
    "Section",
    "SplitError",
    "UnknownExport",
    "UnknownSource",
    "WrongSource",
    "decode",
    "detect",
    "split_any",
    "split_export",
    "split_html",
    "split_json",
    "split_text",
    "split_yaml",
]
