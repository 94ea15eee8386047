"""No pattern of the splitting package takes more than its share of time, whatever it is run over."""

import importlib
import pkgutil
import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import service.splitting

SMALL, LARGE = 500, 2_000
"""Growth by 4: linear work takes 4 times as long, quadratic work 16 times."""
MOST = 10
ONLY_AT_THE_START = {"service.splitting.detect._EXPORT"}
"""Matched at a source's start, never searched for."""
NOISE = 0.01
"""Seconds of processor time below which a ratio says nothing."""
PATTERNS = sorted(
    {
        (f"{module.name}.{name}", value)
        for module in pkgutil.iter_modules(service.splitting.__path__, "service.splitting.")
        for name, value in vars(importlib.import_module(module.name)).items()
        if isinstance(value, re.Pattern) and isinstance(value.pattern, str)
    },
    key=lambda item: item[0],
)
UNITS = [
    "a", "a ", "A b ", "1 ", "1", " ", "\t", "- ", "--", ".", ". ", ", ", "! ", "(", "((", "[", "<", "< ", "<a ", "<p>", "</", "&", "&#", "\"", "“", "“a", "«", "'", "’", ":", "a:",
    "Aa: ", "@a ", "@", "> ", ">\n", "\n", " \n", "\n\n", "a\n", "says ", "a says: ", "jan 1 ", "jan 1, 2020 at 1:00 ", "1/1/", "2020-01-", "12:", "12:00 ", "3 hours ", "3h ", "like ", "like · ",
    "reply ", "1 reply ", "1 comments ", "comments ", "posted by ", "by ", "·", "• ", "→ ", "a → ", "#1 ", "http://", "http://a.b ", "www.", "a@b.", "<!--", "{", "{\"a\":", "\\", "\\\"", "…", "é", "Ж ", "\u200b", "of the ",
]  # fmt: skip


def cost(name: str, text: str) -> float:
    """Seconds of processor time of all ways to run a pattern."""
    pattern = dict(PATTERNS)[name]
    start = time.process_time()
    pattern.match(text)
    pattern.fullmatch(text)
    if name not in ONLY_AT_THE_START:
        for _ in pattern.finditer(text):
            pass
    return time.process_time() - start


def too_slow(name: str, unit: str, end: str) -> bool:
    small, large = (unit * SMALL)[:SMALL] + end, (unit * LARGE)[:LARGE] + end
    if cost(name, large) <= NOISE:
        return False
    least = min(cost(name, large) for _ in range(3))
    return least > NOISE and least > MOST * min(cost(name, small) for _ in range(3))


def test_there_are_patterns() -> None:
    assert len(PATTERNS) > 60


@pytest.mark.timeout(120)
@pytest.mark.parametrize("name", [name for name, _ in PATTERNS])
def test_time_is_linear_on_repeated_text(name: str) -> None:
    assert [unit for unit in UNITS if too_slow(name, unit, "\n!")] == []


@pytest.mark.timeout(120)
@settings(max_examples=60, deadline=None)
@given(st.sampled_from([name for name, _ in PATTERNS]), st.text(min_size=1, max_size=12), st.text(max_size=3))
def test_time_is_linear_on_any_repeated_text(name: str, unit: str, end: str) -> None:
    assert not too_slow(name, unit, end)
