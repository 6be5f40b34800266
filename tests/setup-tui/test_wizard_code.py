"""The QR code of the last page, read as a phone would: from a picture of the screen."""

import subprocess

import pytest

from support.terminal_picture import picture
from support.wizard import PAGES, NewBox, enter_to


@pytest.fixture(scope="module")
def box():
    with NewBox() as new_box:
        yield new_box


def read_code(terminal, file):
    picture(terminal, file)
    done = subprocess.run(["zbarimg", "-q", "--raw", file], capture_output=True, text=True)
    return done.stdout.strip()


@pytest.mark.parametrize("kind", ["utf8", "ascii"])
def test_a_phone_reads_the_address_of_the_webmail(box, kind, tmp_path):
    options = {"utf8": {}, "ascii": {"term": "vt100", "utf8": False}}[kind]
    with box.wizard("--wizard", **options) as terminal:
        pictures = enter_to(terminal, PAGES - 1 if kind == "ascii" else PAGES)
        address = next(line.split("/")[0] for line in pictures[3].split() if line.count(".") == 3 and "/" in line)
        code = f"HTTPS://{address}:{box.ports['https']}/"
        if kind == "utf8":
            assert read_code(terminal, tmp_path / "small.png") == code
        terminal.press("F4")
        assert read_code(terminal, tmp_path / "large.png") == code
        terminal.type("Escape", "Enter")
        terminal.ended(0)
