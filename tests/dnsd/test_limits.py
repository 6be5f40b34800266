"""Response rate limiting against a flood. Every 127.x.y.z is an address of its own; this school exempts none of them."""

import secrets
import socket
import time

import pytest

from support.appliance import DOMAIN, Appliance, wait_until
from support.dns_message import Edns, Message, question

TRUSTED = "127.9.0.1"
RATE = 10
networks = iter(range(1, 250))


@pytest.fixture(scope="module")
def school():
    with Appliance(conf="limits.exempt = 127.8.0.0/16\ntrusted.networks = 127.9.0.0/16\n") as appliance:
        appliance.kotakpos("dns", "limits", "--rate", str(RATE), "--slip", "2")
        yield appliance


@pytest.fixture
def stranger():
    """An address in a network that no other test uses."""
    return f"127.7.{next(networks)}.1"


class Asker:
    """A socket at one source address."""

    def __init__(self, school, source):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((source, 0))
        self.socket.connect((school.host, school.ports["dns"]))

    def send(self, packet):
        self.socket.send(packet)

    def receive(self, patience):
        self.socket.settimeout(patience)
        try:
            return Message(self.socket.recv(4096))
        except TimeoutError:
            return None

    def ask(self, packet, patience=3):
        self.send(packet)
        return self.receive(patience)


class Flood:
    """What became of packets that were sent all at once: whole answers, cut ones (TC), none."""

    def __init__(self, school, *floods):
        """`floods`: (source, packets); `whole` etc. are of the last one."""
        begin = time.monotonic()
        askers = [Asker(school, source) for source, _ in floods]
        for asker, (_, packets) in zip(askers, floods):
            for packet in packets:
                asker.send(packet)
        replies = list(iter(lambda: askers[-1].receive(0.3), None))
        cut = [reply for reply in replies if reply.has("tc")]
        for reply in cut:
            assert (reply.answer, reply.authority, len(reply.questions)) == ([], [], 1)
        self.whole, self.cut = len(replies) - len(cut), len(cut)
        self.none = len(floods[-1][1]) - len(replies)
        self.earned = RATE * (time.monotonic() - begin) + 1  # how many more the rate allows for the time it took

    def numbers(self):
        return self.whole, self.cut, self.none


def flood(school, source, packets):
    return Flood(school, (source, packets))


def same(count, name=f"www.{DOMAIN}", kind="A", **more):
    return [question(name, kind, number=i, **more) for i in range(count)]


def test_a_flood_gets_one_second_of_answers_and_of_the_rest_every_second_one_cut_short(school, stranger):
    wait_until(lambda: flood(school, f"127.7.{next(networks)}.1", same(60)).none > 0, 5, "the rate that was set")
    seen = flood(school, stranger, same(120, edns=Edns()))
    assert RATE <= seen.whole <= RATE + seen.earned, seen.numbers()
    assert abs(seen.cut - seen.none) <= 2 and seen.cut > 40, seen.numbers()


def test_a_flood_of_made_up_names_is_one_flood(school, stranger):
    for zone in (DOMAIN, "example.org"):  # NXDOMAIN, REFUSED
        seen = flood(school, stranger, [question(f"{secrets.token_hex(4)}.{zone}", "A") for _ in range(100)])
        assert seen.whole <= RATE + seen.earned and seen.none > 30, seen.numbers()


def test_the_limit_is_the_networks_and_leaves_other_networks_and_names_alone(school, stranger):
    neighbour = stranger.rsplit(".", 1)[0] + ".200"
    seen = Flood(school, (stranger, same(100)), (neighbour, same(100)))
    assert seen.whole <= seen.earned, seen.numbers()
    assert flood(school, f"127.7.{next(networks)}.1", same(RATE)).numbers() == (RATE, 0, 0)
    assert flood(school, neighbour, same(RATE, f"mail.{DOMAIN}")).numbers() == (RATE, 0, 0)


def test_what_the_keeper_refuses_is_limited_too(school, stranger):
    update = [question(DOMAIN, "SOA", number=i, opcode=5) for i in range(100)]
    seen = flood(school, stranger, update)
    assert seen.whole <= RATE + seen.earned and seen.none > 30, seen.numbers()


def test_who_is_told_to_ask_by_tcp_gets_the_answer_there(school, stranger):
    flood(school, stranger, same(100))
    packet = question(f"www.{DOMAIN}", "A")
    for _ in range(50):
        with socket.create_connection((school.host, school.ports["dns"]), 5, (stranger, 0)) as connection:
            connection.sendall(len(packet).to_bytes(2, "big") + packet)
            data = connection.makefile("rb")
            reply = Message(data.read(int.from_bytes(data.read(2), "big")))
            assert len(reply.answer) == 1 and not reply.has("tc")


@pytest.mark.parametrize("source", [TRUSTED, "127.8.0.1"])
def test_the_schools_own_networks_have_no_limit(school, source):
    assert flood(school, source, same(150)).numbers() == (150, 0, 0)


def test_a_valid_cookie_frees_from_the_limit(school, stranger):
    client_cookie = secrets.token_bytes(8)
    first = Asker(school, stranger).ask(question(f"www.{DOMAIN}", "A", edns=Edns(options=[(10, client_cookie)])))
    cookie = dict(first.options)[10]
    assert cookie[:8] == client_cookie and len(cookie) == 24
    good = Edns(options=[(10, cookie)])
    assert flood(school, stranger, same(100, edns=good)).numbers() == (100, 0, 0)
    forged = Edns(options=[(10, client_cookie + bytes(16))])
    seen = flood(school, stranger, same(100, edns=forged))
    assert seen.whole <= RATE + seen.earned, seen.numbers()


def test_the_rate_is_changed_and_switched_off_while_running(school, stranger):
    school.kotakpos("dns", "limits", "--rate", "0")
    try:
        wait_until(lambda: flood(school, stranger, same(60)).numbers() == (60, 0, 0), 5, "no limit")
    finally:
        school.kotakpos("dns", "limits", "--rate", str(RATE))
    refused = school.run("dns", "limits", "--slip", "11")
    assert refused.returncode == 3 and "--slip" in refused.stderr


def test_what_was_limited_is_in_the_statistics(school, stranger):
    import json
    wait_until(lambda: flood(school, f"127.7.{next(networks)}.1", same(60)).none > 0, 5, "the rate that was set")

    def counters():
        return json.loads(school.kotakpos("dns", "statistics", "--json"))["counters"]

    before = counters()
    seen = flood(school, stranger, same(100))
    after = counters()
    assert (after["slipped"] - before["slipped"], after["limited"] - before["limited"]) == (seen.cut, seen.none)
