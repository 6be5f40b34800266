"""The image from its first start: wizard on the serial line, services, firewall, what is stored where, power cut, second boot."""

import re
import socket
import subprocess
import tarfile

import pytest

from image.box import answers, open_shell, restart_after_cut, send, set_up, sh, subjects
from support.appliance import wait_until
from support.machine import BOOT, Machine, image_file


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


def test_only_what_is_on_is_open(box, words):
    for port, is_open in ((25, True), (993, True), (22, False)):
        with socket.create_connection(("127.0.0.1", box.port(port)), timeout=20) as line:  # QEMU itself answers
            line.settimeout(10)
            try:
                heard = line.recv(1) if port == 25 else b""
            except (TimeoutError, ConnectionError):
                heard = b""
        assert not (port == 25 and not heard) or not is_open


def test_inside(box, words):
    open_shell(box, words["admin"])
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


def test_power_cut_and_second_boot(box, words):
    assert send(box, "budi", "ali", words["budi"], "sebelum padam")
    again = restart_after_cut(box)
    box.__dict__.update(again.__dict__)  # the fixture closes what runs now
    box.terminal.shows("Enter masuk sebagai administrator", seconds=BOOT)
    wait_until(lambda: answers(box), BOOT, "DNS and webmail after the cut")
    wait_until(lambda: "sebelum padam" in subjects(box, "ali", words["ali"]), 120, "the acknowledged mail")


def test_daemons_under_two(tmp_path):
    """systemd's own measure, for what a daemon has: the unit, with its user and without capabilities (test_inside sees both)."""
    from support.appliance import ROOT
    text = (ROOT / "image/rootfs/usr/lib/systemd/system/kotakpos.service").read_text()
    text = re.sub(r"^CapabilityBoundingSet=.*$", "CapabilityBoundingSet=\nUser=kp-in", text, flags=re.M)
    text = text.replace("RestrictSUIDSGID=no", "RestrictSUIDSGID=yes")
    (tmp_path / "daemon.service").write_text(text)
    said = subprocess.run(["systemd-analyze", "security", "--offline=true", "--no-pager", tmp_path / "daemon.service"],
                          capture_output=True, text=True).stdout
    assert float(re.search(r"exposure level for \S+: ([\d.]+)", said).group(1)) < 2.0, said


def test_ova(tmp_path):
    """Descriptor and manifest hold, and its disk is the disk."""
    with tarfile.open(image_file("ova")) as archive:
        names = archive.getnames()
        archive.extractall(tmp_path)
    assert [name.rsplit(".", 1)[1] for name in names] == ["ovf", "mf", "vmdk"]
    for name, digest in re.findall(r"SHA256\((.+)\)= ([0-9a-f]{64})\n", (tmp_path / names[1]).read_text()):
        assert subprocess.run(["sha256sum", tmp_path / name], capture_output=True, text=True).stdout.startswith(digest)
    subprocess.run(["xmllint", "--noout", tmp_path / names[0]], check=True)
    compared = subprocess.run(["qemu-img", "compare", tmp_path / names[2], image_file("qcow2")], capture_output=True, text=True)
    assert compared.returncode == 0, compared.stdout
