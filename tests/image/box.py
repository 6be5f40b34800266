"""The appliance in a virtual machine, as a teacher has it: the wizard by Enter, then its console and a shell."""

import json
import re
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from support.appliance import wait_until
from support.machine import BOOT, IMAGE, Machine, image_file
from support.wizard import passwords, place, place_of

SLOW = 400  # seconds for what hashes passwords or makes keys, without KVM


def first_page(box):
    wait_until(lambda: place(box.terminal) == 1, BOOT, "the wizard's first page")


def press(terminal, *keys, text=None, seconds=90):
    """Keys, or text, and the wait for what they do."""
    before = terminal.state()
    if text is not None:
        terminal.write(text)
    terminal.type(*keys)
    wait_until(lambda: terminal.state() != before, seconds, f"an effect of {keys or text} on:\n{before[0]}")


def set_up(box, address=None, before_work=lambda: None):
    """Enter all the way; gives the passwords of the last page. `address`: "192.168.10.1/24" instead of the proposal.
    `before_work` is called when all questions are answered."""
    terminal = box.terminal
    wait_until(lambda: place(terminal), BOOT, "the wizard")
    while place(terminal) < place_of(terminal)[1] - 2:  # the review, the work, the last page
        if place(terminal) == 3 and address:
            wait_until(lambda: "Alamat kotak ini" in terminal.screen(), 60, "the network page")
            press(terminal, "Tab")
            press(terminal, "Tab")
            press(terminal, "C-u")
            terminal.write(address)
            wait_until(lambda: address in terminal.screen(), 60, "the address")
            address = None
        press(terminal, "Enter")
    before_work()
    terminal.type("Enter")
    terminal.shows("Semuanya bekerja.", seconds=SLOW)
    terminal.shows("Enter lanjut", seconds=60)
    terminal.type("Enter")
    wait_until(lambda: place(terminal) and place(terminal) == place_of(terminal)[1], 90, f"the last page after {terminal.screen()}")
    wait_until(lambda: {"admin", "ali", "budi"} <= set(passwords(terminal.screen())), 90, f"the passwords on {terminal.screen()}")
    found = passwords(terminal.screen())
    terminal.type("Enter")
    terminal.shows("Enter masuk sebagai administrator", seconds=SLOW)
    return found


def shut_down(box):
    """As by the button of a PC."""
    box.qmp("system_powerdown")
    box.process.wait(SLOW)


def ready(folder):
    """Gives `folder` the disk of a box that is set up and was shut down in order; gives its passwords. The wizard, which takes
    minutes here, is gone through once for each image."""
    disk, kept = IMAGE / "ready.qcow2", IMAGE / "ready.json"
    if not kept.exists() or kept.stat().st_mtime < image_file("qcow2").stat().st_mtime:
        with tempfile.TemporaryDirectory(prefix="kotakpos-ready-") as place, Machine(folder=place) as box:
            found = set_up(box)
            shut_down(box)
            shutil.copy(Path(place) / "disk.qcow2", disk)
            kept.write_text(json.dumps(found))
    shutil.copy(disk, Path(folder) / "disk.qcow2")
    return json.loads(kept.read_text())


def open_shell(box, password):
    """From the console's state to root's shell, as the administrator goes."""
    terminal = box.terminal
    terminal.shows("Enter masuk sebagai administrator", seconds=BOOT)
    terminal.type("Enter")
    terminal.shows("Kata sandi", seconds=60)
    terminal.write(password)
    time.sleep(1)
    terminal.type("Enter")
    terminal.shows("Antrean surat", seconds=120)
    terminal.write("shell")
    time.sleep(2)
    terminal.type("Enter")
    terminal.shows("Ketik 'exit'", seconds=60)
    sh(box, "PS1= ; stty -echo; export PAGER=cat SYSTEMD_PAGER= COLUMNS=200")


def sh(box, command, seconds=120):
    """What the command says in the box's shell, at most a screen of it; its exit code last."""
    box.counter = getattr(box, "counter", 0) + 1
    mark = f"end{box.counter}"
    box.terminal.write(f"clear; {command}; echo {mark[:3]}''{mark[3:]}:$?")
    box.terminal.type("Enter")
    wait_until(lambda: re.search(rf"{mark}:\d+", box.terminal.screen()), seconds, f"the end of {command}")
    return box.terminal.screen().split(mark + ":")[0]


def fetch(box, url, *words):
    return subprocess.run(["curl", "-sk", "--max-time", "60", *words, url], capture_output=True, text=True).stdout


def answers(box, domain="smkn1pendalian.sch.id", by="+notcp"):
    """Whether every service answers from outside the machine. `by` "+tcp": QEMU's network without Internet lets no UDP out."""
    asked = subprocess.run(["dig", "+short", by, "+time=10", "-p", str(box.port(53)), "@127.0.0.1", "MX", domain], capture_output=True, text=True)
    page = fetch(box, f"https://127.0.0.1:{box.port(443)}/login")
    return "mail." in asked.stdout and "csrf" in page


def send(box, sender, recipient, password, subject, domain="smkn1pendalian.sch.id"):
    text = f"From: {sender}@{domain}\nTo: {recipient}@{domain}\nSubject: {subject}\n\nhalo\n"
    return subprocess.run(["curl", "-sk", "--max-time", "90", f"smtps://127.0.0.1:{box.port(465)}", "--mail-from", f"{sender}@{domain}",
                           "--mail-rcpt", f"{recipient}@{domain}", "-u", f"{sender}:{password}", "-T", "-"],
                          input=text.replace("\n", "\r\n"), text=True, capture_output=True).returncode == 0


def subjects(box, login, password):
    """The subjects in the inbox by IMAP."""
    said = fetch(box, f"imaps://127.0.0.1:{box.port(993)}/INBOX", "-u", f"{login}:{password}", "-X", "UID FETCH 1:* (ENVELOPE)")
    return re.findall(r'ENVELOPE \("[^"]*" "([^"]*)"', said)


def restart_after_cut(box, **more):
    """The power goes; the same disk starts again."""
    box.cut_power()
    box.terminal.close()
    return Machine(folder=box.folder, **more)
