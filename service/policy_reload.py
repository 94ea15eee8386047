"""Reading the policies anew while the service runs, on SIGHUP."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from service.moderation import Moderator
from service.policy import Policy, PolicyError

log = logging.getLogger("civility.policy")


def reload_policies(moderator: Moderator, read: Callable[[], Mapping[str, Policy]]) -> bool:
    """Put what `read` gives in the place of the policies in use, all or none, and log what was done.

    Requests that have begun keep the policy that they began with. False: `read` raised `PolicyError`; the log then has
    what `civility policy check` says, and the old policies stay.
    """
    old = moderator.policies
    try:
        moderator.policies = read()
    except PolicyError as error:
        log.error("policies not reloaded, those in use stay (%s):\n%s", _names(old), error)
        return False
    log.info("policies reloaded: %s (before: %s)", _names(moderator.policies), _names(old))
    return True


def _names(policies: Mapping[str, Policy]) -> str:
    return ", ".join(f"{policy.name} {policy.version}" for policy in policies.values())
