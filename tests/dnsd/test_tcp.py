"""DNS over TCP: many connections, slow clients, TLS; against the real daemon."""

import resource
import select
import socket
import ssl
import struct
import subprocess

import pytest

from support.appliance import DOMAIN, wait_until
from support.dns_message import Edns, Message, ask, framed, question, read_framed

WWW = f"www.{DOMAIN}"


@pytest.fixture
def port(school):
    return school.ports["dns"]


@pytest.fixture
def many_files():
    """The number of descriptors this test may use."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    yield hard
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def connect(port, seconds=10):
    return socket.create_connection(("127.0.0.1", port), seconds)


def numbers(connection, count):
    return [struct.unpack(">H", read_framed(connection)[:2])[0] for _ in range(count)]


def test_a_thousand_questions_in_one_write(port):
    with connect(port) as client:
        client.sendall(b"".join(framed(question(WWW, number=n)) for n in range(1000)))
        assert sorted(numbers(client, 1000)) == list(range(1000))


def test_a_question_in_single_octets_and_one_across_two_writes(port):
    with connect(port) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for octet in framed(question(WWW, number=7)):
            client.sendall(bytes([octet]))
        assert numbers(client, 1) == [7]
        both = framed(question(WWW, number=8)) + framed(question(f"mail.{DOMAIN}", number=9))
        client.sendall(both[:50])
        client.sendall(both[50:])
        assert numbers(client, 2) == [8, 9]


def test_who_has_said_everything_still_gets_the_answers(port):
    with connect(port) as client:
        client.sendall(b"".join(framed(question(WWW, number=n)) for n in range(50)))
        client.shutdown(socket.SHUT_WR)
        assert numbers(client, 50) == list(range(50))
        assert client.recv(1) == b""


@pytest.mark.parametrize("rubbish", [b"\0\0", framed(b"short"), b"\x16\x03\x01\x02\0" * 300, b"GET / HTTP/1.1\r\n\r\n" * 2000],
                         ids=["nothing", "less than a header", "TLS", "HTTP"])
def test_who_speaks_something_else_is_left(port, rubbish):
    with connect(port) as client:
        try:
            client.sendall(rubbish)
            client.shutdown(socket.SHUT_WR)
            while client.recv(65536):
                pass
        except (ConnectionResetError, BrokenPipeError):
            pass
    assert ask(port, WWW, tcp=True).answer


def test_ten_thousand_connections_and_more(school, port, many_files):
    """All are answered; over the limit the one that was quiet longest makes room for the newest."""
    limit = min(10_000, many_files - 500)
    clients = []
    try:
        for number in range(limit + 100):
            clients.append(connect(port))
            if number % 100 == 0:  # used from time to time, all along
                clients[-1].sendall(framed(question(WWW, number=number)))
                assert numbers(clients[-1], 1) == [number]
        newest = clients[-1]
        newest.sendall(framed(question(WWW, number=1)))
        assert numbers(newest, 1) == [1]
        assert ask(port, WWW).answer and ask(port, WWW, tcp=True).answer
        if limit == 10_000:
            assert any(is_closed(client) for client in clients[:300])
        answered = 0
        for client in clients[-5000:]:
            client.sendall(framed(question(WWW)))
        for client in clients[-5000:]:
            answered += Message(read_framed(client)).rcode == "NOERROR"
        assert answered == len(clients[-5000:])
    finally:
        for client in clients:
            client.close()
    assert ask(port, WWW, tcp=True).answer


def is_closed(client):
    readable = select.poll()
    readable.register(client, select.POLLIN)
    return bool(readable.poll(0)) and client.recv(1, socket.MSG_PEEK) == b""


def test_slow_clients_hold_up_nobody(school, port):
    """Half a length, half a question, and answers that nobody takes."""
    slow = [connect(port) for _ in range(300)]
    for number, client in enumerate(slow):
        client.sendall((b"\0", framed(question(WWW))[:20])[number % 2])
    greedy = connect(port)
    greedy.setblocking(False)
    asked = framed(question(DOMAIN, "ANY")) * 1000
    try:
        while greedy.send(asked):
            pass
    except BlockingIOError:
        pass  # all buffers on the way are full
    for _ in range(20):
        assert ask(port, WWW, tcp=True).answer and ask(port, WWW).answer
    for client in [*slow, greedy]:
        client.close()


def test_a_quiet_connection_is_closed_after_the_time_that_was_told(port):
    with connect(port, 15) as client:
        client.sendall(framed(question(WWW, edns=Edns(options=[(11, b"")]))))
        told = next(value for code, value in Message(read_framed(client)).options if code == 11)
        assert struct.unpack(">H", told)[0] == 100
        assert client.recv(1) == b""  # within the 15 s of this client


def test_transfers_do_not_stop_the_other_questions_of_a_connection(port):
    """A transfer without a right to it is refused; the connection lives on."""
    with connect(port) as client:
        client.sendall(framed(question("tidak.ada", "AXFR", number=1)) + framed(question(WWW, number=2)))
        replies = {reply.id: reply for reply in (Message(read_framed(client)) for _ in range(2))}
        assert replies[1].rcode in ("NOTAUTH", "REFUSED") and replies[2].answer


def test_dig_keeps_one_connection_for_several_questions(school, port):
    done = subprocess.run(["dig", "@127.0.0.1", "-p", str(port), "+tcp", "+keepopen", "+norec", WWW, "A", f"mail.{DOMAIN}", "A", DOMAIN, "MX"],
                          capture_output=True, text=True, timeout=20)
    assert done.stdout.count("status: NOERROR") == 3


# The same inside TLS.

@pytest.fixture
def tls(school):
    def open_one():
        return school.tls().wrap_socket(connect(school.ports["dot"]), server_hostname="localhost")

    return open_one


def test_tls_answers_pipelined_questions(tls):
    with tls() as client:
        client.sendall(b"".join(framed(question(WWW, number=n)) for n in range(500)))
        assert numbers(client, 500) == list(range(500))


def test_tls_replies_are_padded_when_the_question_was(tls):
    with tls() as client:
        client.sendall(framed(question(WWW, edns=Edns(options=[(12, b"\0" * 30)]))))
        reply = read_framed(client)
        assert len(reply) == 468 and Message(reply).answer


def test_a_tls_client_that_never_shakes_hands_holds_up_nobody(school, tls):
    silent = [connect(school.ports["dot"]) for _ in range(100)]
    for client in silent:
        client.sendall(b"\x16\x03\x01")
    with tls() as client:
        client.sendall(framed(question(WWW, number=3)))
        assert numbers(client, 1) == [3]
    for client in silent:
        client.close()


def test_plain_dns_on_the_tls_port_is_left(school):
    with connect(school.ports["dot"]) as client:
        client.sendall(framed(question(WWW)))
        try:
            while client.recv(4096):
                pass
        except ConnectionResetError:
            pass
    wait_until(lambda: ask(school.ports["dns"], WWW).answer, 2, "an answer")
