"""Takes the pictures of setup-tui/README.md: wizard_pictures.py FOLDER goes through the wizard and photographs it."""

import sys
from pathlib import Path

from support.terminal_picture import picture
from support.wizard import PAGES, NewBox, enter_to, fill


def main():
    folder = Path(sys.argv[1])
    with NewBox() as box, box.wizard() as terminal:
        enter_to(terminal, 3)
        fill(terminal, None, "192.168.10.0/24")
        terminal.press("Tab")
        picture(terminal, folder / "README-bad-answer.png")
        terminal.press("BTab")
        fill(terminal, "192.168.10.1/24", "", "1.1.1.1, 9.9.9.9")
        enter_to(terminal, 4)
        terminal.press("F1")
        picture(terminal, folder / "README-lesson.png")
        terminal.press("Escape")
        enter_to(terminal, PAGES - 1)
        terminal.shows("Semuanya bekerja.", seconds=60)
        picture(terminal, folder / "README-proof.png")
        enter_to(terminal, PAGES)
        picture(terminal, folder / "README-ready.png")


if __name__ == "__main__":
    main()
