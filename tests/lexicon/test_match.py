"""The matcher: evidence, obfuscation, names, contexts, overlaps, and its cost on any text."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.lexicon import Lexicon, default_lexicon, packaged_specs
from service.lexicon.compile import parse

LEXICON = Lexicon(packaged_specs())


def found(text: str) -> list[tuple[str, str]]:
    """Evidence and entry of each match that is a slur or a swear word."""
    return [
        (text[m.start : m.end], m.entry.id) for m in LEXICON.find(text) if m.entry.category in ("slur", "profanity")
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("What a load of shit.", [("shit", "profanity/shit")]),
        ("You motherfuckers!", [("motherfuckers", "profanity/fuck")]),
        ("f*ck and sh*t", [("f*ck", "profanity/fuck"), ("sh*t", "profanity/shit")]),
        ("f*** you", [("f***", "profanity/fuck")]),
        ("those C*K suckers again", [("C*K suckers", "slur/cocksucker")]),
        ("the c*ck-suckers", [("c*ck-suckers", "slur/cocksucker")]),
        ("yellow bastards, all of them", [("yellow bastards", "slur/yellow")]),
        ("yellow C*K suckers", [("yellow C*K suckers", "slur/yellow")]),
        ("n1gg3r", [("n1gg3r", "slur/nigger")]),
        ("s p i c s", [("s p i c s", "slur/spic")]),
        ("u r a f a g g o t", [("f a g g o t", "slur/faggot")]),
        ("𝓴𝓲𝓴𝓮 and wеtbасk", [("𝓴𝓲𝓴𝓮", "slur/kike"), ("wеtbасk", "slur/wetback")]),
        ("#retards", [("retards", "slur/retard")]),
        ("Dick Cheney is a dick", [("dick", "profanity/dick")]),
        ("Dick Anderson wrote", []),
        ("what a dick Anderson is", [("dick", "profanity/dick")]),
        ("they retard the growth of fungi", []),
        ("s**t may hide two words, and the milder one is read", [("s**t", "profanity/shit")]),
        ("read https://example.org/fuck/this", []),
        ("", []),
    ],
)
def test_what_is_found(text: str, expected: list[tuple[str, str]]) -> None:
    assert found(text) == expected


@pytest.mark.parametrize(
    ("text", "usual", "obfuscated", "respelt"),
    [
        ("stupid", "stupid", False, False),
        ("stpid", "stupid", False, True),
        ("st*pid", "stupid", True, False),
        ("sutpid", "stupid", True, False),
        ("dmub", "dumb", True, False),
        ("btich", "bitch", False, True),
        ("b*tches", "bitches", True, False),
        ("n1gg3rz", "niggers", True, True),
        ("fcking", "fucking", False, True),
        ("p*ssy", "pussy", True, False),
        ("shit hole", "shit hole", False, False),
    ],
)
def test_the_usual_word_is_told(text: str, usual: str, obfuscated: bool, respelt: bool) -> None:
    (match,) = LEXICON.find(f"so {text} then")
    assert (match.form, match.obfuscated, match.respelt) == (usual, obfuscated, respelt)


@pytest.mark.parametrize(
    "text", ["these beta arts are a part of the lair", "crisp carp with a twist", "the veil of Bart"]
)
def test_words_that_are_others_with_two_letters_swapped(text: str) -> None:
    assert LEXICON.find(text) == ()


@pytest.mark.parametrize(
    "text",
    [
        "We drove through Scunthorpe for a niggardly sum",
        "Dick van Dyke was great in it",
        "Cock Bridge in Aberdeenshire",
        "the kitchen is spic and span, with a chink in the armor",
        "We live on Dyke Road",
        "she teaches queer studies",
        "we had faggots and peas by a bundle of faggots",
        "our Maine coon cat hunts a raccoon",
        "Moby-Dick and Moby Dick",
        "a titmouse, a great tit, tit for tat in the cockpit",
        "fire retardant, retarded growth, retard the spark",
        "the Gypsy Kings saw a gypsy moth",
        "they fled to the island of Lesbos",
        "magna cum laude, homo sapiens, the garden hoe",
        "Guinea-Bissau, a guinea pig, frog legs",
        "$10b, $1.5bn, 4ss, 20% off, 3x5, covid-19, area 51, mp3",
        "today three parts, mining, sitting, Brian Blair and Trudeau, batter",
    ],
)
def test_other_senses_are_left_alone(text: str) -> None:
    assert [item for item in found(text) if item[1].startswith("slur/")] == []


def test_a_second_look_finds_the_same() -> None:
    text = "f*ck sh1t c*k suckers idoit sl.ut $10b ordinary words"
    assert LEXICON.find(text) == LEXICON.find(text) == Lexicon(packaged_specs()).find(text)


def test_the_memory_of_tokens_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.lexicon.disguise._REMEMBERED", 50)
    lexicon = Lexicon(packaged_specs())
    for number in range(200):
        assert [m.form for m in lexicon.find(f"word{chr(97 + number % 26) * 2}{number}x sh1t")] == ["shit"]
    assert len(lexicon._disguises._harmless) <= 50


def test_a_plain_word_costs_nothing_and_a_disguise_does() -> None:
    plain, disguised = LEXICON.find("shit and sh1t")
    assert (plain.cost, plain.obfuscated) == (0.0, False)
    assert disguised.cost > 0
    assert disguised.obfuscated


def test_profanity_is_never_a_slur() -> None:
    matches = LEXICON.find("fuck this sh!t, what a b.a.s.t.a.r.d")
    assert [match.entry.category for match in matches] == ["profanity"] * 3


def test_insults_are_evidence_too() -> None:
    matches = LEXICON.find("These leeches are PATHETIC… (…)")
    assert [match.entry.id for match in matches] == ["insult/leech", "insult/pathetic"]


def test_needs_asks_for_words_around() -> None:
    specs = parse(
        "own.toml",
        """
        category = "slur"
        [[entry]]
        id = "slope"
        groups = ["zorbs"]
        severity = "low"
        ambiguous = true
        description = "test"
        forms = ["slope"]
        needs = ["zorb"]
        """,
    )
    lexicon = Lexicon(specs)
    assert lexicon.find("the slope of the hill") == ()
    assert len(lexicon.find("that zorb is a slope")) == 1


def test_the_packaged_lexicon_is_wide_enough() -> None:
    slurs = [entry for entry in LEXICON.entries if entry.category == "slur"]
    groups = {group for entry in slurs for group in entry.groups}
    assert len(slurs) >= 350
    assert {
        "black people",
        "jews",
        "muslims",
        "women",
        "gay men",
        "trans people",
        "disabled people",
        "mexicans",
        "roma",
        "old people",
        "poor people",
    } <= groups


def test_the_default_lexicon_adds_conspiracy_phrases() -> None:
    matches = default_lexicon().find("The deep state stole the election")
    assert "conspiracy" in {match.entry.category for match in matches}


PIECES = st.one_of(
    st.sampled_from(
        ["fuck", "sh1t", "f*ck", "c*k suckers", "n i g g e r", "s.l.u.t", "yellow", "dick Smith", "Dick", "it"]
    ),
    st.sampled_from(
        ["ѕһіт", "а", "ʇᴉɥs", "\u202etihs\u202c", "\u200b", "👍🏽", "e\u0301", "ﬁ", "\ud800", "’s", "aaaa"]
    ),
    st.sampled_from(list(" *'\n$(-.")),
)


@given(st.lists(st.one_of(PIECES, st.text(max_size=4)), max_size=12).map("".join))
@settings(max_examples=300, deadline=None)
def test_evidence_lies_in_the_text_and_never_overlaps(text: str) -> None:
    matches = LEXICON.find(text)
    assert all(0 <= match.start < match.end <= len(text) for match in matches)
    ordered = sorted(matches, key=lambda match: match.start)
    assert all(match.cost >= 0 for match in matches)
    assert [match.start for match in matches] == [match.start for match in ordered]


def seconds(text: str) -> float:
    """The least processor time of two runs."""

    def once() -> float:
        began = time.process_time()
        LEXICON.find(text)
        return time.process_time() - began

    return min(once(), once())


@pytest.mark.parametrize(
    "unit", ["ordinary words ", "f*ck ", "s.l.u.t ", "a ", "aaaa ", "$", "*a", "f*", "ass", "ʇǝ ", "tit for tat ", "s-"]
)
def test_time_grows_with_the_length(unit: str) -> None:
    small, large = (seconds((unit * size)[:size]) for size in (2_000, 20_000))
    assert large < 40 * max(small, 1e-4)
