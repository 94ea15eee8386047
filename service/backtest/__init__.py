"""Trying a policy on old comments: an archive is scored once, two policies judge it, and what differs is reported.

    archive (texts, moderators' decisions) -> the service's own pipeline -> two verdicts a post -> report -> tables, plot

`archive` and the plot need the extra `civility[rescore]`; they are imported by the command that needs them.
"""
