"""kotakpos update: good, bad and forged files in a running box."""

import os
import pathlib
import subprocess
import time

import pytest

from image.box import open_shell, send, set_up, sh, subjects
from support.appliance import ROOT, wait_until
from support.machine import BOOT, IMAGE, Machine

VERSION = "0.9.9"


def signed(target, **changes):
    """An update file with the image's own key; `changes`: other words for image/sign."""
    words = {"key": IMAGE / "update.key", "version": VERSION, "boot": IMAGE / "boot.img", "root": IMAGE / "root.img", **changes}
    command = [ROOT / "image" / "sign"]
    for name, value in words.items():
        command += [f"--{name}", str(value)]
    subprocess.run([*command, target], check=True, env={**os.environ, "SOURCE_DATE_EPOCH": str(int(time.time()))})
    return target


def stick(volume, files):
    """A disk with a FAT file system that holds the files, as a USB stick does."""
    room = sum(file.stat().st_size for file in files) // 1024 + (10 << 10)
    subprocess.run(["mkfs.vfat", "-n", "UPDATES", "-C", volume, str(room)], check=True, stdout=subprocess.DEVNULL)
    for file in files:
        subprocess.run(["mcopy", "-i", volume, file, f"::{file.name}"], check=True)
    return volume


def plugged(volume):
    """QEMU's words for it."""
    return ["-drive", f"file={volume},if=none,id=usb,format=raw,snapshot=on", "-device", "ide-hd,drive=usb,bus=sata.1"]


MOUNT = "mkdir -p /run/u; mount -o ro /dev/disk/by-label/UPDATES /run/u"


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A disk for the box with one update file a partition is too much: a FAT volume with all of them."""
    folder = tmp_path_factory.mktemp("updates")
    good = signed(folder / "good")
    data = good.read_bytes()
    (folder / "cut").write_bytes(data[:-1000])
    (folder / "changed").write_bytes(data[:-1000] + bytes([data[-1000] ^ 1]) + data[-999:])
    (folder / "unsigned").write_bytes(b"\n".join(line for line in data[:4096].split(b"\n") if not line.startswith(b"signature")) + data[4096:])
    other_key = folder / "other.key"
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", other_key], check=True)
    small = folder / "small"
    small.write_bytes(b"x" * 4096)
    signed(folder / "forged", key=other_key, boot=small, root=small)
    signed(folder / "older", version="0.0.1", boot=small, root=small)
    signed(folder / "product", product="lain", boot=small, root=small)
    signed(folder / "bad", boot=IMAGE / "boot.img", root=small)  # its root cannot be mounted
    return stick(folder / "volume.img", [folder / name for name in ("good", "cut", "changed", "unsigned", "forged", "older", "product", "bad")])


@pytest.fixture(scope="module")
def box(tmp_path_factory, files):
    machine = Machine(folder=tmp_path_factory.mktemp("box"),
                      qemu=plugged(files))
    yield machine
    machine.close()


@pytest.fixture(scope="module")
def words(box):
    found = set_up(box)
    assert send(box, "ali", "budi", found["ali"], "sebelum pembaruan")
    open_shell(box, found["admin"])
    sh(box, MOUNT)
    return found


@pytest.mark.parametrize("name, sentence", [("cut", "tidak lengkap"), ("changed", "rusak"), ("unsigned", "tidak ditandatangani"),
                                            ("forged", "tidak ditandatangani oleh"), ("older", "lebih lama"), ("product", "produk lain")])
def test_refused(box, words, name, sentence):
    said = sh(box, f"kotakpos update /run/u/{name}; echo code $?", 300)
    assert sentence in said.replace("\n", "") and "code 3" in said
    assert "pending" not in sh(box, "ls /data/update")


def back_again(box, words):
    box.terminal.shows("Kotakpos: starting", seconds=BOOT)
    open_shell(box, words["admin"])
    sh(box, MOUNT)


def test_bad_version_is_taken_back(box, words):
    sh(box, "kotakpos update /run/u/bad --no-restart; sync", 300)
    box.terminal.write("reboot")
    box.terminal.type("Enter")
    back_again(box, words)  # the trial fails in the first stage, which starts the box again: the old slot
    said = sh(box, "kotakpos update; ls /data/update")
    assert "slot a" in said and "failed" in said and "pending" not in said
    assert "sebelum pembaruan" in subjects(box, "budi", words["budi"])


def test_good_version_stays(box, words):
    said = sh(box, "kotakpos update /run/u/good --no-restart; sync", 600)
    assert VERSION in said
    box.terminal.write("reboot")
    box.terminal.type("Enter")
    back_again(box, words)
    wait_until(lambda: "done" in sh(box, "kotakpos update"), 400, "the self-test's verdict")
    assert "slot b" in sh(box, "kotakpos update; ls /data/update")
    wait_until(lambda: "sebelum pembaruan" in subjects(box, "budi", words["budi"]), 120, "mail from before")
