"""Machines as schools have them: UEFI and virtio, several disks and cards, a clock of the year 2000, little memory, no card at all."""

import subprocess

from image.box import answers, open_shell, send, set_up, sh, subjects
from support.appliance import wait_until
from support.machine import Machine


def test_uefi_virtio_three_cards_two_disks_and_a_clock_of_2000(tmp_path):
    """And no Internet, so that nobody corrects the clock."""
    subprocess.run(["truncate", "-s", "100M", tmp_path / "other.raw"], check=True)
    more = ["-rtc", "base=2000-01-01T00:00:00", "-drive", f"file={tmp_path}/other.raw,if=virtio,format=raw",
            "-nic", "user,model=virtio-net-pci,net=10.9.1.0/24,restrict=on", "-nic", "user,model=virtio-net-pci,net=10.9.2.0/24,restrict=on"]
    with Machine(options=["--uefi", "--net", "alone"], qemu=more) as box:
        words = set_up(box)
        wait_until(lambda: answers(box), 120, "DNS and webmail")
        open_shell(box, words["admin"])
        assert "Semuanya baik." in sh(box, "kotakpos check", 240)  # TLS, too: the certificate is valid now
        assert "good" in sh(box, "[ $(date +%Y) -ge 2026 ] && echo good")
        assert not (tmp_path / "other.raw").read_bytes().strip(b"\0"), "the other disk was written to"


def test_256_mb(tmp_path):
    with Machine(memory=256) as box:
        words = set_up(box)
        wait_until(lambda: answers(box), 240, "DNS and webmail")
        assert send(box, "ali", "budi", words["ali"], "sedikit memori")
        wait_until(lambda: "sedikit memori" in subjects(box, "budi", words["budi"]), 120, "the mail at budi")
        open_shell(box, words["admin"])
        assert "0" in sh(box, "journalctl -b -k | grep -c 'Out of memory'").split()


def test_no_network_card(tmp_path):
    """The wizard goes to its end; the box works for itself and says what is missing."""
    with Machine(options=["--net", "none"]) as box:
        words = set_up(box)
        box.terminal.shows("tidak ada:", seconds=120)
        open_shell(box, words["admin"])
        assert "good" in sh(box, "kotakpos status >/dev/null; test -e /var/lib/kotakpos/school/school.db && echo good")
