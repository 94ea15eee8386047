"""docs/policies.md: its example is a valid policy that does what its comments say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from service.flags import Flag
from service.policy import Policy, load_policy

PAGE = Path(__file__).parents[1] / "docs" / "policies.md"


@pytest.fixture
def policy(tmp_path: Path) -> Policy:
    (source,) = re.findall(r"```toml\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    file = tmp_path / "site.toml"
    file.write_text(source, "utf-8")
    return load_policy(file)


def test_the_example_is_valid(policy: Policy) -> None:
    assert (policy.name, policy.version) == ("site", "3")
    assert [rule.name for rule in policy.draft.rules].count("insult to another commenter") == 1


def test_public_figures_must_bear_more_than_commenters(policy: Policy) -> None:
    actions = {
        target: policy.decide({}, [Flag("harassment", 0.68, "low", (), target)]).action
        for target in ("commenter", "public figure")
    }
    assert actions == {"commenter": "review", "public figure": "approve"}


def test_rules_and_terms(policy: Policy) -> None:
    both = [Flag("harassment", 0.62, "low", (), "none"), Flag("conspiracy", 0.61, "low", ())]
    assert policy.decide({}, both).action == "reject"
    assert policy.decide({}, both[1:]).action == "approve"
    assert policy.decide({}, (), "BUY NOW at ShоpSite!").reasons == ('blocked term "BUY NOW at ShоpSite"',)
    assert policy.decide({}, [Flag("harassment", 0.3, "high", (), "none")]).action == "review"
