"""One file per runtime; a backend imports its runtime inside its own file only."""
