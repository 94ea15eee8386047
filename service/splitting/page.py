"""A saved page into posts."""

from __future__ import annotations

from dataclasses import replace

from service.splitting.errors import MalformedHTML
from service.splitting.markup import parse, render
from service.splitting.plain import split_text
from service.splitting.section import Article, Section


def split_html(markup: str) -> Section:
    """Posts of a page. start and end are None, since there is no plain text to point into.

    Raises MalformedHTML where the markup has no element.
    """
    if "<" not in markup:
        raise MalformedHTML("the markup has no element")
    root = parse(markup)
    if root is None:
        raise MalformedHTML("the markup has no element")
    return _from_text(render(root)[0])


def _from_text(text: str) -> Section:
    section = split_text(text)
    posts = tuple(replace(post, start=None, end=None) for post in section.posts)
    article = Article(None, None) if section.article else None
    return Section("html:text", posts, article, section.confidence / 2, section.notes)
