"""One file per HTTP surface."""
