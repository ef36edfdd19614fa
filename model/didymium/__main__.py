"""`python -m didymium` is `didymium`."""

import sys

from didymium.cli import main

sys.exit(main())
