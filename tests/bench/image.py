"""The image's size, its boot beside a bare Debian's in the same emulator, and the memory that it takes.

Bare Debian: the same kernel, systemd, udev and a login on the serial line, on ext4 with Debian's own initrd, started by QEMU without a
boot loader (which favours it). Ours: BIOS, GRUB, all services answering. Both: one processor, 512 MB, no KVM, one after the other."""

import re
import subprocess
import tempfile
import time
from pathlib import Path

from image.box import answers, open_shell, ready, restart_after_cut, sh
from support.appliance import wait_until
from support.machine import BOOT, Machine, image_file
from support.terminal import Terminal

MOST_OVA, MOST_RATIO, MOST_USED, MOST_PSS = 110, 1.5, 120, 30
RUNS = 3


def bare_debian(folder):
    """A disk, a kernel and an initrd; gives QEMU's words."""
    root = folder / "root"
    subprocess.run(["mmdebstrap", "--quiet", "--mode=root", "--variant=minbase", "--include=linux-image-amd64,systemd-sysv,udev,dbus,kmod,iproute2,login",
                    "--customize-hook=chroot $1 passwd -d root", "bookworm", root], check=True, stderr=subprocess.DEVNULL)
    disk = folder / "debian.raw"
    subprocess.run(["truncate", "-s", "2G", disk], check=True)
    subprocess.run(["mke2fs", "-q", "-t", "ext4", "-d", root, disk], check=True)
    kernel, initrd = next((root / "boot").glob("vmlinuz-*")), next((root / "boot").glob("initrd.img-*"))
    return ["qemu-system-x86_64", "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "1", "-m", "512", "-machine", "pc", "-device", "ahci,id=sata",
            "-drive", f"file={disk},if=none,id=disk0,format=raw,snapshot=on", "-device", "ide-hd,drive=disk0,bus=sata.0", "-nic", "user,model=e1000",
            "-kernel", kernel, "-initrd", initrd, "-append", "root=/dev/sda rw quiet console=ttyS0,115200", "-display", "none", "-serial", "stdio"]


def seconds_of_debian(words):
    began = time.monotonic()
    terminal = Terminal([str(word) for word in words], term="xterm")
    terminal.shows("login:", seconds=BOOT)
    took = time.monotonic() - began
    subprocess.run(["kill", str(terminal.pid())])
    terminal.close()
    return took


def boots(box):
    """The box with the seconds from power to everything answering."""
    box = restart_after_cut(box)
    began = box.started
    wait_until(lambda: answers(box), BOOT, "all services")
    return box, time.monotonic() - began


def memory(box, password):
    """MB: used in all, of the daemons, and of what starts them and works for them as root or on demand (the supervisor, the desks)."""
    open_shell(box, password)
    used = int(re.search(r"Mem:\s+\d+\s+(\d+)", sh(box, "free -m")).group(1))
    pss = []
    for names in ("maild|dnsd|httpd", "kotakpos"):
        text = sh(box, f"for i in $(pgrep -x '{names}'); do grep ^Pss: /proc/$i/smaps_rollup; done | awk '{{ s += $2 }} END {{ print \"sum\", int(s/1024) }}'")
        pss.append(int(re.search(r"sum (\d+)", text).group(1)))
    return used, *pss


def main():
    ova = image_file("ova").stat().st_size / 1e6
    with tempfile.TemporaryDirectory(prefix="kotakpos-bench-") as name:
        folder = Path(name)
        words = bare_debian(folder)
        (folder / "box").mkdir()
        passwords = ready(folder / "box")
        box = Machine(folder=folder / "box")
        ours, theirs = [], []
        for _ in range(RUNS):
            theirs.append(seconds_of_debian(words))
            box, took = boots(box)
            ours.append(took)
        time.sleep(30)
        used, pss, others = memory(box, passwords["admin"])
        box.close()
    ratio = sorted(ours)[RUNS // 2] / sorted(theirs)[RUNS // 2]
    rows = [("OVA", f"{ova:.1f} MB", f"{MOST_OVA} MB", ova <= MOST_OVA),
            ("boot to all services (median)", f"{sorted(ours)[RUNS // 2]:.1f} s", "", True),
            ("bare Debian to its login", f"{sorted(theirs)[RUNS // 2]:.1f} s", "", True),
            ("ratio", f"{ratio:.2f}", f"{MOST_RATIO}", ratio <= MOST_RATIO),
            ("memory used after boot", f"{used} MB", f"{MOST_USED} MB", used <= MOST_USED),
            ("our daemons (PSS)", f"{pss} MB", f"{MOST_PSS} MB", pss <= MOST_PSS),
            ("... the supervisor and the desks", f"{others} MB", "", True)]
    for what, value, most, good in rows:
        print(f"{what:34} {value:>10} {('at most ' + most) if most else '':>18}  {'' if good else 'TOO MUCH'}")
    return 0 if all(row[3] for row in rows) else 1


if __name__ == "__main__":
    raise SystemExit(main())
