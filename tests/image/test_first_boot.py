"""The image from its first start: wizard on the serial line, services, firewall, units, what is stored where, power cut, second boot."""

import re
import socket
import subprocess

import pytest

from image.box import SLOW, answers, fetch, open_shell, restart_after_cut, send, set_up, sh, subjects
from support.appliance import wait_until
from support.machine import BOOT, Machine
from support.terminal import Terminal


@pytest.fixture(scope="module")
def box(tmp_path_factory):
    machine = Machine(folder=tmp_path_factory.mktemp("box"))
    yield machine
    machine.close()


@pytest.fixture(scope="module")
def words(box):
    return set_up(box)


def test_wizard_and_one_mail(box, words):
    wait_until(lambda: answers(box), 120, "DNS and webmail from outside")
    assert send(box, "ali", "budi", words["ali"], "dari luar")
    wait_until(lambda: "dari luar" in subjects(box, "budi", words["budi"]), 60, "the mail at budi")


SPEAKS_FIRST = {25: b"220 ", 110: b"+OK", 143: b"* OK", 587: b"220 "}
SPEAKS_TLS = (443, 465, 853, 993, 995)


def heard(box, port):
    """The first octets that the box itself says there. QEMU takes every connection, also one that the box does not."""
    try:
        with socket.create_connection(("127.0.0.1", box.port(port)), timeout=30) as line:
            return line.recv(4)
    except OSError:
        return b""


def has_tls(box, port):
    said = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{box.port(port)}"], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=90).stdout
    return "BEGIN CERTIFICATE" in said


def test_what_is_on_is_open(box, words):
    assert {port: heard(box, port)[: len(greeting)] for port, greeting in SPEAKS_FIRST.items()} == SPEAKS_FIRST
    assert [port for port in SPEAKS_TLS if has_tls(box, port)] == list(SPEAKS_TLS)
    assert "Location: https:" in fetch(box, f"http://127.0.0.1:{box.port(80)}/", "-i")


def test_what_is_off_is_shut(box, words):
    """Also a server that runs: only the setting opens its port."""
    open_shell(box, words["admin"])
    assert "active" in sh(box, "systemctl start ssh; systemctl is-active ssh", 240).split()
    assert heard(box, 22) == b""
    sh(box, "systemctl stop ssh; kotakpos setting set machine.ssh yes")
    wait_until(lambda: heard(box, 22) == b"SSH-", 240, "SSH after it was switched on")


def test_ssh(box, words):
    """The school's administrator, by the school's password, lands in setup-tui; nobody else gets in."""
    options = ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "PubkeyAuthentication=no"]
    command = ["ssh", *options, "-p", str(box.port(22)), "admin@127.0.0.1"]
    with Terminal(command, term="xterm") as terminal:
        terminal.shows("assword:", seconds=120)
        terminal.write(words["ali"])  # a pupil's
        terminal.type("Enter")
        wait_until(lambda: terminal.screen().count("assword:") > 1, 120, "the question again")
        terminal.write(words["admin"])
        terminal.type("Enter")
        terminal.shows("Antrean surat", seconds=120)
    sh(box, "kotakpos setting set machine.ssh no")
    wait_until(lambda: heard(box, 22) == b"", 120, "SSH off again")


def test_inside(box, words):
    assert "Semuanya baik." in sh(box, "kotakpos check", 240)
    assert "0 loaded" in sh(box, "systemctl --failed | tail -n 2")
    assert "ro," in sh(box, "grep ' / squashfs' /proc/mounts")
    assert re.search(r"/data ext4 rw", sh(box, "grep ' /data ' /proc/mounts"))
    size = sh(box, "df -m --output=size /data | tail -n 1; true")
    assert int(re.search(r"(\d{4,})", size).group(1)) > 15000, "the data partition has not grown"
    shadow = sh(box, "cut -d: -f2 /etc/shadow | sort -u")
    assert not re.search(r"\$", shadow), "an account has a password"
    for name in ("maild", "dnsd", "httpd"):
        status = sh(box, f"cat /proc/$(pgrep -o -x {name})/status | grep -E '^(Uid|CapEff|CapPrm|NoNewPrivs|Seccomp):'")
        assert re.search(r"CapEff:\s*0{16}", status) and re.search(r"NoNewPrivs:\s*1", status) and re.search(r"Seccomp:\s*2", status)
        assert re.search(r"Uid:\s*648\d\d", status)
    confined = sh(box, "journalctl -b -o cat -t kotakpos | grep -o 'event=confined landlock=.'")
    assert confined.count("landlock=") >= 5 and "landlock=0" not in confined


def test_a_unit_for_each_daemon_under_two(box, words):
    """systemd's own measure of what each of them may do; and each is watched."""
    said = sh(box, "for u in $(systemctl list-units --plain --no-legend 'kotakpos-*' | awk '$4 == \"running\" { print $1 }'); do "
                   "systemd-analyze security --no-pager $u | tail -n 1; systemctl show -P WatchdogUSec $u; done", 300)
    found = dict(re.findall(r"exposure level for kotakpos-(\S+)\.service: ([\d.]+)", said))
    assert {"dnsd", "dns-keeper", "maild-in", "maild-box", "httpd"} <= set(found), said
    assert all(float(level) < 2.0 for name, level in found.items() if not name.startswith("console")), said
    assert said.count("1min") >= 5, said


@pytest.mark.parametrize("signal, process", [("KILL", "maild"), ("KILL", "kotakpos"), ("STOP", "dnsd")])
def test_a_process_that_dies_or_hangs_is_back(box, words, signal, process):
    """A daemon; the supervisor, which holds the ports: everything starts again, no port stays taken; one that hangs, by its watchdog."""
    before = sh(box, f"pgrep -o -x {process}").split()[-1]
    sh(box, f"pkill -{signal} -o -x {process}; true")
    wait_until(lambda: before not in sh(box, f"pgrep -x {process}").split(), SLOW, f"another {process}")
    wait_until(lambda: "Semuanya baik." in sh(box, "kotakpos check", 240), SLOW, f"all services after {signal} to {process}")
    assert "0 loaded" in sh(box, "systemctl --failed | tail -n 2")


def test_power_cut_and_second_boot(box, words):
    assert send(box, "budi", "ali", words["budi"], "sebelum padam")
    again = restart_after_cut(box)
    box.__dict__.update(again.__dict__)  # the fixture closes what runs now
    box.terminal.shows("Enter masuk sebagai administrator", seconds=BOOT)
    wait_until(lambda: answers(box), BOOT, "DNS and webmail after the cut")
    wait_until(lambda: "sebelum padam" in subjects(box, "ali", words["ali"]), 120, "the acknowledged mail")
