"""Folding: a table of readings, and its properties on any text."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.text.fold import Folded, fold, uncovers

READINGS = [
    ("Hello, World", "hello, world"),
    ("two\tblanks\r\nand a line", "two blanks \nand a line"),
    ("“quoted” – it’s…", '"quoted" - it\'s.'),
    ("ｆｕｌｌｗｉｄｔｈ", "fullwidth"),
    ("𝓼𝓬𝓻𝓲𝓹𝓽 𝔣𝔯𝔞𝔨𝔱𝔲𝔯 𝚖𝚘𝚗𝚘", "script fraktur mono"),
    ("ⓒⓘⓡⓒⓛⓔ 🅑🅛🅐🅒🅚 🅱🅾🆇 🄱🄾🅇 ⒝", "circle black box box b"),
    ("🇼🇴🇷🇩", "word"),
    ("z\u200be\u200cr\u2060o\ufeff w\u00adi\u034fdth", "zero width"),
    ("c\u0301o\u0308m\u0327b\u20ddi\u0336n\u0489e", "combine"),
    ("naïve café Ærø ﬁn Straße", "naive cafe aero fin strasse"),
    ("hеllо frоm раris", "hello from paris"),
    ("ѕсоре", "scope"),
    ("Κοοl Αid", "kool aid"),
    ("ʜᴇʟʟᴏ ꜰʀɪᴇɴᴅ", "hello friend"),
    ("Привет, друзья: сор", "привет, друзья: сор"),
    ("Καλημέρα", "καλημερα"),
    ("ʇxǝʇ uʍop ǝpısdn", "upside down text"),
    ("see ɟlᴉpped here", "see flipped here"),
    ("abc \u202edesrever\u202c xyz", "abc reversed xyz"),
    ("\ud800 lone", "\ufffd lone"),
    ("word™ 5² ½", "word  52 1/2"),
    ("👍🏽 ok", "👍🏽 ok"),
    ("", ""),
]


@pytest.mark.parametrize(("text", "reading"), READINGS)
def test_what_a_reader_sees(text: str, reading: str) -> None:
    assert fold(text).text == reading


def test_the_map_leads_back_to_the_original() -> None:
    text = "A 𝕱\u200bo\u0301o x"
    folded = fold(text)
    at = folded.text.index("foo")
    start, end = folded.span(at, at + 3)
    assert text[start:end] == "𝕱\u200bo\u0301o"


def test_reversed_text_maps_back_too() -> None:
    text = "x \u202edab a\u202c y"
    folded = fold(text)
    at = folded.text.index("bad")
    assert text[slice(*folded.span(at, at + 3))] == "dab"
    assert not folded.ordered


def test_an_expanding_character_is_one_original_character() -> None:
    folded = fold("a½b")
    assert folded.span(1, 2) == folded.span(1, 4) == (1, 2)


@pytest.mark.parametrize(("i", "j"), [(0, 0), (2, 1), (-1, 2), (0, 9)])
def test_a_span_of_nothing_is_refused(i: int, j: int) -> None:
    with pytest.raises(ValueError, match="no such part"):
        fold("four").span(i, j)


TRICKY = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from("aeiopx bdqnu.*-'\u200b\u0301\u202e\u202c\u202d‘…ıǝɐɟʇʞсорехкмтпяαβοι🅰🇫½ﬁßİſ\u3164\x00\r\n™"),
    ),
    max_size=40,
)


@given(TRICKY)
@settings(max_examples=300, deadline=None)
def test_folding_is_idempotent(text: str) -> None:
    once = fold(text).text
    assert fold(once).text == once


@given(TRICKY)
@settings(max_examples=200, deadline=None)
def test_every_part_maps_into_the_original(text: str) -> None:
    folded = fold(text)
    size = len(folded.text)
    assert len(folded.starts) == len(folded.ends) == size
    assert all(0 <= start < end <= len(text) for start, end in zip(folded.starts, folded.ends, strict=True))
    if folded.ordered:
        assert list(folded.starts) == sorted(folded.starts)
    for i in range(size):
        start, end = folded.span(i, min(size, i + 3))
        assert 0 <= start < end <= len(text)


@given(TRICKY)
@settings(max_examples=200, deadline=None)
def test_nothing_invisible_is_left(text: str) -> None:
    left = {unicodedata.category(c) for c in fold(text).text if c not in " \n"}
    assert left.isdisjoint({"Cf", "Cc", "Mn", "Me", "Zs", "Zl", "Zp", "Lu", "Cs"})


@given(st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), max_size=60))
@settings(max_examples=100, deadline=None)
def test_plain_text_is_only_lowered(text: str) -> None:
    assert fold(text).text == text.lower().replace("`", "'")


def seconds(text: str) -> float:
    """The least processor time of three runs."""

    def once() -> float:
        began = time.process_time()
        assert isinstance(fold(text), Folded)
        return time.process_time() - began

    return min(once() for _ in range(3))


@pytest.mark.parametrize("unit", ["ordinary ", "ʇǝ ", "с", "\u202ea", "a\u0301", "пaра ", "ﷺ", "u "])
def test_time_grows_with_the_length(unit: str) -> None:
    small, large = (seconds((unit * size)[:size]) for size in (5_000, 50_000))
    assert large < 40 * max(small, 1e-4)


@pytest.mark.parametrize(
    ("text", "is_so"),
    [
        ("plain", False),
        ("“Naïve” café — déjà vu… ½ ﬁne Straße ÆØ", False),
        ("Привет, как дела? γειά", False),
        ("frоm", True),
        ("ｗｉｄｅ", True),
        ("𝖋𝖗𝖆𝖐", True),
        ("ʇxǝʇ uʍop", True),
        ("abc \u202edesrever\u202c", True),
        ("zero\u200bwidth", True),
        ("👩\u200d🦽 and a \u200b blank", False),
        ("e\u0301", False),
    ],
)
def test_what_folding_uncovers(text: str, is_so: bool) -> None:
    assert uncovers(text, fold(text)) is is_so
