"""Sources look alike: clang-format has nothing to say."""

import subprocess

import pytest

from support.appliance import ROOT

FOLDERS = ["appliance", "dnsd", "maild", "httpd", "setup-tui", "tests"]


@pytest.mark.parametrize("folder", FOLDERS)
def test_sources_are_formatted(folder):
    sources = sorted(str(path) for end in ("h", "cpp") for path in (ROOT / folder).rglob(f"*.{end}"))
    done = subprocess.run(["clang-format", "--dry-run", "-Werror", *sources], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr[:4000]
