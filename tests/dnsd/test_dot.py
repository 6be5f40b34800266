"""DNS over TLS (RFC 7858) as kdig and raw connections see it."""

import socket
import ssl
import subprocess

import pytest

from support.appliance import DOMAIN, Appliance, wait_until
from support.dns_message import Edns, Message, question


@pytest.fixture
def kdig(school):
    def ask(*words):
        return subprocess.run(["kdig", "@127.0.0.1", "-p", str(school.ports["dot"]), "+tls", "+retry=0", "+time=5", *words],
                              capture_output=True, text=True, timeout=20)

    return ask


def connect(school, **options):
    raw = socket.create_connection((school.host, school.ports["dot"]), 5)
    context = school.tls()
    if "alpn" in options:
        context.set_alpn_protocols(options["alpn"])
    return context.wrap_socket(raw, server_hostname="localhost")


def ask(connection, *packets):
    """Sends all in one write; the replies in the order they come."""
    connection.sendall(b"".join(len(packet).to_bytes(2, "big") + packet for packet in packets))
    data = connection.makefile("rb")
    return [Message(data.read(int.from_bytes(data.read(2), "big"))) for _ in packets]


def test_kdig_checks_the_certificate_with_the_schools_ca(school, kdig):
    good = kdig(f"+tls-ca={school.state / 'ca.crt'}", "+tls-host=localhost", DOMAIN, "MX")
    assert f"10 mail.{DOMAIN}." in good.stdout and "TLS session (TLS1.3)" in good.stdout
    wrong = kdig(f"+tls-ca={school.state / 'ca.crt'}", "+tls-host=bank.example", DOMAIN, "MX")
    assert wrong.returncode != 0 and "mail" not in wrong.stdout


def test_the_protocol_is_dot(school):
    with connect(school, alpn=["dot"]) as connection:
        assert connection.selected_alpn_protocol() == "dot"
        assert ask(connection, question(DOMAIN, "SOA"))[0].rcode == "NOERROR"
    with connect(school) as connection:  # RFC 7858 asks for no ALPN
        assert ask(connection, question(DOMAIN, "SOA"))[0].rcode == "NOERROR"
    with pytest.raises(ssl.SSLError):
        connect(school, alpn=["h2"])


def test_questions_may_be_pipelined_and_the_connection_stays(school):
    with connect(school) as connection:
        for begin in range(0, 300, 100):
            replies = ask(connection, *(question(f"www.{DOMAIN}", "A", number=begin + i) for i in range(100)))
            assert sorted(reply.id for reply in replies) == list(range(begin, begin + 100))
            assert all(len(reply.answer) == 1 for reply in replies)


def test_replies_are_padded_when_the_question_is(school):
    with connect(school) as connection:
        [padded] = ask(connection, question(f"www.{DOMAIN}", "A", edns=Edns(options=[(12, bytes(60))])))
        assert len(padded.data) % 468 == 0  # RFC 8467 4.1
        [plain] = ask(connection, question(f"www.{DOMAIN}", "A", edns=Edns()))
        assert len(plain.data) < 128


def test_a_client_that_stops_in_the_handshake_holds_up_nobody(school):
    silent = [socket.create_connection((school.host, school.ports["dot"]), 5) for _ in range(50)]
    try:
        for connection in silent[:25]:
            connection.sendall(b"\x16\x03\x01\x02\x00\x01")
        with connect(school) as connection:
            assert ask(connection, question(DOMAIN, "SOA"))[0].rcode == "NOERROR"
    finally:
        for connection in silent:
            connection.close()


def test_no_tls_is_no_dns(school):
    with socket.create_connection((school.host, school.ports["dot"]), 5) as connection:
        packet = question(DOMAIN, "SOA")
        connection.sendall(len(packet).to_bytes(2, "big") + packet)
        try:
            answer = connection.recv(100)
        except ConnectionResetError:
            answer = b""
        assert answer == b"" or answer[0] == 21  # closed, or a TLS alert


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1")
def test_an_old_protocol_version_is_refused(school):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    with socket.create_connection((school.host, school.ports["dot"]), 5) as raw, pytest.raises(OSError):
        context.wrap_socket(raw)


def test_it_is_counted_and_watched_as_tls(school, kdig):
    before = school.status()["dns"]["questions"]
    kdig(DOMAIN, "SOA")
    wait_until(lambda: school.status()["dns"]["questions"] > before, 3, "the count")
    assert "TLS 0" not in school.kotakpos("dns", "statistics")


def test_it_can_be_switched_off():
    with Appliance(conf="dot.listen = off\n") as school:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((school.host, school.ports["dot"]), 5)
        assert school.status()["well"]
