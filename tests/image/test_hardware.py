"""Machines as schools have them: UEFI and virtio, several disks and cards, a clock of the year 2000, little memory, no card at all."""

import subprocess

from image.box import answers, first_page, open_shell, press, set_up, sh
from support.appliance import wait_until
from support.machine import Machine
from support.wizard import place


def test_uefi_virtio_three_cards_two_disks_and_a_clock_of_2000(tmp_path):
    subprocess.run(["truncate", "-s", "100M", tmp_path / "other.raw"], check=True)
    more = ["-rtc", "base=2000-01-01T00:00:00", "-drive", f"file={tmp_path}/other.raw,if=virtio,format=raw",
            "-nic", "user,model=virtio-net-pci,net=10.9.1.0/24", "-nic", "user,model=virtio-net-pci,net=10.9.2.0/24"]
    with Machine(options=["--uefi"], qemu=more) as box:
        words = set_up(box)
        wait_until(lambda: answers(box), 120, "DNS and webmail")
        open_shell(box, words["admin"])
        assert "Semuanya baik." in sh(box, "kotakpos check", 240)  # TLS, too: the certificate is valid now
        assert "good" in sh(box, "[ $(date +%Y) -ge 2026 ] && echo good")
        assert not (tmp_path / "other.raw").read_bytes().strip(b"\0"), "the other disk was written to"


def test_256_mb_and_no_network_card(tmp_path):
    with Machine(memory=256, options=["--net", "none"]) as box:
        first_page(box)
        while place(box.terminal) < 3:
            press(box.terminal, "Enter")
        assert "Jaringan" in box.terminal.screen()
