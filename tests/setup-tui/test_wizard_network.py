"""An address that another device in the network has is found before the box takes it; in network namespaces of our own."""

import subprocess

import pytest

from support.appliance import wait_until
from support.namespace import Namespace, needs_namespaces
from support.terminal import Terminal
from support.wizard import PROGRAM, NewBox, enter_to, fill

pytestmark = needs_namespaces
WARNING = "Perangkat lain di jaringan menjawab di 192.168.10.7"


@pytest.fixture
def lan():
    """The box's network: itself 192.168.10.1, and a device 192.168.10.7 that nobody thought of."""
    with Namespace() as box, Namespace() as device:
        box.ip("link", "add", "lan0", "type", "veth", "peer", "name", "lan0", "netns", device.name)
        for network, address in ((box, "192.168.10.1/24"), (device, "192.168.10.7/24")):
            network.ip("addr", "add", address, "dev", "lan0")
            network.ip("link", "set", "lan0", "up")
        wait_until(lambda: subprocess.run(["ip", "-n", box.name, "link", "show", "lan0"], capture_output=True,
                                          text=True).stdout.count("LOWER_UP"), 10, "the cable")
        yield box


def one_line(terminal):
    return " ".join(terminal.screen().split())


@pytest.mark.parametrize("user", ["root", "nobody"])
def test_an_address_in_use_is_seen(lan, user):
    as_user = {"root": [], "nobody": ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]}[user]
    with NewBox() as box:
        with lan.entered():
            terminal = Terminal([*as_user, PROGRAM, "--config", box.config], env=box.environment())
        with terminal:
            enter_to(terminal, 3)
            # What runs is the default, and the box's own address is nobody else's.
            terminal.shows("192.168.10.1/24")
            fill(terminal, None, None, "")
            assert "Perangkat lain" not in terminal.screen()
            terminal.press("BTab")
            fill(terminal, "192.168.10.7/24")
            terminal.type("Tab")
            wait_until(lambda: WARNING in one_line(terminal), 10, "the warning")
            terminal.press("BTab")
            fill(terminal, "192.168.10.8/24")
            terminal.type("Tab")
            wait_until(lambda: "Perangkat lain" not in one_line(terminal), 10, "no warning")
