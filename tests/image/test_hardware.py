"""Machines as schools have them: UEFI and virtio, several disks and cards, a clock of the year 2000, little memory, no card at all."""

import subprocess

import pytest

from image.box import answers, first_page, open_shell, press, send, set_up, sh, subjects
from support.appliance import wait_until
from support.machine import Machine
from support.wizard import place


def test_uefi_virtio_three_cards_two_disks_and_a_clock_of_2000(tmp_path):
    """And no Internet, so that nobody corrects the clock but the wizard, which asks."""
    subprocess.run(["truncate", "-s", "100M", tmp_path / "other.raw"], check=True)
    more = ["-rtc", "base=2000-01-01T00:00:00", "-drive", f"file={tmp_path}/other.raw,if=virtio,format=raw",
            "-nic", "user,model=virtio-net-pci,net=10.9.1.0/24,restrict=on", "-nic", "user,model=virtio-net-pci,net=10.9.2.0/24,restrict=on"]
    with Machine(options=["--uefi", "--net", "alone"], qemu=more) as box:
        first_page(box)
        box.terminal.shows("Tanggal dan jam", seconds=60)
        press(box.terminal, "Tab")
        press(box.terminal, "C-u")
        press(box.terminal, text="2027-01-15 08:00")
        words = set_up(box)
        wait_until(lambda: answers(box, by="+tcp"), 120, "DNS and webmail")
        open_shell(box, words["admin"])
        assert "Semuanya baik." in sh(box, "kotakpos check", 240)  # TLS, too: the certificate is valid now
        assert "2027-01-15" in sh(box, "date +%F; cat /sys/class/rtc/rtc0/date")
        assert not (tmp_path / "other.raw").read_bytes().strip(b"\0"), "the other disk was written to"


@pytest.mark.parametrize("bus, card", [("ide", "pcnet"), ("nvme", "e1000e"), ("virtio-scsi", "virtio-net-pci"), ("pvscsi", "vmxnet3"),
                                       ("usb", "rtl8139")])
def test_other_disks_and_cards(bus, card):
    """VirtualBox's old machines, today's PCs, Proxmox, VMware, a PC started from a stick: the disk is found, and the card has an address."""
    with Machine(options=["--disk-at", bus, "--net", "none"], qemu=["-nic", f"user,model={card}"]) as box:
        first_page(box)
        while place(box.terminal) < 3:
            press(box.terminal, "Enter")
        box.terminal.shows("10.0.2.15", seconds=60)


def another_dhcp_server_is_found(box):
    """QEMU's network has one, like most schools' routers: the wizard looks before it starts a second one."""
    first_page(box)
    while place(box.terminal) < 3:
        press(box.terminal, "Enter")
    box.terminal.shows("Server DHCP", seconds=60)
    for _ in range(5):
        press(box.terminal, "Tab")
    press(box.terminal, "Right")
    press(box.terminal, "Enter")
    box.terminal.shows("10.0.2.2", "Mohon perbaiki", seconds=60)
    press(box.terminal, "Left")


def test_256_mb(tmp_path):
    with Machine(memory=256) as box:
        another_dhcp_server_is_found(box)
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
