"""Markup inside words is taken away; around words it stays."""

from __future__ import annotations

import time

import pytest

from service.text.markup import unmarked


@pytest.mark.parametrize(
    "text",
    [
        "<b>f</b>ool", "f<wbr>ool", "fo<!-- x -->ol", "f&shy;ool", "f&#8203;ool", "[b]fo[/b]ol", "f**o**ol", "fo~~ol~~",
        "__fo__ol", "f||o||ol", "f`o`ol", "f(o)ol", "f\\ool",
    ],
)  # fmt: skip
def test_a_word_is_read_without_markup(text: str) -> None:
    shown = unmarked(f"a {text} here")
    assert shown is not None
    at = shown.text.index("fool")
    start, end = shown.span(at, at + 4)
    assert f"a {text} here"[start] == "f"
    assert f"a {text} here"[end - 1] == "l"


@pytest.mark.parametrize("text", ["no signs at all", "a * b and c < d", "(as he said) [1]", "5 | 6 ~ 7", "AT&T & co"])
def test_ordinary_signs_are_no_markup(text: str) -> None:
    assert unmarked(text) is None


@pytest.mark.parametrize("unit", ["<b>a</b>b", "**a**b", "a(b)c", "<", "[b]", "a_b_c "])
def test_time_is_linear(unit: str) -> None:
    began = time.process_time()
    unmarked(unit * (200_000 // len(unit)))
    assert time.process_time() - began < 5.0
