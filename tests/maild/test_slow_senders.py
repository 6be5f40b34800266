"""Senders that pause hold no thread: in the middle of a message, of a chunk, of a login, of a TLS handshake."""

import selectors
import socket
import threading
import time

import pytest

from support.appliance import Appliance

SLOW = 200  # of each kind; the daemon has 64 threads
PROMISED = 5  # seconds for a good client among them, on a busy machine
BODY = b"Subject: pelan\r\n\r\nsatu demi satu\r\n.\r\n"


@pytest.fixture(scope="module")
def school():
    with Appliance() as school:
        yield school


def say(peer, *commands):
    """Sends commands one by one, reads the last line of each reply."""
    replies = []
    for command in commands:
        peer.sendall(command)
        reply = b""
        while not reply.endswith(b"\r\n") or reply.split(b"\r\n")[-2][3:4] == b"-":
            got = peer.recv(4096)
            assert got, reply
            reply += got
        replies.append(reply)
    return replies


def connect(school, port="smtp"):
    peer = socket.create_connection((school.host, school.ports[port]), 20)
    if port == "smtp":
        say(peer, b"")
    return peer


def in_mail(school, last):
    peer = connect(school)
    replies = say(peer, b"EHLO lambat.example\r\n", b"MAIL FROM:<x@far.example>\r\n",
                  f"RCPT TO:<budi@{school.domain}>\r\n".encode())
    assert replies[-1].startswith(b"250"), replies
    peer.sendall(last)
    return peer


def serve_good_client(school, subject):
    begin = time.monotonic()
    with school.submission("ali") as client:
        client.sendmail(school.address("ali"), school.address("budi"), f"Subject: {subject}\r\n\r\nhai\r\n")
    with school.smtp() as client:
        client.sendmail("x@far.example", school.address("budi"), f"Subject: {subject}\r\n\r\nhai\r\n")
    return time.monotonic() - begin


def test_half_tls_handshakes_hold_no_thread(school):
    peers = [connect(school, "submissions") for _ in range(SLOW)]
    for peer in peers[::2]:
        peer.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01")  # the beginning of a ClientHello
    plain = [connect(school) for _ in range(SLOW)]
    for peer in plain:
        say(peer, b"EHLO lambat.example\r\n")
        peer.sendall(b"STARTTLS\r\n")
        assert peer.recv(4096).startswith(b"220")
        peer.sendall(b"\x16\x03\x01")
    assert serve_good_client(school, "di antara jabat tangan") < PROMISED
    for peer in peers + plain:
        peer.close()


def test_slow_data_holds_no_thread_and_arrives(school):
    peers = [in_mail(school, b"DATA\r\n") for _ in range(SLOW)]
    for peer in peers:
        assert peer.recv(4096).startswith(b"354")
    stop = threading.Event()

    def drip():
        for byte in BODY[:-5]:
            for peer in peers:
                peer.sendall(bytes([byte]))
            stop.wait(0.02)

    dripping = threading.Thread(target=drip)
    dripping.start()
    took = serve_good_client(school, "di antara yang pelan")
    stop.set()
    dripping.join()
    assert took < PROMISED
    with selectors.DefaultSelector() as quiet:
        for peer in peers:
            quiet.register(peer, selectors.EVENT_READ)
        assert quiet.select(0) == []  # nobody was sent away
    for peer in peers:
        assert say(peer, BODY[-5:])[0].startswith(b"250 2.0.0 Accepted")
        peer.close()


def test_half_chunks_and_half_logins_hold_no_thread(school):
    chunks = [in_mail(school, b"BDAT 1000 LAST\r\nSubject: sepotong") for _ in range(SLOW)]
    logins = []
    for _ in range(SLOW):
        peer = school.submission()
        peer.ehlo()
        assert peer.docmd("AUTH", "LOGIN")[0] == 334
        logins.append(peer)
    assert serve_good_client(school, "di antara potongan") < PROMISED
    for peer in chunks + logins:
        peer.close()
