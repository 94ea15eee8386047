"""What of a post the model reads, and the way back to the post."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from models.types import Attribution
from service.lexicon import Entry, Match
from service.splitting.section import Post, Quote
from service.variants import variants

DISGUISED = Match(0, 1, Entry("insult/example", "insult"), 1.0, obfuscated=True)
PLAIN = Match(0, 1, Entry("insult/example", "insult"))


def post(text: str, *quotes: tuple[int, int]) -> Post:
    return Post("1", 0, text, quotes=tuple(Quote(start, end) for start, end in quotes))


def test_quotes_are_left_out() -> None:
    (own,) = variants(post("abc QUOTE def", (4, 9)), ())
    assert own.text == "abc \n def"
    assert own.attributions([Attribution(0, 3, 0.5)]) == (Attribution(0, 3, 0.5),)
    assert own.attributions([Attribution(6, 9, 0.5)]) == (Attribution(10, 13, 0.5),)


def test_what_spans_a_quote_becomes_two() -> None:
    (own,) = variants(post("abc QUOTE def", (4, 9)), ())
    assert own.attributions([Attribution(0, 9, 0.5)]) == (Attribution(0, 4, 0.5), Attribution(9, 13, 0.5))


def test_a_post_that_is_only_a_quote_is_read_as_a_whole() -> None:
    (own,) = variants(post(" QUOTE ", (1, 6)), ())
    assert own.text == " QUOTE "
    assert own.attributions([Attribution(1, 6, 0.5)]) == (Attribution(1, 6, 0.5),)


def test_a_blank_post_is_not_read() -> None:
    assert variants(post(""), ()) == ()
    assert variants(post(" \n\u2003"), ()) == ()


def test_a_disguised_match_adds_the_folded_text() -> None:
    text = "Ｉｄｉｏｔ!"
    assert [variant.text for variant in variants(post(text), [PLAIN])] == [text]
    raw, folded = variants(post(text), [PLAIN, DISGUISED])
    assert raw.text == text
    assert folded.text == "idiot!"
    assert folded.attributions([Attribution(0, 5, 0.5)]) == (Attribution(0, 5, 0.5),)


@st.composite
def quoted_posts(draw: st.DrawFn) -> Post:
    parts = draw(st.lists(st.text(max_size=12), max_size=7))
    text = "".join(parts)
    spans = []
    at = 0
    for index, part in enumerate(parts):
        if index % 2 and part:
            spans.append((at, at + len(part)))
        at += len(part)
    return post(text, *spans)


@given(quoted_posts(), st.data())
def test_attributions_come_back_to_the_same_characters(quoted: Post, data: st.DataObject) -> None:
    for variant in variants(quoted, ()):
        at = data.draw(st.integers(0, len(variant.text) - 1))
        back = variant.attributions([Attribution(at, at + 1, 1.0)])
        if back:
            (found,) = back
            assert quoted.text[found.start : found.end] == variant.text[at]
            own = len(variant.pieces) == 1 and variant.text == quoted.text
            assert own or not any(quote.start <= found.start < quote.end for quote in quoted.quotes)
        else:
            assert variant.text[at] == "\n"  # between two pieces
