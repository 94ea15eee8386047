"""Models: text in, probabilities and attributions out. Knows nothing of HTTP, comment files or storage."""
