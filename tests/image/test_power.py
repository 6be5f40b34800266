"""Power cuts at any moment of a box's life: its first boot, the wizard's work, mail, an update. The box always starts again, and no mail
that was acknowledged is lost. What a cut leaves on the disk: image/power.py."""

import os
import random

import pytest

from image import power
from image.box import SLOW, answers, first_page, open_shell, press, ready, send, set_up, sh, subjects
from image.test_update import MOUNT, plugged, signed, stick
from support.appliance import wait_until
from support.machine import BOOT, IMAGE, Machine
from support.wizard import place

SEED = int(os.environ.get("KOTAKPOS_SEED", "8"))
MAILS = 12


class Life:
    """A recorded run: the disk before it, the record, the places in it at which something had happened."""

    def __init__(self, folder):
        self.folder, self.record, self.before = folder, folder / "record", folder / "before.raw"
        self.at, self.mails, self.words = {}, [], {}

    def mark(self, name):
        self.at[name] = power.now(self.record)

    def cuts(self, begin, end, count):
        """`count` places between two marks, by chance."""
        places = [entry[0] for entry in power.entries(self.record, self.at[end]) if entry[0] > self.at.get(begin, 0)]
        return sorted(random.Random(f"{SEED} {begin}").sample(places, count))

    def after(self, end):
        """The box that wakes up after a cut there."""
        disk = self.folder / "cut.raw"
        for old in (disk, self.folder / "disk.qcow2"):
            old.unlink(missing_ok=True)
        lost = power.cut(self.before, self.record, end, disk, SEED + end)
        print(f"cut at {end} of {power.now(self.record)}: {lost} writes lost")
        return Machine(folder=self.folder, disk=disk)


def state_of(box):
    """wizard or console: the box has started."""
    def found():
        screen = box.terminal.screen()
        return "console" if "Enter masuk sebagai administrator" in screen else "wizard" if place(box.terminal) else None

    try:
        return wait_until(found, BOOT, "the wizard or the console after a cut")
    except AssertionError as error:
        raise AssertionError(f"{error}; the screen:\n{box.terminal.screen()}") from None


@pytest.fixture(scope="module")
def school(tmp_path_factory):
    """From the first power-on to the mails of a school."""
    life = Life(tmp_path_factory.mktemp("school"))
    power.flat(IMAGE / "disk.raw", life.before)
    with open(life.before, "r+b") as disk:
        disk.truncate(4 << 30)
    with Machine(folder=life.folder, disk=life.before, options=["--record", life.record]) as box:
        first_page(box)
        life.mark("first page")
        life.words = set_up(box, before_work=lambda: life.mark("work"))
        life.mark("set up")
        for number in range(MAILS):
            if send(box, "ali", "budi", life.words["ali"], f"surat {number}"):
                life.mails.append((power.now(life.record), f"surat {number}"))
        life.mark("mail")
    return life


@pytest.mark.parametrize("number", range(4))
def test_cut_in_the_first_boot(school, number):
    with school.after(school.cuts("power", "first page", 4)[number]) as box:
        assert state_of(box) == "wizard"
        press(box.terminal, "Enter")


@pytest.mark.parametrize("number", range(5))
def test_cut_while_the_wizard_works(school, number):
    with school.after(school.cuts("work", "set up", 5)[number]) as box:
        if state_of(box) == "wizard":  # it goes on from its answers, and ends well
            words = set_up(box)
        else:
            words = school.words
        wait_until(lambda: answers(box), SLOW, "all services")
        assert {"admin", "ali", "budi"} <= set(words)


@pytest.mark.parametrize("number", range(6))
def test_cut_in_the_middle_of_mail(school, number):
    assert len(school.mails) == MAILS
    end = school.cuts("set up", "mail", 6)[number]
    acknowledged = {subject for at, subject in school.mails if at <= end}
    with school.after(end) as box:
        assert state_of(box) == "console"
        wait_until(lambda: acknowledged <= set(subjects(box, "budi", school.words["budi"])), BOOT, f"{acknowledged} at budi")
        found = subjects(box, "budi", school.words["budi"])
        assert len(found) == len(set(found)), "a mail is there twice"
        assert send(box, "budi", "ali", school.words["budi"], "sesudah padam")


@pytest.fixture(scope="module")
def update(tmp_path_factory):
    """A box that takes an update, with one mail from before."""
    life = Life(tmp_path_factory.mktemp("update"))
    life.words = ready(life.folder)
    power.flat(life.folder / "disk.qcow2", life.before)
    (life.folder / "disk.qcow2").unlink()
    volume = stick(life.folder / "volume.img", [signed(life.folder / "good")])
    with Machine(folder=life.folder, disk=life.before, options=["--record", life.record], qemu=plugged(volume)) as box:
        box.terminal.shows("Enter masuk sebagai administrator", seconds=BOOT)
        wait_until(lambda: send(box, "ali", "budi", life.words["ali"], "sebelum pembaruan"), BOOT, "a mail taken")
        wait_until(lambda: "sebelum pembaruan" in subjects(box, "budi", life.words["budi"]), 120, "the mail at budi")
        open_shell(box, life.words["admin"])
        sh(box, MOUNT)
        life.mark("begin")
        said = sh(box, "kotakpos update /run/u/good --no-restart; echo code $?", 600)
        assert "code 0" in said, said
        box.terminal.write("reboot")
        box.terminal.type("Enter")
        open_shell(box, life.words["admin"])
        wait_until(lambda: "done" in sh(box, "kotakpos update"), 400, "the self-test's verdict")
        life.mark("end")
    return life


@pytest.mark.parametrize("number", range(5))
def test_cut_during_an_update(update, number):
    with update.after(update.cuts("begin", "end", 5)[number]) as box:
        assert state_of(box) == "console"
        wait_until(lambda: answers(box), BOOT, "all services, of the one version or the other")
        wait_until(lambda: "sebelum pembaruan" in subjects(box, "budi", update.words["budi"]), 120, "the mail from before")
