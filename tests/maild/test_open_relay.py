"""No trick gets mail for others out of this box: not on port 25, not on submission without a login.

Every trick is played to its end, with DATA and a whole mail behind it; no mail may be accepted, and nothing may lie in the
spool afterwards."""

import socket
import sqlite3

import pytest

# What stands in RCPT TO. {d} is the school's domain.
RECIPIENTS = [
    "<x@far.example>",
    "<X@FAR.EXAMPLE>",
    "< x@far.example >",
    "<x@far.example.>",
    "<x%far.example@{d}>",
    "<x%far.example>",
    "<x%far.example%{d}>",
    "<x@far.example%{d}>",
    "<far.example!x@{d}>",
    "<far.example!x>",
    "<{d}!far.example!x>",
    "<x@far.example@{d}>",
    "<x@{d}@far.example>",
    '<"x@far.example">',
    '<"x@far.example"@{d}>',
    '<"x%far.example"@{d}>',
    '<"far.example!x"@{d}>',
    '<"x\\@far.example"@{d}>',
    "<x\\@far.example@{d}>",
    '<"x"@"far.example">',
    '<x@"far.example">',
    "<@{d}:x@far.example>",
    "<@{d},@mail.{d}:x@far.example>",
    "<@far.example:x@{d}.far.example>",
    "<@[127.0.0.1]:x@far.example>",
    "@{d}:x@far.example",
    "<x@[127.0.0.1]>",
    "<x@[192.168.10.3]>",
    "<x%far.example@[127.0.0.1]>",
    "<x@[IPv6:::1]>",
    "<x@[203.0.113.9]>",
    "<x@2130706433>",
    "<x@127.0.0.1>",
    "<x%far.example@localhost>",
    "<x@localhost.far.example>",
    "<x@{d}.far.example>",
    "<x@.{d}>",
    "<x@{d}..>",
    "<x@{d}.>, <x@far.example>",
    "<budi@{d}>,<x@far.example>",
    "<budi@{d}> <x@far.example>",
    "<teman: x@far.example;>",
    "teman:x@far.example;",
    "<x(budi@{d})@far.example>",
    "<x@far.example(@{d})>",
    "<x@far.example#@{d}>",
    "<x@far.example%00@{d}>",
    "<x@far.example+40{d}>",
    "<x+far.example@far.example>",
    "<x=far.example@{d}>",
    "<x:far.example@{d}>",
    "<x@{d}:25@far.example>",
    "<|/bin/mail x@far.example>",
    "</etc/passwd@{d}>",
    "<tiada@{d}> ORCPT=rfc822;x+40far.example",
    "<tiada@{d}> ORCPT=rfc822;x@far.example NOTIFY=SUCCESS",
    "<x@far.example> ORCPT=rfc822;budi@{d}",
    "<x@far.example> NOTIFY=NEVER",
    "<" + "x" * 64 + "@far.example>",
    "<" + "x" * 300 + "%far.example@{d}>",
    "<x@" + "a." * 120 + "far.example>",
    "<x@smkn1pendalian.sch.іd>",  # a Cyrillic i
    "<x@ｓmkn1pendalian.sch.id>",  # a wide s
    "<x@smkn1pendalian。sch.id>",  # a wide full stop
    "<x@xn--smkn1pendalian.sch.id>",
]
SENDERS = ["<>", "<x@far.example>", "<budi@{d}>", "<postmaster@[127.0.0.1]>", "<@{d}:x@far.example>"]
OPEN = ["EHLO jahat.example", "MAIL FROM:<x@far.example>"]
FAR = "RCPT TO:<x@far.example>"
MAIL = ["DATA", "Subject: relai\r\n\r\nsampai?\r\n."]
# Whole sessions: what matters is the order. Each ends with MAIL.
SESSIONS = {
    "RCPT before MAIL": ["EHLO jahat.example", FAR],
    "no hello": ["MAIL FROM:<x@far.example>", FAR],
    "HELO as ourselves": ["HELO {d}", "MAIL FROM:<budi@{d}>", FAR],
    "HELO as localhost": ["HELO localhost", "MAIL FROM:<>", FAR],
    "HELO as our address": ["HELO [127.0.0.1]", "MAIL FROM:<x@[127.0.0.1]>", FAR],
    "EHLO with a recipient in it": ["EHLO x@far.example", "MAIL FROM:<>", FAR],
    "MAIL twice": [*OPEN, "MAIL FROM:<budi@{d}>", FAR],
    "after RSET": [*OPEN, "RCPT TO:<budi@{d}>", "RSET", FAR],
    "another MAIL after RSET": [*OPEN, "RCPT TO:<budi@{d}>", "RSET", "MAIL FROM:<budi@{d}>", FAR],
    "a second EHLO": [*OPEN, "RCPT TO:<budi@{d}>", "EHLO {d}", FAR],
    "after a failed AUTH": ["EHLO jahat.example", "AUTH PLAIN AHgAeA==", "MAIL FROM:<budi@{d}>", FAR],
    "AUTH that was cancelled": ["EHLO jahat.example", "AUTH LOGIN", "*", "MAIL FROM:<budi@{d}>", FAR],
    "AUTH= of MAIL": ["EHLO jahat.example", "MAIL FROM:<budi@{d}> AUTH=budi@{d}", FAR],
    "XCLIENT": ["EHLO jahat.example", "XCLIENT ADDR=127.0.0.1 LOGIN=budi", "MAIL FROM:<budi@{d}>", FAR],
    "XFORWARD": ["EHLO jahat.example", "XFORWARD ADDR=127.0.0.1", "MAIL FROM:<budi@{d}>", FAR],
    "ETRN and TURN": ["EHLO jahat.example", "ETRN far.example", "TURN", "MAIL FROM:<x@far.example>", FAR],
    "SEND, SOML, SAML": ["EHLO jahat.example", "SOML FROM:<x@far.example>", "SAML FROM:<x@far.example>", FAR],
    "BURL": [*OPEN, FAR, "BURL imap://budi@localhost/INBOX LAST"],
    "a chunk that holds the commands": [*OPEN, "BDAT 28\r\n" + "RCPT TO:<x@far.example>\r\nDA\r", FAR],
    "the last chunk for nobody": [*OPEN, FAR, "BDAT 8 LAST\r\na: b\r\n\r\n"],
    "no chunk and yet the last": [*OPEN, FAR, "BDAT 0 LAST"],
    "lower case": ["ehlo jahat.example", "mail from:<x@far.example>", "rcpt to:<x@far.example>"],
    "blanks": ["EHLO jahat.example", "MAIL  FROM: <x@far.example> ", "RCPT  TO: <x@far.example> "],
    "REQUIRETLS": ["EHLO jahat.example", "MAIL FROM:<x@far.example> REQUIRETLS", FAR],
    "a mail for later": ["EHLO jahat.example", "MAIL FROM:<x@far.example> HOLDFOR=1", FAR],
}


class Client:
    """Says lines, gives the last line of each reply."""

    def __init__(self, school, port):
        self.socket = socket.create_connection((school.host, school.ports[port]), 20)
        if port == "submissions":
            self.socket = school.tls().wrap_socket(self.socket, server_hostname="localhost")
        self.file = self.socket.makefile("rb")
        self.reply()

    def reply(self):
        while True:
            line = self.file.readline().decode()
            if line[3:4] != "-":
                return line

    def say(self, line):
        self.socket.sendall(line.encode() + b"\r\n")
        return self.reply()


def in_spool(school):
    with sqlite3.connect(f"file:{school.state}/spool/spool.db?mode=ro", uri=True) as spool:
        return spool.execute("SELECT COUNT(*) FROM message").fetchone()[0]


def play(school, port, lines):
    """Plays the lines and then a mail; gives all replies. No mail may be accepted."""
    client = Client(school, port)
    replies = []
    for line in [*lines, *MAIL]:
        # Lines of a mail that nobody asked for would be commands: it is only sent after its 354.
        if line == MAIL[-1] and not replies[-1].startswith("354"):
            break
        replies.append(client.say(line.replace("{d}", school.domain)))
        if not replies[-1] or replies[-1].startswith("421"):
            break
    client.socket.close()
    assert not any(" Accepted" in reply for reply in replies), list(zip(lines + MAIL, replies))
    return replies


@pytest.mark.parametrize("port", ["smtp", "submission", "submissions"])
def test_no_recipient_elsewhere_is_taken(school, port):
    assert len(RECIPIENTS) >= 30
    senders = SENDERS if port == "smtp" else SENDERS[:2]  # without a login no sender is taken at all
    for recipient in RECIPIENTS:
        for sender in senders:
            utf8 = "" if recipient.isascii() else " SMTPUTF8"
            replies = play(school, port, ["EHLO jahat.example", f"MAIL FROM:{sender}{utf8}", f"RCPT TO:{recipient}"])
            rcpt, data = replies[2], replies[3]
            assert rcpt.startswith("5") and data.startswith("5"), (sender, recipient, replies)
    assert in_spool(school) == 0


@pytest.mark.parametrize("port", ["smtp", "submission", "submissions"])
@pytest.mark.parametrize("name", SESSIONS)
def test_no_order_of_commands_opens_the_relay(school, port, name):
    replies = play(school, port, SESSIONS[name])
    assert replies[-1][:1] in "45", replies
    assert in_spool(school) == 0


def test_a_login_counts_for_its_connection_only(school):
    with school.submission("ali") as client:
        assert client.mail(school.address("ali"))[0] == 250
    replies = play(school, "submissions", ["EHLO jahat.example", "MAIL FROM:<ali@{d}>", FAR])
    assert replies[1].startswith("530")


def test_who_is_logged_in_sends_as_nobody_else(school):
    with school.submission("ali") as client:
        for sender in ["budi@{d}", "kepsek@{d}", "x@far.example", '"ali@{d}"@far.example', "ali%{d}@far.example",
                       "semua@{d}", "postmaster@{d}", "ali@{d}.far.example", "@{d}:budi@{d}"]:
            code, reply = client.mail(sender.replace("{d}", school.domain))
            assert code >= 500, (sender, reply)
            client.rset()
    assert in_spool(school) == 0


def test_a_good_mail_still_comes_in(school):
    """The tricks were refused for what they are, not because nothing is taken."""
    client = Client(school, "smtp")
    replies = [client.say(line.replace("{d}", school.domain)) for line in [*OPEN, "RCPT TO:<budi@{d}>", *MAIL]]
    assert replies[-1].startswith("250 2.0.0 Accepted"), replies
    school.wait_for_subject("budi", "relai")
    assert school.subjects("budi") == ["relai"]
