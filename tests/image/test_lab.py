"""The class-room of vm/lab: a pupil's PC in a machine of its own does the whole mail job on the private network."""

import shlex
import subprocess
import zlib

import pytest

from image.box import open_shell, press, set_up, sh
from support.appliance import ROOT, wait_until
from support.machine import BOOT, Machine
from support.terminal import Terminal

PORT = 17000 + zlib.crc32(str(ROOT).encode()) % 700  # of this worktree
LAN = f"socket,id=net0,mcast=230.7.7.7:{PORT},localaddr=127.0.0.1"
DOMAIN = "smkn1pendalian.sch.id"


class Pc:
    """One of vm/lab's PCs; its serial line is the terminal."""

    def __init__(self, number):
        subprocess.run([ROOT / "vm" / "client", ROOT / "build" / "vm"], check=True)
        command = subprocess.run([ROOT / "vm" / "lab", "--client", str(number), "--port", str(PORT)],
                                 capture_output=True, text=True, check=True).stdout
        self.terminal = Terminal(["nice", *shlex.split(command), "-serial", "mon:stdio"], term="xterm")

    def close(self):
        self.terminal.type("C-a", "x")  # QEMU's own way out
        self.terminal.shows("ended with", seconds=20)
        self.terminal.close()


@pytest.fixture(scope="module")
def box(tmp_path_factory):
    machine = Machine(folder=tmp_path_factory.mktemp("box"), options=["--net", LAN])
    yield machine
    machine.close()


@pytest.fixture(scope="module")
def words(box):
    found = set_up(box, "192.168.10.1/24")
    open_shell(box, found["admin"])
    return found


@pytest.fixture(scope="module")
def pc(words):
    machine = Pc(1)
    yield machine
    machine.close()


def test_dhcp_gives_address_and_name(box, words, pc):
    sh(box, "kotakpos setting set machine.dhcp yes", 120)
    wait_until(lambda: "active" in sh(box, "systemctl is-active kea-dhcp4-server").split(), 120, "the DHCP server")
    pc.terminal.shows("pc1#", seconds=BOOT)
    wait_until(lambda: "192.168.10.1" in sh(pc, "cat /etc/resolv.conf; ip -4 -br address show eth0"), 180, "an address by DHCP")
    wait_until(lambda: "has address 192.168.10." in sh(pc, f"host pc1.{DOMAIN}"), 60, "the PC's name in the DNS")


def test_names(pc):
    said = sh(pc, f"host mail.{DOMAIN}; host -t MX {DOMAIN}; host 192.168.10.1")
    assert f"mail.{DOMAIN} has address 192.168.10.1" in said and "handled by" in said and "pointer" in said


def test_mail_from_ali_to_budi(pc, words):
    mail = f"msmtp --host=mail.{DOMAIN} --port=587 --auth=on --tls --tls-certcheck=off --user=ali --passwordeval='echo {words['ali']}' --from=ali@{DOMAIN} budi@{DOMAIN}"
    assert ":0" in sh(pc, f"printf 'Subject: dari lab\\n\\nhalo\\n' | {mail} && echo sent:0", 120)
    inbox = f"curl -sk -u budi:{words['budi']} 'imaps://mail.{DOMAIN}/INBOX' -X 'UID FETCH 1:* (ENVELOPE)'"
    wait_until(lambda: "dari lab" in sh(pc, inbox), 60, "the mail over IMAP")
    assert "dari lab" in sh(pc, f"for i in 1 2; do curl -sk -u budi:{words['budi']} pop3s://mail.{DOMAIN}/$i; done | grep Subject")


def test_webmail_in_a_text_browser(pc, words):
    """As a pupil does it: the page, login and password, the inbox, the mail."""
    terminal = pc.terminal
    terminal.write(f"clear; w3m -o ssl_verify_server=0 https://mail.{DOMAIN}/login")
    terminal.type("Enter")
    terminal.shows("Kata sandi", seconds=120)
    for text in ("budi", words["budi"]):
        press(terminal, "Tab")
        press(terminal, "Enter")  # w3m asks for the field's text in its last line
        press(terminal, text=text)
        press(terminal, "Enter")
    press(terminal, "Tab")
    press(terminal, "Enter")
    terminal.shows("budi@", seconds=120)
    press(terminal, "/")  # w3m's search
    press(terminal, text="dari lab")
    press(terminal, "Enter")
    terminal.shows("dari lab", "ali", seconds=60)
    terminal.type("Q")
    terminal.shows("pc1#", seconds=60)
