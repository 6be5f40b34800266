"""Hostile connections on IMAP and POP3: clients that do not read or write slowly hold no thread, floods are refused."""

import resource
import socket
import subprocess
import time

import pytest

from support.appliance import Appliance, wait_until

SLOW = 300  # of each protocol; the daemon has 64 threads
PROMISED = 5  # seconds for a good client among them, on a busy machine
SIZE = 6 << 20


@pytest.fixture(scope="module")
def school():
    with Appliance() as school:
        client = school.imap("ali")
        client.append("INBOX", None, None, b"Subject: besar\r\n\r\n" + (b"x" * 76 + b"\r\n") * (SIZE // 78))
        client.logout()
        yield school


def connect(school, port, small=False):
    peer = socket.socket()
    if small:
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    peer.settimeout(20)
    peer.connect((school.host, school.ports[port]))
    return peer


def say(peer, data, end):
    """Sends, reads until the answer has `end` in it."""
    peer.sendall(data)
    reply = b""
    while end not in reply:
        got = peer.recv(4096)
        assert got, reply
        reply += got
    return reply


def serve_good_client(school):
    """The slowest of some commands of a client that behaves."""
    slowest = 0
    client = school.imap()
    for act in (lambda: client.login("budi", "123"), lambda: client.select("INBOX"), lambda: client.noop(),
                lambda: client.append("INBOX", None, None, b"Subject: baik\r\n\r\n"), lambda: client.fetch("1", "BODY[]")):
        begin = time.monotonic()
        assert act()[0] == "OK"
        slowest = max(slowest, time.monotonic() - begin)
    client.logout()
    begin = time.monotonic()
    pop3 = school.pop3("budi")
    pop3.retr(1)
    pop3.quit()
    return max(slowest, time.monotonic() - begin)


def test_clients_that_do_not_read_hold_no_thread(school):
    peers = []
    for number in range(SLOW + 1):
        peer = connect(school, "imap", small=number > 0)
        say(peer, b"a LOGIN ali 123\r\nb EXAMINE INBOX\r\n", b"b OK")
        peer.sendall(b"c FETCH 1 BODY.PEEK[]\r\nd FETCH 1 BODY.PEEK[]\r\n")
        peers.append(peer)
        peer = connect(school, "pop3", small=True)
        say(peer, b"USER ali\r\nPASS 123\r\n", b"octets")
        peer.sendall(b"RETR 1\r\nRETR 1\r\n")
        peers.append(peer)
    patient = peers[0]
    assert serve_good_client(school) < PROMISED
    got = 0
    piece = b""
    while b"d OK" not in piece[-100:]:  # who reads again gets the rest
        piece = patient.recv(1 << 20)
        assert piece, "cut off"
        got += len(piece)
    assert got > 2 * (SIZE - 100)
    for peer in peers:
        peer.close()


def test_half_literals_and_half_logins_hold_no_thread(school):
    peers = []
    for _ in range(SLOW // 2):
        peer = connect(school, "imap")
        say(peer, b"a LOGIN ali 123\r\nb APPEND INBOX {1000}\r\n", b"+ ")
        peer.sendall(b"Subject: separuh")
        peers.append(peer)
        peer = connect(school, "imap")
        say(peer, b"a AUTHENTICATE PLAIN\r\n", b"+ ")
        peers.append(peer)
        peer = connect(school, "pop3")
        say(peer, b"AUTH PLAIN\r\n", b"+ ")
        peers.append(peer)
    for number, byte in enumerate(b"NOOP"):
        for peer in peers[:: 3]:
            peer.sendall(bytes([byte]))
    assert serve_good_client(school) < PROMISED
    for peer in peers:
        peer.close()


def test_half_tls_handshakes_hold_no_thread(school):
    peers = []
    for _ in range(SLOW // 2):
        for port, word, answer in (("imap", b"a STARTTLS\r\n", b"a OK"), ("pop3", b"STLS\r\n", b"+OK Begin")):
            peers.append(connect(school, port + "s"))
            peers[-1].sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01")  # the beginning of a ClientHello
            peers.append(connect(school, port))
            say(peers[-1], word, answer)
            peers[-1].sendall(b"\x16\x03\x01")
    assert serve_good_client(school) < PROMISED
    for peer in peers:
        peer.close()


@pytest.mark.parametrize("port, garbage", [
    ("imap", b"\x00\xff{}\r\n" * 5000), ("imap", b"a LOGIN {99999999999999999999}\r\n" * 100), ("imap", b"a LOGIN {1025}\r\n" * 100),
    ("imap", b"a LOGIN {60000+}\r\n" + b"x" * 60000 + b"\r\n" + b"a b c\r\n" * 20), ("imap", b"(" * 100000 + b"\r\n" + b"a b c\r\n" * 20),
    ("pop3", b"\x00\xff{}\r\n" * 5000), ("pop3", b"USER " + b"x" * 1000000 + b"\r\n" + b"PASS x\r\n" * 20),
    ("pop3", b"AUTH PLAIN\r\n" + b"=" * 100000 + b"\r\n" + b"X\r\n" * 20)],
    ids=["imap-binary", "imap-huge-number", "imap-literals", "imap-literal-plus", "imap-parentheses", "pop3-binary", "pop3-long-name",
         "pop3-long-answer"])
def test_pipelined_garbage_is_hung_up_on(school, port, garbage):
    peer = connect(school, port)
    try:
        peer.sendall(garbage)
        peer.shutdown(socket.SHUT_WR)
        answers = b""
        while got := peer.recv(65536):
            answers += got
        assert b"BAD" in answers or b"NO" in answers or b"BYE" in answers or b"-ERR" in answers
        assert len(answers) < 100000
    except OSError:
        pass  # it hung up before all of it was sent
    assert serve_good_client(school) < PROMISED


@pytest.mark.parametrize("port, sent", [("imap", b"a STARTTLS\r\nb LOGIN ali 123\r\n"), ("pop3", b"STLS\r\nUSER ali\r\nPASS 123\r\n")])
def test_commands_sent_ahead_of_tls_are_never_run(school, port, sent):
    peer = connect(school, port)
    peer.sendall(sent)
    answers = b""
    while got := peer.recv(4096):
        answers += got
    assert b"b OK" not in answers and b"octets" not in answers and b"Begin TLS" not in answers


def test_no_renegotiation(school):
    for port in ("imaps", "pop3s"):
        command = ["openssl", "s_client", "-connect", f"{school.host}:{school.ports[port]}", "-tls1_2"]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as client:
            client.stdin.write(b"R\n")
            client.stdin.flush()
            client.wait(20)  # by itself, because it was refused
            assert b"no renegotiation" in client.stdout.read()


def test_5000_connections_of_one_address():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 6000:
        pytest.skip("this machine lets a process open too few files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 6000), hard))
    with Appliance(conf="limits.exempt = 127.0.0.2/32\n") as school:  # 127.0.0.1 is counted here
        peers = [connect(school, port) for port in ("imap", "pop3") for _ in range(2500)]
        welcome = 0
        for peer in peers:
            try:
                welcome += not peer.recv(4096).startswith((b"* BYE", b"-ERR"))
            except ConnectionResetError:
                pass
        assert 0 < welcome <= 50  # for both protocols together
        with socket.create_connection((school.host, school.ports["imap"]), 20, ("127.0.0.2", 0)) as other:
            begin = time.monotonic()
            say(other, b"a LOGIN budi 123\r\n", b"a OK")
            assert time.monotonic() - begin < PROMISED
        for peer in peers:
            peer.close()
        wait_until(lambda: connect(school, "imap").recv(4096).startswith(b"* OK"), 20, "a free place")
