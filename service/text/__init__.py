"""Text as a reader sees it, with a map back to the original offsets."""
