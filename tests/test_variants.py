"""What of a post the model reads, and the way back to the post."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from models.types import Attribution
from service.lexicon import Entry, Match
from service.splitting.section import Post, Quote
from service.variants import variants

ENTRY = Entry("insult/idiot", "insult")


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


def test_a_plain_match_adds_nothing() -> None:
    assert [variant.text for variant in variants(post("idiot!"), [Match(0, 5, ENTRY, form="idiot")])] == ["idiot!"]


def test_a_misspelling_adds_the_usual_word() -> None:
    texts = [v.text for v in variants(post("Stpid thing"), [Match(0, 5, ENTRY, form="stupid", respelt=True)])]
    assert texts == ["Stpid thing", "stupid thing"]


def test_a_disguised_match_adds_the_text_as_it_reads() -> None:
    text = "Ｙｏｕ 1d*0t, go"
    raw, plain = variants(post(text), [Match(4, 9, ENTRY, 1.2, True, "idiot")])
    assert raw.text == text
    assert plain.text == "you idiot, go"
    assert plain.attributions([Attribution(0, 3, 0.5)]) == (Attribution(0, 3, 0.5),)
    assert plain.attributions([Attribution(4, 9, 0.5)]) == (Attribution(4, 9, 0.5),)


def test_a_disguised_word_is_evidence_as_a_whole() -> None:
    text = "you i-d-i-o-t"
    _, plain = variants(post(text), [Match(4, 13, ENTRY, 1.2, True, "idiot")])
    assert plain.text == "you idiot"
    assert plain.attributions([Attribution(4, 6, 0.5)]) == (Attribution(4, 13, 0.5),)


def test_a_disguised_match_in_a_quote_is_left_out_with_it() -> None:
    (own,) = variants(post("1d10t yes", (0, 6)), [Match(0, 5, ENTRY, 1.2, True, "idiot")])[:1]
    assert own.text == "yes"


def test_a_disguised_pattern_without_a_form_is_folded() -> None:
    _, plain = variants(post("Ｉｄｉｏｔ!"), [Match(0, 5, ENTRY, 0.2, True)])
    assert plain.text == "idiot!"
    assert plain.attributions([Attribution(0, 5, 0.5)]) == (Attribution(0, 5, 0.5),)


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
    for variant in variants(quoted, ())[:1]:
        at = data.draw(st.integers(0, len(variant.text) - 1))
        back = variant.attributions([Attribution(at, at + 1, 1.0)])
        if back:
            (found,) = back
            assert quoted.text[found.start : found.end] == variant.text[at]
            own = len(variant.pieces) == 1 and variant.text == quoted.text
            assert own or not any(quote.start <= found.start < quote.end for quote in quoted.quotes)
        else:
            assert variant.text[at] == "\n"  # between two pieces
