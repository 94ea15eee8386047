"""The Perspective API (Comment Analyzer, v1alpha1) in terms of our pipeline. Pure: no web framework, no storage."""
