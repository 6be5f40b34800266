"""The smallest disk, and one without any room: mail is refused politely, everybody can read, the administrator gets in and cleans up."""

import smtplib
import ssl
import subprocess

import pytest

from image.box import answers, open_shell, send, set_up, sh, subjects
from support.appliance import wait_until
from support.machine import IMAGE, Machine

DOMAIN = "smkn1pendalian.sch.id"


@pytest.fixture(scope="module")
def box(tmp_path_factory):
    folder = tmp_path_factory.mktemp("box")
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", IMAGE / "disk.raw", folder / "disk.qcow2", "2G"], check=True)
    machine = Machine(folder=folder)
    yield machine
    machine.close()


@pytest.fixture(scope="module")
def words(box):
    return set_up(box)


def reply(box, words, port):
    """What a sender is told: (code, text)."""
    open_line = ssl._create_unverified_context()
    text = f"From: ali@{DOMAIN}\r\nTo: budi@{DOMAIN}\r\nSubject: penuh\r\n\r\n" + "isi\r\n" * 20000
    line = smtplib.SMTP_SSL("127.0.0.1", box.port(465), context=open_line, timeout=120) if port == 465 else smtplib.SMTP("127.0.0.1", box.port(port), timeout=120)
    with line:
        if port == 465:
            line.login("ali", words["ali"])
        try:
            line.sendmail(f"ali@{DOMAIN}" if port == 465 else "orang@lain.example", [f"budi@{DOMAIN}"], text)
        except smtplib.SMTPRecipientsRefused as refused:
            return next(iter(refused.recipients.values()))
        except smtplib.SMTPResponseException as refused:
            return refused.smtp_code, refused.smtp_error
        return 250, b""


def test_2_gb_are_enough(box, words):
    wait_until(lambda: answers(box), 120, "DNS and webmail")
    assert send(box, "ali", "budi", words["ali"], "disk kecil")
    wait_until(lambda: "disk kecil" in subjects(box, "budi", words["budi"]), 60, "the mail at budi")
    open_shell(box, words["admin"])
    assert int(sh(box, "df -m --output=size /data | tail -n 1").split()[-1]) > 1000


def test_a_full_disk_refuses_mail_and_nothing_else(box, words):
    sh(box, "cat /dev/zero >/root/terisi; sync; echo full", 600)
    assert sh(box, "df --output=avail /data | tail -n 1").split()[-1] == "0"
    for port in (465, 25):
        code, text = reply(box, words, port)
        assert 400 <= code < 500 and text, (port, code, text)
    assert "disk kecil" in subjects(box, "budi", words["budi"])
    assert answers(box)


def test_the_administrator_gets_in_and_cleans_up(box, words):
    box.terminal.write("exit")
    box.terminal.type("Enter")
    box.terminal.shows("Cari: shell", seconds=120)  # the menu, as it was left
    box.terminal.type("Escape")
    box.terminal.shows("Antrean surat", seconds=120)
    box.terminal.type("Escape")
    open_shell(box, words["admin"])
    said = sh(box, "kotakpos check", 240)
    assert "Semuanya baik." not in said
    sh(box, "rm /root/terisi")
    wait_until(lambda: reply(box, words, 465)[0] == 250, 240, "mail is taken again")
    wait_until(lambda: "penuh" in subjects(box, "budi", words["budi"]), 240, "the mail at budi")
    wait_until(lambda: "Semuanya baik." in sh(box, "kotakpos check", 240), 300, "all well again")
