"""Properties of evidence: it slices the post, never overlaps, is in order, and cuts no word."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from models.types import Attribution
from service.flags import Flag, PostContext, Thresholds, flag_post
from service.flags.evidence import gather
from service.splitting.section import Quote
from tests.flags.support import WORDS, found

PIECES = st.sampled_from(
    [*WORDS, "deep state", "the election was stolen", "wake up sheeple", "you", "I am", "the president", "is", "a", "not", "he said",
     "conspiracy theory", "😀", "e\u0301te\u0301", "@Bob", ".", "!", "\n", "“", "”", "'", "(((", ")))", "...", "x" * 30]
)  # fmt: skip
TEXTS = st.lists(PIECES, max_size=40).map(" ".join) | st.text(max_size=80)
CHANCES = st.floats(0.0, 1.0)
SCORES = st.dictionaries(
    st.sampled_from(["toxicity", "severe_toxicity", "obscene", "threat", "insult", "identity_attack", "conspiracy"]),
    CHANCES,
)


def check(text: str, flag: Flag) -> None:
    last = 0
    for item in flag.evidence:
        assert item.text == text[item.start : item.end] != ""
        assert item.start >= last
        last = item.end
    assert 0.0 <= flag.score <= 1.0
    assert flag.reason


@settings(max_examples=150, deadline=None)
@given(TEXTS, SCORES, st.data())
def test_evidence_slices_the_post_and_never_overlaps(text: str, scores: dict[str, float], data: st.DataObject) -> None:
    spans = data.draw(st.lists(st.tuples(st.integers(0, len(text)), st.integers(0, len(text)), CHANCES), max_size=6))
    attributions = [Attribution(min(a, b), max(a, b), weight) for a, b, weight in spans]
    quotes = ()
    if len(text) > 10 and data.draw(st.booleans()):
        quotes = (Quote(0, data.draw(st.integers(1, len(text)))),)
    post = PostContext(text, is_reply=data.draw(st.booleans()), parent_author="Bob", quotes=quotes)
    matches = found(text)
    for flag in flag_post(post, scores, matches, lambda label: attributions, Thresholds()):
        check(text, flag)


@settings(max_examples=50, deadline=None)
@given(TEXTS, SCORES)
def test_the_same_post_gets_the_same_flags(text: str, scores: dict[str, float]) -> None:
    once, again = (flag_post(PostContext(text), scores, found(text), lambda label: (), Thresholds()) for _ in range(2))
    assert once == again


def test_model_spans_are_widened_to_words_and_give_way_to_the_lexicon() -> None:
    text = "what a stupendous moron he is"
    matches = found(text)
    evidence = gather(PostContext(text), matches, [Attribution(9, 12, 0.9), Attribution(18, 21, 0.8)], "insult")
    assert [(item.text, item.source) for item in evidence] == [
        ("stupendous", "model:insult"),
        ("moron", "lexicon:insult/moron"),
    ]


def test_a_post_full_of_abuse_is_judged_in_bounded_work() -> None:
    text = "you moron the election was stolen. " * 2800
    flags = flag_post(PostContext(text), {}, found(text), lambda label: (), Thresholds())
    assert {flag.type for flag in flags} == {"harassment", "conspiracy"}
    for flag in flags:
        check(text, flag)
        assert len(flag.evidence) <= 64
