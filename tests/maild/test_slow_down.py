"""Who goes on making errors is slowed down, then refused; others are served meanwhile, and no thread is held."""

import socket
import time

import pytest

from support.appliance import Appliance, wait_until

CONF = "limits.exempt = 192.0.2.0/24\n"  # 127.0.0.1 is counted here
SLOW = 30  # of the 50 that one address may have open; it may hold 16 threads
FREE = 10  # a fifth of mail.limit.address.errors


@pytest.fixture(scope="module")
def school():
    with Appliance(conf=CONF) as appliance:
        for key, value in (("mail.limit.errors", "1000"), ("mail.limit.address.errors", "50"),
                           ("mail.limit.address.connections-per-minute", "10000"), ("mail.limit.address.pause", "15s")):
            appliance.kotakpos("setting", "set", key, value)
        yield appliance


def connect(school):
    peer = socket.create_connection((school.host, school.ports["smtp"]), 20)
    assert peer.recv(4096).startswith(b"220")
    return peer


def read_replies(peer, count):
    text = b""
    while text.count(b"\r\n") < count:
        got = peer.recv(4096)
        assert got, text
        text += got
    return text


def test_errors_make_an_address_slow_and_then_unwelcome(school):
    def new_setting_holds():
        with connect(school) as peer:  # more errors on a connection than usual
            peer.sendall(b"FOO\r\n" * FREE + b"NOOP\r\n")
            return read_replies(peer, FREE + 1).count(b"500 ") == FREE

    wait_until(new_setting_holds, 15, "the settings")  # and the free errors are used up
    slow = [connect(school) for _ in range(SLOW)]
    begin = time.monotonic()
    for peer in slow:
        peer.sendall(b"FOO\r\nNOOP\r\n")  # the answer to NOOP comes after a rest
    with school.smtp() as client:
        client.sendmail("x@far.example", school.address("budi"), "Subject: di antara yang pelan\r\n\r\nhai\r\n")
    school.wait_for_subject("budi", "di antara yang pelan")
    assert read_replies(slow[-1], 1).startswith(b"500 ")
    read_replies(slow[-1], 1)
    assert time.monotonic() - begin > 1

    def refused():
        with socket.create_connection((school.host, school.ports["smtp"]), 20) as peer:
            reply = peer.recv(4096)
            if reply.startswith(b"220"):
                peer.sendall(b"FOO\r\n")
                peer.recv(4096)
            return reply.startswith(b"421 4.7.0 Too many connections or errors")

    wait_until(refused, 20, "the refusal")
    wait_until(lambda: connect_is_welcome(school), 30, "the end of the pause")


def connect_is_welcome(school):
    with socket.create_connection((school.host, school.ports["smtp"]), 20) as peer:
        return peer.recv(4096).startswith(b"220")
