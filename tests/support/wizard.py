"""Drives the first-boot wizard in a real terminal on a box of its own.

    with NewBox() as box, box.wizard() as terminal:
        enter_to(terminal, "langkah 3 dari 10")
"""

import os
import re
import signal

from support.appliance import BUILD, Appliance, wait_until
from support.terminal import Terminal

PROGRAM = BUILD / "setup-tui" / "setup-tui"
PAGES = 10
PASSWORD = r"[a-z]+(?:-[2-9]{4}-[a-z]+){2}"


class NewBox(Appliance):
    """A box with its configuration (free ports on loopback) and no school. The wizard starts it; the end of the test stops it."""

    def __init__(self, conf="lab = no\n"):
        super().__init__(answers=None, conf=conf, start=False)

    def wizard(self, *words, **terminal):
        environment = self.environment()
        environment.pop("NO_COLOR", None)
        return Terminal([PROGRAM, "--config", self.config, *words], env=environment, **terminal)

    def supervisor(self):
        """The pid of the box that the wizard has started, or None."""
        try:
            pid = int((self.state / "run" / "supervisor.lock").read_text())
            os.kill(pid, 0)
            return pid
        except (OSError, ValueError):
            return None

    def stop_box(self):
        pid = self.supervisor()
        if pid:
            os.kill(pid, signal.SIGTERM)
            wait_until(lambda: self.supervisor() is None, 20, "the end of the box")

    def close(self):
        self.stop()  # what the test itself has started
        self.stop_box()
        super().close()


def place(terminal):
    """The number of the page in its title, 0 when there is none."""
    return place_of(terminal)[0]


def place_of(terminal):
    """The number of the page and how many there are: fewer where a school is there already."""
    found = re.search(r"(?:langkah|step) (\d+) (?:dari|of) (\d+)", terminal.screen().splitlines()[0] if terminal.screen() else "")
    return (int(found.group(1)), int(found.group(2))) if found else (0, 0)


def cut_power(terminal):
    """The program ends without a word; the terminal is what a kill -9 leaves."""
    pid = terminal.pid()
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not os.path.exists(f"/proc/{pid}"), 10, "the wizard's end")


def enter_to(terminal, page, seconds=60):
    """Presses Enter, and nothing else, until that page is open. Gives the first picture of each page on the way."""
    pictures = {}
    wait_until(lambda: place(terminal) > 0, 10, "the first page")

    def at_page():
        now = place(terminal)
        if now and now not in pictures:
            pictures[now] = terminal.screen()
        if now >= page:
            return True
        if now and not is_working(terminal.screen()):
            terminal.press("Enter")
        return False

    try:
        wait_until(at_page, seconds, f"page {page}")
    except AssertionError as error:
        raise AssertionError(f"{error}; there is:\n{terminal.screen()}") from None
    return pictures


def fill(terminal, *values):
    """Types over the field that has the cursor, and the ones after it; None leaves one as it is."""
    for number, value in enumerate(values):
        if number:
            terminal.press("Tab")
        if value is not None:
            terminal.type("C-u")
            terminal.write(value)


def is_working(screen):
    return "Mohon tunggu" in screen or "Please wait" in screen


def passwords(screen):
    """The first passwords on the last page, by login."""
    return dict(re.findall(rf"^ +(\w[\w.]*) +({PASSWORD})\b", screen, re.M))
