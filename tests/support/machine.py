"""A virtual machine with the image, in QEMU without KVM: its serial line in a terminal of 80x24, its screen as a picture.

    with Machine(disk, ports=True) as box:
        box.terminal.shows("langkah 1", seconds=300)
"""

import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from support.appliance import ROOT, wait_until
from support.terminal import Terminal

IMAGE = pathlib.Path(os.environ.get("KOTAKPOS_IMAGE", ROOT / "build" / "image"))
BOOT = int(os.environ.get("KOTAKPOS_BOOT", "600"))  # seconds, on a busy machine without KVM


def free_port_base():
    """A number N so that N + each port that vm/run forwards is free on loopback."""
    for base in range(21000, 60000, 1000):
        try:
            for port in (22, 25, 53, 80, 110, 143, 443, 465, 587, 853, 993, 995):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", base + port))
            return base
        except OSError:
            continue
    raise AssertionError("no free ports")


def image_file(kind):
    found = sorted(IMAGE.glob(f"kotakpos-*.{kind}"))
    assert found, f"no image in {IMAGE}: run image/build first"
    return found[-1]


class Machine:
    def __init__(self, folder=None, disk=None, options=(), qemu=(), memory=512):
        """`folder`: keeps what the machine writes, for the next Machine; default: one that goes with it."""
        self.folder = pathlib.Path(folder or tempfile.mkdtemp(prefix="kotakpos-vm-"))
        self.keeps = folder is not None
        self.base = free_port_base()
        self.serial, self.monitor = self.folder / "serial.sock", self.folder / "qmp.sock"
        words = [ROOT / "vm" / "run", "--disk", disk or image_file("qcow2"), "--overlay", self.folder / "disk.qcow2",
                 "--port-base", str(self.base), "--memory", str(memory), *options, "--",
                 "-serial", f"unix:{self.serial},server=on,wait=off", "-qmp", f"unix:{self.monitor},server=on,wait=off", *qemu]
        self.log = open(self.folder / "qemu.log", "a")
        self.process = subprocess.Popen(["nice", "-n", os.environ.get("KOTAKPOS_NICE", "10"), *map(str, words)], env={**os.environ, "KOTAKPOS_SCREEN": "none"},
                                        stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        wait_until(lambda: self.monitor.exists() and self.serial.exists() or self.process.poll() is not None, 30, "QEMU's sockets")
        time.sleep(1)  # QEMU makes its sockets before it looks at the disks
        assert self.process.poll() is None, (self.folder / "qemu.log").read_text()
        self.terminal = Terminal(["/usr/bin/python3", ROOT / "tests" / "support" / "serial_line.py", self.serial], term="xterm")
        self.started = time.monotonic()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.cut_power()
        self.terminal.close()
        self.log.close()
        if not self.keeps:
            shutil.rmtree(self.folder, ignore_errors=True)

    def cut_power(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
        for socket_file in (self.serial, self.monitor):
            socket_file.unlink(missing_ok=True)

    def qmp(self, command, **arguments):
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(str(self.monitor))
            file = line.makefile("rw")
            file.readline()  # the greeting
            for words in ({"execute": "qmp_capabilities"}, {"execute": command, "arguments": arguments}):
                file.write(json.dumps(words) + "\n")
                file.flush()
                answer = json.loads(file.readline())
                while "event" in answer:
                    answer = json.loads(file.readline())
            assert "return" in answer, answer
            return answer["return"]

    def type_on_screen(self, *keys):
        """QEMU's names of keys ("ret", "f1", "a") on the machine's own keyboard."""
        for key in keys:
            self.qmp("send-key", keys=[{"type": "qcode", "data": key}])

    def picture(self, file):
        """What the machine's own screen shows, as PNG."""
        raw = self.folder / "screen.ppm"
        self.qmp("screendump", filename=str(raw))
        with open(file, "wb") as out:
            subprocess.run(["pnmtopng", raw], stdout=out, stderr=subprocess.DEVNULL, check=True)

    def port(self, standard):
        return self.base + standard
