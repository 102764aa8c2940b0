from pathlib import Path

import pytest

from tests.cli.shell import Shell
