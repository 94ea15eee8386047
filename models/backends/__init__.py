"""One file per runtime; a backend imports its runtime inside its own file only."""

import sys

# Importing openvino reports the import to Google Analytics, unless this package of its is missing: then it takes a stub.
# Nothing of ours phones anybody.
sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]  # None: an import fails
