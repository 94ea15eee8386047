"""Languages: what can be told is told, slang and disguises are not taken for another language, nothing fails."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.text.language import detect_language, is_covered, language_of

EN = ("en",)

TOLD = [
    ("en", "You are the worst mayor that this town has ever had."),
    ("en", "they said the bridge is gonna be closed, lol, who would have thought"),
    ("en", "ur the reason nobody likes this sub, just sayin, you and ur alts"),
    ("de", "Das ist doch kompletter Unsinn, was der Bürgermeister da erzählt."),
    ("de", "Ich verstehe nicht, warum die Brücke schon wieder gesperrt ist."),
    ("fr", "Je ne comprends pas pourquoi le pont est encore fermé cette semaine."),
    ("es", "No entiendo por qué han vuelto a cerrar el puente esta semana, qué vergüenza."),
    ("it", "Non capisco perché il ponte è di nuovo chiuso questa settimana, che vergogna."),
    ("ru", "Это неправда, мост откроют только весной."),
    ("ru", "Не понимаю, почему опять закрыли мост"),
    ("uk", "Не розумію, чому знову закрили міст цього тижня"),
    ("el", "Δεν καταλαβαίνω γιατί έκλεισαν πάλι τη γέφυρα"),
    ("ja", "どうしてまた橋が閉鎖されたのか分かりません"),
    ("ko", "왜 다리가 또 폐쇄되었는지 이해가 안 됩니다"),
    ("he", "אני לא מבין למה הגשר סגור שוב השבוע"),
]

# Nothing here may be said to be in another language than English, so that the model judges it.
NOT_FOREIGN = [
    "", " ", "😀😀😀", "12:30 + 5 = ?", "ok", "lol", "+1", "http://example.org/das/ist/ein/pfad", "@klaus #brücke",
    "lol u r dumb af", "ur a c l o w n smh fr fr no cap", "y'all finna get rekt lmao", "f4ck off u m0r0n",
    "stfu noob git gud", "haha omg bruh", "LMAOOO ded", "dis dude be trippin ngl", "kys loser", "naw man dat aint it chief",
    "1d10t m0r0n l0s3r", "y0u 4r3 4 m0r0n", "i d i o t", "mоrоn", "уоu аrе а mоrоn", "idi0t!!! p4th3t1c",
    "Schadenfreude!", "C'est la vie", "¯\\_(ツ)_/¯", "yeeeeeah suuuure", "teh goverment lyed agian an agian", "Trump 2024",
    "wanna bet? gonna lose ur $$$ dumbo", "Boris Johnson vs Keir Starmer", "rip bozo", "no u", "cringe take tbh",
]  # fmt: skip


@pytest.mark.parametrize(("language", "text"), TOLD, ids=lambda value: str(value)[:30])
def test_sentences_are_told(language: str, text: str) -> None:
    assert language_of(text, EN) == language


@pytest.mark.parametrize("text", NOT_FOREIGN)
def test_slang_and_scraps_stay_with_the_model(text: str) -> None:
    assert language_of(text, EN) in ("en", None)


@pytest.mark.parametrize(
    "text",
    [
        "Das ist doch kompletter Unsinn, was der Bürgermeister da erzählt. You are the one that lied, you moron.",
        "Это неправда, мост откроют только весной.\nWhy are you such a liar? Go and kill yourself.",
        "Это неправда, мост откроют только весной. " * 100 + "\nThen they should have told you.",
    ],
)
def test_a_part_that_the_model_reads_is_not_hidden_by_another_language(text: str) -> None:
    assert language_of(text, EN) in ("en", None)


def test_parts_in_another_known_language() -> None:
    mixed = "Ich verstehe nicht, warum die Brücke gesperrt ist.\nЭто неправда, мост откроют только весной."
    assert language_of("Это неправда, мост откроют только весной.", ("en", "de")) == "ru"
    assert language_of(mixed, ("en", "de")) in ("de", None)


def test_the_default_of_what_cannot_be_told() -> None:
    assert detect_language("ok", "tr") == "tr"
    assert detect_language("Das ist doch kompletter Unsinn, was der Bürgermeister da erzählt.", "en") == "de"


@pytest.mark.parametrize(
    ("language", "known", "covered"),
    [("en", EN, True), ("de", EN, False), (None, EN, True), ("de", ("*",), True), ("de", ("en", "de"), True)],
)
def test_coverage(language: str | None, known: tuple[str, ...], covered: bool) -> None:
    assert is_covered(language, known) is covered


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=300))
def test_no_text_fails(text: str) -> None:
    found = language_of(text, EN)
    assert found is None or (len(found) == 2 and found.isascii() and found.islower())


def test_half_a_surrogate_pair_is_a_text_too() -> None:
    assert language_of("\ud83d wort und \ud83d", EN) in (None, "de")


def test_a_long_text_without_spaces_takes_linear_time() -> None:
    """2 MB in one word; reading it again from each of its letters would take hours."""
    assert language_of("a" * 2_000_000, ("en",)) is None
