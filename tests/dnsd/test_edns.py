"""EDNS and the corners of the protocol, asked of the real daemon by dig, kdig and raw packets."""

import re
import socket
import subprocess

import pytest

from support.appliance import DOMAIN, Appliance, wait_until
from support.dns_message import Edns, Message, ask, ask_tcp, ask_udp, question

NSID, ECS, EXPIRE, COOKIE, KEEPALIVE, PADDING, EDE = 3, 8, 9, 10, 11, 12, 15
WWW = f"www.{DOMAIN}"


@pytest.fixture(scope="module")
def school():
    """Who asks from 127.0.0.2 is nobody; 127.0.0.1 is the LAN."""
    with Appliance(conf="trusted.networks = 127.0.0.1/32\n") as appliance:
        yield appliance


@pytest.fixture
def port(school):
    return school.ports["dns"]


def option(message, code):
    return next((value for number, value in message.options if number == code), None)


def dig(school, *words, program="dig"):
    return subprocess.run([program, "@127.0.0.1", "-p", str(school.ports["dns"]), *words], capture_output=True, text=True, timeout=20).stdout


def from_stranger(port, message):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.bind(("127.0.0.2", 0))
        client.settimeout(5)
        client.sendto(message, ("127.0.0.1", port))
        return Message(client.recv(65535))


# Options.

def test_dig_shows_which_server_it_was(school):
    answer = dig(school, "+norec", "+nsid", "+tries=1", WWW, "A")
    assert '("mail.smkn1pendalian.sch.id")' in answer and "status: NOERROR" in answer


def test_dig_finds_its_cookie_good(school):
    answer = dig(school, "+norec", "+tries=1", WWW, "A")
    assert re.search(r"^; COOKIE: [0-9a-f]{48} \(good\)", answer, re.M)


def test_kdig_says_the_same(school):
    answer = dig(school, "+norec", "+nsid", "+cookie=0123456789abcdef", "+edns", WWW, "A", program="kdig")
    assert "NOERROR" in answer and '"mail.smkn1pendalian.sch.id"' in answer and "COOKIE: " in answer


def test_a_cookie_is_given_again_while_it_is_fresh_and_replaced_when_it_is_not_ours(port):
    mine = b"kotakpos"
    first = option(ask(port, WWW, edns=Edns(options=[(COOKIE, mine)])), COOKIE)
    assert len(first) == 24 and first.startswith(mine)
    assert option(ask(port, WWW, edns=Edns(options=[(COOKIE, first)])), COOKIE) == first
    foreign = ask(port, WWW, edns=Edns(options=[(COOKIE, mine + b"x" * 16)]))
    assert foreign.rcode == "NOERROR" and foreign.answer and option(foreign, COOKIE)[:12] != mine + b"xxxx"


@pytest.mark.parametrize("size", [0, 7, 9, 15, 41, 100])
def test_a_cookie_of_an_impossible_size_is_formerr(port, size):
    reply = ask(port, WWW, edns=Edns(options=[(COOKIE, b"c" * size)]))
    assert reply.rcode == "FORMERR" and not reply.answer and reply.opt


def test_a_cookie_without_a_question(port):
    bare = question(WWW, counts=(0, 0, 0, 1))[:12] + Edns(options=[(COOKIE, b"12345678")]).wire()
    reply = Message(ask_udp(port, bare))
    assert (reply.rcode, reply.questions, len(option(reply, COOKIE))) == ("NOERROR", [], 24)
    assert Message(ask_udp(port, bare[:12] + Edns().wire())).rcode == "FORMERR"


def test_the_idle_time_is_told_by_tcp_only(port):
    asked = Edns(options=[(KEEPALIVE, b"")])
    assert option(ask(port, WWW, tcp=True, edns=asked), KEEPALIVE) == (100).to_bytes(2, "big")  # 10 s in tenths
    assert option(ask(port, WWW, edns=asked), KEEPALIVE) is None
    assert ask(port, WWW, tcp=True, edns=Edns(options=[(KEEPALIVE, b"\0\x10")])).rcode == "FORMERR"


@pytest.mark.parametrize("code, value", [(ECS, b"\0\x01\x18\0\x01\x02\x03"), (ECS, b"\0"), (PADDING, b"\0" * 50), (65001, b"abc"), (13, b""),
                                         (65535, b"\xff" * 300)],
                         ids=["client subnet", "a bad client subnet", "padding", "unknown", "chain", "the last one"])
def test_options_that_mean_nothing_here_are_ignored(port, code, value):
    reply = ask(port, WWW, edns=Edns(options=[(code, value)]))
    assert (reply.rcode, len(reply.answer), reply.options) == ("NOERROR", 1, [])


def test_versions_flags_and_sizes(port):
    newer = ask(port, WWW, edns=Edns(version=1))
    assert (newer.rcode, newer.answer, newer.opt[2]) == ("BADVERS", [], 1232)
    flagged = ask(port, WWW, edns=Edns(flags=0x7FFF, do=True))
    assert flagged.answer and flagged.opt[3] & 0xFFFF == 0x8000
    assert ask(port, WWW).opt is None
    assert ask(port, WWW, edns=Edns(extended=7)).rcode == "NOERROR"


# Refusals say why.

def test_names_of_others_are_refused_with_the_reason(port):
    asked = question("www.example.com", edns=Edns())
    told = Message(ask_udp(port, asked))
    assert (told.rcode, option(told, EDE)) == ("REFUSED", b"\0\x14")  # 20: not authoritative
    assert told.has("ra")
    wanted = from_stranger(port, question("www.example.com", flags=0x0100, edns=Edns()))
    assert (wanted.rcode, option(wanted, EDE), wanted.has("ra")) == ("REFUSED", b"\0\x12", False)  # 18: prohibited
    assert Message(ask_udp(port, question("www.example.com"))).rcode == "REFUSED"


def test_dig_explains_the_refusal(school):
    assert "EDE: 20 (Not Authoritative)" in dig(school, "+norec", "+tries=1", "www.example.com", "A")


def test_our_own_names_are_for_everybody(port):
    stranger = from_stranger(port, question(WWW, flags=0x0100))
    assert (stranger.rcode, len(stranger.answer), stranger.has("aa"), stranger.has("ra")) == ("NOERROR", 1, True, False)
    assert ask(port, WWW, flags=0x0100).has("ra")


# What is no question.

@pytest.mark.parametrize("what, packet, rcode", [
    ("no question", question(WWW, counts=(0, 0, 0, 0))[:12], "FORMERR"),
    ("two questions", question(WWW, counts=(2, 0, 0, 0)) + question(WWW)[12:], "FORMERR"),
    ("octets behind", question(WWW) + b"x", "FORMERR"),
    ("two OPTs", question(WWW, counts=(1, 0, 0, 2)) + Edns().wire() * 2, "FORMERR"),
    ("OPT as an answer", question(WWW, counts=(1, 1, 0, 0)) + Edns().wire(), "FORMERR"),
    ("a pointer to itself", question(WWW)[:12] + b"\xc0\x0c\0\1\0\1", "FORMERR"),
    ("IQUERY", question(WWW, opcode=1), "NOTIMP"),
    ("STATUS", question(WWW, opcode=2), "NOTIMP"),
    ("DSO", question(WWW, opcode=6, counts=(0, 0, 0, 0))[:12], "NOTIMP"),
    ("Hesiod", question(WWW, klass=4), "REFUSED"),
    ("class NONE", question(WWW, klass=254), "REFUSED"),
    ("AXFR by UDP", question(DOMAIN, "AXFR"), "NOTIMP"),
    ("TKEY", question(DOMAIN, "TKEY"), "FORMERR"),
    ("MAILB", question(DOMAIN, "MAILB"), "NOTIMP"),
], ids=lambda value: value if isinstance(value, str) else "packet")
@pytest.mark.parametrize("transport", [ask_udp, ask_tcp])
def test_what_is_wrong_with_it(port, what, packet, rcode, transport):
    if what == "AXFR by UDP" and transport is ask_tcp:
        return
    reply = Message(transport(port, packet))
    assert (reply.rcode, reply.answer, reply.trailing) == (rcode, [], b"")
    assert reply.has("qr") and not reply.has("aa")


def test_replies_keep_to_the_size_that_was_said(school, port):
    for letter in "abcdefgh":
        school.kotakpos("dns", "add", "besar", "TXT", letter * 250)
    wait_until(lambda: len(ask(port, f"besar.{DOMAIN}", "TXT", tcp=True).answer) == 8, 2, "all records")
    for size in (0, 100, 512, 1232, 4096, 65535):
        reply = ask_udp(port, question(f"besar.{DOMAIN}", "TXT", edns=Edns(size=size, options=[(NSID, b"")])))
        assert len(reply) <= min(max(size, 512), 1232) and Message(reply).has("tc")
    assert Message(ask_udp(port, question(f"besar.{DOMAIN}", "TXT"))).has("tc")


def test_nothing_goes_to_port_zero(school, port):
    """A forged question from port 0; after it an ordinary one is answered."""
    try:
        raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP)
    except PermissionError:
        pytest.skip("raw sockets need root")
    message = question(WWW)
    with raw:
        raw.sendto(b"\0\0" + port.to_bytes(2, "big") + (8 + len(message)).to_bytes(2, "big") + b"\0\0" + message, ("127.0.0.1", 0))
    assert ask(port, WWW).answer


def test_chaos_names_and_versions(school, port):
    assert "Kotakpos" in dig(school, "CH", "TXT", "version.bind", "+short")
    assert dig(school, "CH", "TXT", "id.server", "+short") == '"mail.smkn1pendalian.sch.id"\n'
    assert dig(school, "CH", "TXT", "hostname.bind", "+short") == dig(school, "CH", "TXT", "id.server", "+short")
    assert ask(port, "authors.bind", "TXT", klass=3).rcode == "REFUSED"


def test_the_case_of_the_question_comes_back(port):
    asked = question("wWw." + DOMAIN.upper())
    assert ask_udp(port, asked)[12:len(asked)] == asked[12:]
