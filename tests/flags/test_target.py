"""Who is meant: a table of sentences. <...> marks the hostile words."""

from __future__ import annotations

import re

import pytest

from service.flags import PostContext
from service.flags.target import target_of
from service.splitting.section import Quote

TABLE = [
    ("commenter", "You are such a <moron>."),
    ("commenter", "Your comment is <garbage> and so are you."),
    ("commenter", "@Hank42 what a <clown>."),
    ("commenter", "Shut up, you <idiot>!"),
    ("commenter", "u r a <loser> lol"),
    ("group", "You people are all <vermin>."),
    ("group", "You liberals are <parasites>."),
    ("group", "Immigrants are <vermin>."),
    ("group", "These people are <animals>."),
    ("group", "Russia and its <thugs> need to be challenged."),
    ("group", "All of them are <crooks>."),
    ("group", "Women are too <stupid> to vote."),
    ("public figure", "The president is a <liar>."),
    ("public figure", "This administration is a pack of <leeches>."),
    ("public figure", "Biden is a <fool>."),
    ("public figure", "Senator Blowhard is a <crook>."),
    ("public figure", "What <idiots> sit in the White House."),
    ("public figure", "Trump spoke again. He is a <clown>."),
    ("person", "He is a total <idiot>."),
    ("person", "My neighbor is a <creep>."),
    ("person", "That guy is a <pig>."),
    ("person", "I met Harold Finch and he is a <jerk>."),
    ("self", "I was so <stupid> back then."),
    ("self", "I'm such an <idiot>, I forgot my keys."),
    ("self", "I feel like a <loser> today."),
    ("self", "Sorry, I am a bit <dumb> about computers."),
    ("self", "I was a real <jerk> to my sister."),
    ("self", "Call me an <idiot>, but I liked the film."),
    ("none", "What a <stupid> rule."),
    ("none", "The new tax is <idiotic>. You can look it up."),
    ("public figure", "The new president is <idiotic>."),
    ("none", "The weather was <awful>."),
    ("none", "Thank you, that was a <stupid> movie."),
    ("none", "You know, it is a <dumb> game."),
]


@pytest.mark.parametrize(("expected", "marked"), TABLE)
def test_target(expected: str, marked: str) -> None:
    text, spans = unmark(marked)
    assert target_of(PostContext(text), spans) == expected


def test_the_parents_author_is_a_commenter() -> None:
    text, spans = unmark("marge99 is a <fool>.")
    assert target_of(PostContext(text, parent_author="Marge99", is_reply=True), spans) == "commenter"
    assert target_of(PostContext(text), spans) == "none"


def test_bare_abuse_in_a_reply_is_meant_for_whom_it_answers() -> None:
    text, spans = unmark("What a <moron>.")
    assert target_of(PostContext(text, is_reply=True), spans) == "commenter"
    assert target_of(PostContext(text), spans) == "none"


def test_a_slur_of_a_group_without_another_cue_means_the_group() -> None:
    text, spans = unmark("No <xxx> here.")
    assert target_of(PostContext(text), spans, group_words=True) == "group"


def test_words_in_a_quote_do_not_say_who_is_meant() -> None:
    text = "> you moron\nThe bridge is closed."
    post = PostContext(text, quotes=(Quote(0, 11),))
    assert target_of(post, [(6, 11)]) != "self"


def test_another_commenter_before_oneself() -> None:
    text, spans = unmark("I was <stupid> once. You are <stupid> now.")
    assert target_of(PostContext(text), spans) == "commenter"


def unmark(marked: str) -> tuple[str, list[tuple[int, int]]]:
    """The sentence without its marks, and where the marked words are."""
    spans, removed = [], 0
    for found in re.finditer(r"<([^>]*)>", marked):
        start = found.start() - removed
        spans.append((start, start + len(found[1])))
        removed += 2
    return re.sub(r"[<>]", "", marked), spans
