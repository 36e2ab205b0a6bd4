"""What speech needs at set-up: the model, and the sound of waiting. Cached; a second run takes a moment.

    python -m tools.speech.setup

Ends with 0 also without a model: Patchbay runs without one, and has said here what was wanted and from where.
"""

from __future__ import annotations

import sys

from tools.speech import fetch_model


def main() -> int:
    fetch_model.main()
    return 0


if __name__ == "__main__":
    sys.exit(main())
