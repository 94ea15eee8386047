"""The pattern language and the phrase families."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.lexicon.patterns import PatternError, compile_pattern
from service.lexicon.phrases import default_phrases, find_phrases, read_phrases
from service.text.fold import fold

SLOTS = {"vote": "election*|vote|ballot box"}


def shown(pattern: str, text: str) -> list[str]:
    regex = compile_pattern(pattern, SLOTS).regex
    return [found[0] for found in regex.finditer(text)]


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("deep state", "the deep state is", ["deep state"]),
        ("deep state", "the deep-state is", ["deep-state"]),
        ("deep state", "steep states", []),
        ("rig* the <vote>", "they rigged the elections", ["rigged the elections"]),
        ("rig* the <vote>", "they rigged the ballot box", ["rigged the ballot box"]),
        ("fix the <year>? election", "fix the 2020 election", ["fix the 2020 election"]),
        ("fix the <year>? election", "fix the election", ["fix the election"]),
        ("stole ..2 election", "stole the whole election", ["stole the whole election"]),
        ("stole ..2 election", "stole one two three election", []),
        ("stole ..2 election", "stole it. The election", []),
        ("big (a|b c)? wall", "big b c wall", ["big b c wall"]),
        ("don't want", "they don’t want", ["don’t want"]),
        ("don't want", "they dont want", ["dont want"]),
        ("flag !(on the play|football)", "false flag on the play", []),
        ("flag !(on the play|football)", "false flag again", ["flag"]),
        ("biden won", "biden's won", ["biden's won"]),
    ],
)
def test_language(pattern: str, text: str, expected: list[str]) -> None:
    assert shown(pattern, text) == expected


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("", "must start and end"),
        ("..2 election", "must start and end"),
        ("stole ..2", "must start and end"),
        ("the? election?", "must start and end"),
        ("(a|b", "unclosed bracket"),
        ("a)", "unbalanced bracket"),
        ("[a b", "unclosed bracket"),
        ("(a]", "unbalanced bracket"),
        ("[a] [b]", "more than one"),
        ("the <nothing>", "unknown slot <nothing>"),
        ("<year>", "needs a word"),
        ("a ..9 b", "at most ..8"),
        ("a + b", "unexpected '+'"),
        ("a !", "ends too early"),
    ],
)
def test_mistakes_are_named_with_the_phrase(pattern: str, message: str) -> None:
    with pytest.raises(PatternError, match=re.escape(message)) as raised:
        compile_pattern(pattern, SLOTS)
    assert repr(pattern) in str(raised.value)


def test_every_match_holds_an_anchor() -> None:
    pattern = compile_pattern("(stole|steal*) the <vote>", SLOTS)
    for text in ("stole the vote", "stealing the ballot box", "steal the elections"):
        found = pattern.regex.search(text)
        assert found is not None
        assert all(any(text_has(anchor, found[0]) for anchor in need) for need in pattern.needs)
        assert len(found[0]) <= pattern.reach


def text_has(anchor: str, text: str) -> bool:
    return re.search(rf"\b{anchor.rstrip('*')}{'' if anchor.endswith('*') else chr(92) + 'b'}", text) is not None


def test_a_file_with_a_mistake_is_named_with_its_family() -> None:
    with pytest.raises(ValueError, match=r"x\.toml: family 'a': .*unknown slot"):
        read_phrases('[[family]]\nid="a"\ndescription="d"\nweight=1\npatterns=["<zz> b"]', "x.toml")
    with pytest.raises(ValueError, match=r"x\.toml: family 'a': unknown key 'wieght'"):
        read_phrases('[[family]]\nid="a"\nwieght=1', "x.toml")
    with pytest.raises(ValueError, match=r"two families called 'a'"):
        read_phrases('[[family]]\nid="a"\ndescription="d"\nweight=1\npatterns=["b"]\n' * 2, "x.toml")


def test_packaged_families_are_described_and_weighted() -> None:
    families = default_phrases().families
    assert len(families) >= 12
    for family in families.values():
        assert family.strong.category in ("conspiracy", "hate", "threat", "contempt", "kind")
        assert len(family.strong.description) > 20
        assert 1.0 <= family.weight <= 4.0
        assert family.cue.ambiguous
    assert families["conspiracy/antisemitic-control"].strong.groups == ("jews",)


@pytest.mark.parametrize(
    ("text", "family", "words"),
    [
        ("They must FIX the 2020 election!", "stolen-election", "FIX the 2020 election"),
        ("Look up the dеер state agenda", "deep-state", "dеер state agenda"),
        ("It was an inside\njob and a f\u200balse flag", "false-flag", "f\u200balse flag"),
        ("so (((they))) say", "antisemitic-echo", "(((they)))"),
    ],
)
def test_spans_are_of_the_original(text: str, family: str, words: str) -> None:
    found = {text[m.start : m.end]: m.entry.id for m in find_phrases(fold(text), text)}
    assert found[words] == f"conspiracy/{family}"


@settings(max_examples=100, deadline=None)
@given(
    st.text(max_size=120)
    | st.lists(st.sampled_from(["deep", "state", "stole", "the", "election", "wake up", "sheeple", "."])).map(" ".join)
)
def test_spans_lie_in_the_post_and_do_not_overlap_within_a_family(text: str) -> None:
    last: dict[str, int] = {}
    for match in find_phrases(fold(text), text):
        assert 0 <= match.start < match.end <= len(text)
        assert match.start >= last.get(match.entry.id, 0)
        last[match.entry.id] = match.end


@pytest.mark.parametrize(
    "unit",
    [
        "deep ",
        "they don't want ",
        "the vaccine " * 3,
        "stole the ",
        "-' ",
        "a" * 50,
        "((( ",
        "5g covid jews media soros ",
    ],
)
def test_time_is_linear_on_hostile_text(unit: str) -> None:
    short, long = (unit * (size // len(unit)) for size in (10_000, 80_000))
    assert seconds(long) < 40 * max(seconds(short), 0.02)


def seconds(text: str) -> float:
    """The least processor time of three runs: a collection of garbage falls into one of them."""

    def once() -> float:
        began = time.process_time()
        find_phrases(fold(text), text)
        return time.process_time() - began

    return min(once() for _ in range(3))


def test_patterns_are_compiled_beforehand_as_long_as_nobody_ends_it() -> None:
    source = """[[family]]
    id = "beforehand"
    description = "Nothing"
    weight = 1
    patterns = ["prepared in advance", "readied in advance", "made ready in advance"]
    """
    phrases = read_phrases(source, "test")
    pauses: list[int] = []

    def pause() -> bool:
        pauses.append(1)
        return len(pauses) == 2

    phrases.prepare(pause)
    assert len(pauses) == 2, "it was to end after the second"
    phrases.prepare(pause)
    assert len(pauses) == 3, "only the third was left"
    phrases.prepare(pause)
    assert len(pauses) == 3
