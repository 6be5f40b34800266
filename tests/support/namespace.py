"""A network of its own for a test: any addresses, port 53, no way out. Needs root.

    with Namespace("198.51.100.1", "203.0.113.2") as network:
        with network.entered():       # sockets made and programs started here are inside
            ...
        (network.etc / "resolv.conf").write_text("nameserver 127.0.0.1\n")
        subprocess.run(network.command("dig", "www.example"))       # inside, and with this /etc/resolv.conf
"""

import contextlib
import ctypes
import itertools
import os
import shutil
import subprocess
from pathlib import Path

import pytest

CLONE_NEWNET = 0x40000000
numbers = itertools.count(1)
needs_namespaces = pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("ip", path="/usr/sbin:/sbin:/usr/bin:/bin"),
                                      reason="network namespaces need root and the program ip")


class Namespace:
    """All addresses are on its loopback interface."""

    def __init__(self, *addresses):
        self.name = f"kotakpos-{os.getpid()}-{next(numbers)}"
        # What lies here is over its namesake in /etc for the programs of `command` (ip-netns(8)).
        self.etc = Path("/etc/netns", self.name)
        ip("netns", "add", self.name)
        try:
            self.etc.mkdir(parents=True)
            self.ip("link", "set", "lo", "up")
            for address in addresses:
                self.ip("addr", "add", address, "dev", "lo")
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def ip(self, *words):
        ip("-n", self.name, *words)

    def command(self, *words):
        """The command line that runs the program inside, with the files of `etc`."""
        return ["ip", "netns", "exec", self.name, *map(str, words)]

    @contextlib.contextmanager
    def entered(self):
        """The calling thread is inside, and so are the programs it starts."""
        outside = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        inside = os.open(f"/run/netns/{self.name}", os.O_RDONLY)
        try:
            set_namespace(inside)
            yield
        finally:
            set_namespace(outside)
            os.close(inside)
            os.close(outside)

    def close(self):
        subprocess.run(["ip", "netns", "del", self.name], capture_output=True)
        shutil.rmtree(self.etc, ignore_errors=True)


def ip(*words):
    subprocess.run(["ip", *words], check=True, capture_output=True)


def set_namespace(descriptor):
    if ctypes.CDLL(None, use_errno=True).setns(descriptor, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")
