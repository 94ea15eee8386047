"""Policies: decisions with their reasons, and every message for a broken file (golden: tests/golden/policy_errors.txt)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.flags import Flag, FlagType, Severity, Target
from service.lexicon import Entry, Match
from service.policy import Policy, PolicyError, default_policy, load_policy
from service.policy_file import read_policy
from service.policy_rules import NAMES, RuleError, holds, parse, words
from service.policy_terms import Terms

HERE = Path(__file__).parent
BROKEN = [case.split("\n", 1) for case in (HERE / "data/policies/broken.txt").read_text().split("=== ")[1:]]
GOLDEN = HERE / "golden/policy_errors.txt"


def flag(kind: FlagType, score: float, severity: Severity = "medium", target: Target | None = None) -> Flag:
    return Flag(kind, score, severity, (), target)


def site(tmp_path: Path, body: str, head: str = 'name = "site"\nversion = "7"\n') -> Policy:
    path = tmp_path / "site.toml"
    path.write_text(head + body, encoding="utf-8")
    return load_policy(path)


def message(tmp_path: Path, source: str) -> str:
    path = tmp_path / "site.toml"
    path.write_text(source, encoding="utf-8")
    with pytest.raises(PolicyError) as raised:
        load_policy(path)
    return str(raised.value).replace(str(path), "site.toml")


def test_messages_are_golden(tmp_path: Path) -> None:
    now = "".join(f"=== {name}\n{message(tmp_path, source)}\n" for name, source in BROKEN)
    assert now == GOLDEN.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [name for name, _ in BROKEN])
def test_an_error_names_file_and_line(tmp_path: Path, name: str) -> None:
    path = tmp_path / "site.toml"
    path.write_text(dict(BROKEN)[name], encoding="utf-8")
    with pytest.raises(PolicyError) as raised:
        load_policy(path)
    assert raised.value.file == str(path)
    if name != "missing name and version":
        assert isinstance(raised.value.line, int)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="cannot be read: No such file"):
        load_policy(tmp_path / "none.toml")
    (tmp_path / "latin.toml").write_bytes(b'name = "caf\xe9"')
    with pytest.raises(PolicyError, match="cannot be read: not UTF-8"):
        load_policy(tmp_path / "latin.toml")


def test_the_default_policy() -> None:
    policy = default_policy()
    assert policy.name == "default"
    assert policy.decide({}, ()).action == "approve"
    assert policy.decide({"toxicity": 0.5}, ()).reasons == ()
    decision = policy.decide({}, [flag("conspiracy", 0.91)])
    assert (decision.action, decision.reasons) == ("review", ("conspiracy >= 0.80",))
    assert (decision.policy, decision.version) == (policy.name, policy.version)
    assert policy.decide({}, [flag("slur", 0.95, "high")]).action == "review"
    assert policy.decide({"identity_attack": 0.95}, [flag("slur", 0.95, "high")]).action == "reject"
    assert policy.decide({"threat": 0.85}, ()).reasons == ("threat >= 0.60",)


def test_a_copy_of_the_built_in_file_is_a_policy(tmp_path: Path) -> None:
    source = (HERE.parent / "service" / "policies" / "default.toml").read_text(encoding="utf-8")
    assert site(tmp_path, source, head="").draft == default_policy().draft


def test_a_rule_of_the_same_name_takes_the_place_of_the_built_in_one(tmp_path: Path) -> None:
    body = '[[rules]]\nname = "insult to another commenter"\nwhen = "insult >= 0.99"\naction = "reject"\n'
    policy = site(tmp_path, body)
    names = [rule.name for rule in policy.draft.rules]
    assert names == ["grave slur as an attack on a group", "insult to another commenter"]
    assert policy.decide({"insult": 0.9}, [flag("harassment", 0.6, target="commenter")]).action == "approve"
    assert policy.decide({"insult": 0.99}, ()).action == "reject"


def test_a_rule_names_itself_and_its_threshold() -> None:
    decision = default_policy().decide({"insult": 0.9}, [flag("harassment", 0.6, target="commenter")])
    assert decision.action == "review"
    assert decision.reasons == ('insult to another commenter: insult >= 0.85 and target == "commenter"',)


def test_reasons_are_those_of_the_gravest_action() -> None:
    decision = default_policy().decide(
        {"identity_attack": 0.95, "threat": 0.9}, [flag("slur", 0.95, "high"), flag("conspiracy", 0.9)]
    )
    assert decision.action == "reject"
    assert len(decision.reasons) == 1
    assert decision.reasons[0].startswith("grave slur")


def test_leniency_moves_the_threshold_and_is_named(tmp_path: Path) -> None:
    policy = site(tmp_path, '[flags.harassment.leniency]\n"public figure" = 0.2\ncommenter = -0.1\n')
    at = default_policy().draft.flags["harassment"]["review"]
    assert policy.decide({}, [flag("harassment", at, target="public figure")]).action == "approve"
    assert policy.decide({}, [flag("harassment", at, target="person")]).reasons == (f"harassment >= {at:.2f}",)
    assert policy.decide({}, [flag("harassment", at - 0.05, target="commenter")]).reasons == (
        f"harassment >= {at - 0.1:.2f} (commenter)",
    )


def test_a_file_extends_the_default(tmp_path: Path) -> None:
    policy = site(tmp_path, "[flags.conspiracy]\nreview = 0.6\n")
    assert policy.decide({}, [flag("conspiracy", 0.65)]).reasons == ("conspiracy >= 0.60",)
    assert policy.decide({"threat": 0.9}, ()).action == "review"
    assert policy.thresholds.flag == default_policy().thresholds.flag


def test_a_file_can_start_from_nothing(tmp_path: Path) -> None:
    policy = site(tmp_path, 'extends = "none"\n[flags.conspiracy.severity]\nhigh = "reject"\n')
    assert policy.decide({"threat": 0.99}, [flag("slur", 0.99)]).action == "approve"
    assert policy.decide({}, [flag("conspiracy", 0.95, "high")]).reasons == ("conspiracy severity high",)


def test_a_site_may_review_everything(tmp_path: Path) -> None:
    decision = site(tmp_path, 'default = "review"\n').decide({}, ())
    assert (decision.action, decision.reasons) == ("review", ())


def test_absent_labels_are_not_zero(tmp_path: Path) -> None:
    policy = site(tmp_path, '[[rules]]\nname = "calm"\nwhen = "insult < 0.1"\naction = "review"\n')
    assert policy.decide({}, ()).action == "approve"
    assert policy.decide({"insult": 0.05}, ()).action == "review"


def test_blocked_terms_are_found_as_a_reader_sees_them(tmp_path: Path) -> None:
    policy = site(tmp_path, '[terms]\nblock = ["Buy Pills", "casino"]\n')
    for text in ("BUY  PILLS now".replace("  ", " "), "the best сasino", "buy\u200b pills!"):
        decision = policy.decide({}, (), text)
        assert decision.action == "reject", text
        assert decision.reasons[0].startswith("blocked term")
    assert policy.decide({}, (), "casinos are fine, a buyer of pillsbury").action == "approve"


def test_allowed_terms_drop_matches(tmp_path: Path) -> None:
    policy = site(tmp_path, '[terms]\nallow = ["Dyke March"]\n')
    entry = Entry("slur/dyke", "slur", (), "medium", False, True, "")
    text = "The dyke march is on Saturday. A dyke!"
    inside, outside = Match(4, 8, entry, 0.0, False), Match(33, 37, entry, 0.0, False)
    assert policy.admit(text, [inside, outside]) == (outside,)
    assert default_policy().admit(text, [inside, outside]) == (inside, outside)


@pytest.mark.parametrize(
    ("source", "values", "expected"),
    [
        ("insult >= 0.8", {"insult": 0.8}, True),
        ("insult > 0.8", {"insult": 0.8}, False),
        ("insult >= 0.8", {}, False),
        ("not insult >= 0.8", {}, True),
        ("insult >= 0.8 and threat >= 0.5 or obscene >= 0.9", {"obscene": 0.95}, True),
        ("insult >= 0.8 and (threat >= 0.5 or obscene >= 0.9)", {"obscene": 0.95}, False),
        ('target != "self"', {"target": "group"}, True),
        ("target == 'public figure'", {"target": "public figure"}, True),
        ('severity.slur == "high"', {"severity.slur": "low"}, False),
    ],
)
def test_conditions(source: str, values: dict[str, float | str], expected: bool) -> None:
    assert holds(parse(source), values) is expected
    assert holds(parse(words(parse(source))), values) is expected


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(RuleError, match="nested deeper"):
        parse("(" * 500 + "insult > 0.5" + ")" * 500)
    with pytest.raises(RuleError, match="nested deeper"):
        parse("not " * 500 + "insult > 0.5")


@settings(max_examples=150, deadline=None)
@given(
    st.text(max_size=30)
    | st.lists(st.sampled_from([*NAMES, ">=", "==", "0.5", '"self"', "and", "or", "not", "(", ")"])).map(" ".join)
)
def test_any_text_is_a_condition_or_a_clear_error(source: str) -> None:
    try:
        condition = parse(source)
    except RuleError as error:
        assert 1 <= error.at <= len(source) + 1
        assert str(error)
    else:
        assert isinstance(holds(condition, {}), bool)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_a_policy_or_a_policy_error(source: str) -> None:
    with pytest.raises(PolicyError):
        read_policy(source, "x.toml")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(min_size=1, max_size=8), max_size=5), st.text(max_size=60))
def test_terms_are_found_within_the_post(terms: list[str], text: str) -> None:
    for start, end in Terms(terms).find(text):
        assert 0 <= start < end <= len(text)


@pytest.mark.parametrize(
    "written",
    [
        "viagra",
        "VIAGRA",
        "v1agra",
        "v.i.a.g.r.a",
        "v i a g r a",
        "vi*gra",
        "viaaaagra",
        "vi\u200bagra",
        "ｖｉａｇｒａ",
        "vіаgrа",
    ],
)
def test_a_term_is_found_in_disguise(written: str) -> None:
    text = f"buy {written} now"
    assert [text[start:end] for start, end in Terms(["viagra"]).find(text)] == [written]


@pytest.mark.parametrize("text", ["vi area", "via 6", "1.5 kg", "v | i | a", "a vigorous agenda", "the viaduct"])
def test_what_only_looks_like_a_term_is_left_alone(text: str) -> None:
    assert Terms(["viagra", "kgs"]).find(text) == []


def test_a_term_with_signs_is_taken_as_it_is() -> None:
    assert Terms(["50% off", "c++"]).find("now 50% OFF, in C++") == [(4, 11), (16, 19)]


def test_a_disguised_blocked_term_is_a_reason(tmp_path: Path) -> None:
    policy = site(tmp_path, '[terms]\nblock = ["viagra"]\n')
    decision = policy.decide({}, (), "cheap v1agra")
    assert decision.reasons == ('blocked term "v1agra"',)


def test_rules_know_language_and_coverage(tmp_path: Path) -> None:
    policy = site(
        tmp_path,
        """
[[rules]]
name = "nobody has read it"
when = 'coverage == "lexicon-only" and language != "de"'
action = "review"

[[rules]]
name = "short or mixed"
when = 'language == "unknown"'
action = "reject"
""",
    )
    assert policy.decide({}, (), language="fr", coverage="lexicon-only").action == "review"
    assert policy.decide({}, (), language="de", coverage="lexicon-only").action == "approve"
    assert policy.decide({}, (), language="en").action == "approve"
    assert policy.decide({}, ()).action == "reject"


@pytest.mark.parametrize(
    ("condition", "words_"),
    [
        ('language == "english"', 'two letters of ISO 639-1 such as "en"'),
        ('coverage == "lexicon"', 'did you mean "lexicon-only"?'),
        ("language == 0.5", "a word in quotes"),
        ('coverage >= "full"', "with == or !="),
        ('langauge == "en"', 'did you mean "language"?'),
    ],
)
def test_a_wrong_language_or_coverage_is_named(condition: str, words_: str) -> None:
    with pytest.raises(RuleError, match=re.escape(words_)):
        parse(condition)
