"""vm/lab as it is typed: a window for the box and one for each PC, and the way back to them."""

import subprocess

from support.appliance import ROOT
from support.machine import BOOT
from support.terminal import Terminal

PORT = 17790


def test_windows():
    lab = [ROOT / "vm" / "lab", "1", "--fresh", "--port", str(PORT)]
    session = ["tmux", "-L", "kotakpos-lab"]
    assert subprocess.run([*session, "has-session"], capture_output=True).returncode != 0, "somebody uses vm/lab here"
    try:
        with Terminal(lab, env={"KOTAKPOS_KVM": "no"}) as terminal:
            terminal.shows("langkah 1 dari 10", seconds=BOOT)
            terminal.type("C-b", "1")
            terminal.shows("pc1#", seconds=BOOT)
            terminal.type("C-b", "d")
            terminal.shows("ended with 0", seconds=20)
        with Terminal(lab) as terminal:
            terminal.shows("pc1#", seconds=20)
    finally:
        subprocess.run([*session, "kill-server"])
