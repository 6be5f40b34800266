"""COMPRESS=DEFLATE (RFC 4978) inside TLS, as phones on slow lines use it: packed here by zlib's own module."""

import re
import zlib

import pytest

from support.imap_wire import Wire, literal

SESSIONS = 200
MAIL = b"From: ali@sekolah.example\r\nSubject: Besar\r\n\r\n" + b"Sebuah baris yang sering diulang.\r\n" * 30000


class Deflated:
    """A socket whose two directions are raw DEFLATE, flushed as a client likes."""

    def __init__(self, socket, flush=zlib.Z_SYNC_FLUSH):
        self.socket = socket
        self.flush = flush
        self.packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        self.unpacker = zlib.decompressobj(-15)
        self.sent = self.received = 0

    def sendall(self, data):
        packed = self.packer.compress(data) + self.packer.flush(self.flush)
        self.sent += len(packed)
        self.socket.sendall(packed)

    def recv(self, most):
        while packed := self.socket.recv(most):
            self.received += len(packed)
            if data := self.unpacker.decompress(packed):
                return data
        return b""

    def settimeout(self, seconds):
        self.socket.settimeout(seconds)

    def close(self):
        self.socket.close()


def compressed(school, login, flush=zlib.Z_SYNC_FLUSH):
    client = Wire(school.ports["imaps"], login, tls=school.tls())
    assert client.command("COMPRESS DEFLATE")
    client.socket = Deflated(client.socket, flush)
    return client


@pytest.mark.parametrize("flush", [zlib.Z_SYNC_FLUSH, zlib.Z_FULL_FLUSH, zlib.Z_PARTIAL_FLUSH], ids=["sync", "full", "partial"])
def test_mail_goes_both_ways_and_small(school, fresh, flush):
    client = compressed(school, fresh("ali"), flush)
    assert client.command("APPEND INBOX", literal(MAIL))
    assert client.command("SELECT INBOX")
    fetched = client.command("FETCH 1 BODY.PEEK[]").all("FETCH")
    assert fetched == [["1", ["BODY[]", MAIL]]]
    assert client.socket.sent < len(MAIL) / 20 and client.socket.received < len(MAIL) / 20
    assert client.command("COMPRESS DEFLATE").code == "COMPRESSIONACTIVE"
    assert client.command("NOOP")
    client.close()


def test_news_reach_a_compressed_session_in_idle(school, fresh):
    login = fresh("ali")
    client, other = compressed(school, login), Wire(school.ports["imap"], login)
    assert client.command("SELECT INBOX")
    for number in range(1, 4):  # each time it was parked before
        client.send("IDLE")
        assert client.response()[0] == "+"
        assert other.command("APPEND INBOX", literal(MAIL[:200]))
        assert client.response() == [str(number), "EXISTS"]
        client.send_raw(b"DONE\r\n")
        assert client.answer(f"t{client.number}")
    client.close()


def test_what_is_no_deflate_ends_the_session_and_only_that(school, fresh):
    login = fresh("ali")
    client, other = compressed(school, login), Wire(school.ports["imap"], login)
    client.socket.socket.sendall(b"t9 NOOP\r\n")
    assert client.socket.recv(1000) == b""
    assert other.command("NOOP")


def memory(school):
    """KiB that `maild imap` holds for itself."""
    pid = school.pid("maild-box")
    text = open(f"/proc/{pid}/smaps_rollup").read()
    return int(re.search(r"^Private_Dirty: +(\d+)", text, re.M)[1])


def test_a_parked_compressed_session_holds_little_memory(school, fresh):
    login = fresh("ali")

    def idlers(opened):
        before = memory(school)
        clients = [opened() for _ in range(SESSIONS)]
        for client in clients:
            assert client.command("SELECT INBOX")
            client.send("IDLE")
            assert client.response()[0] == "+"
        used = (memory(school) - before) / SESSIONS
        for client in clients:
            client.close()
        return used

    plain = idlers(lambda: Wire(school.ports["imaps"], login, tls=school.tls()))
    packed = idlers(lambda: compressed(school, login))
    print(f"plain {plain:.1f} KiB, compressed {packed:.1f} KiB a session")
    assert packed < plain + 16, f"{packed:.1f} KiB instead of {plain:.1f} KiB"
