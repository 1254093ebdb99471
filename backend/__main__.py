"""python -m backend: every command of Lugas."""

import sys

from backend.cli import main

if __name__ == "__main__":
    sys.exit(main())
