"""Who must go loses his open sessions at once; guesses count over all protocols; a crowd that logs in holds up nobody."""

import imaplib
import poplib
import re
import socket
import time

import pytest

from support.appliance import ROOT, Appliance

PROMISED = 5  # seconds, on a busy machine; usually it is half a second


@pytest.fixture(scope="module")
def school():
    with Appliance() as school:
        yield school


class Plain:
    """A connection in clear text: lines out, lines in."""

    def __init__(self, school, port):
        self.socket = socket.create_connection((school.host, school.ports[port]), 20)
        self.file = self.socket.makefile("rb")
        self.line()

    def line(self):
        return self.file.readline().decode()

    def say(self, *lines):
        self.socket.sendall("".join(line + "\r\n" for line in lines).encode())

    def ask(self, line, last):
        self.say(line)
        while not (got := self.line()).startswith(last):
            assert got, line
        return got


def sessions(school, login):
    """Open sessions of a user: IMAP in IDLE, IMAP with and without a mailbox, POP3."""
    idle, selected, fresh, pop3 = [Plain(school, port) for port in ("imap", "imap", "imap", "pop3")]
    for imap in (idle, selected, fresh):
        assert "OK" in imap.ask(f"a LOGIN {login} 123", "a ")
    for imap in (idle, selected):
        assert "OK" in imap.ask("b SELECT INBOX", "b ")
    idle.ask("c IDLE", "+")
    assert pop3.ask(f"USER {login}", "") and pop3.ask("PASS 123", "").startswith("+OK")
    return [idle, selected, fresh], pop3


@pytest.mark.parametrize("act, reason", [
    (lambda school, login: school.kotakpos("user", "disable", login), "switched off"),
    (lambda school, login: school.kotakpos("user", "passwd", login, "--password-stdin", input="lain\n"), "password was changed"),
    (lambda school, login: school.kotakpos("user", "delete", login), "removed")], ids=["disabled", "password", "deleted"])
def test_open_sessions_end(school, act, reason):
    login = "pergi" + reason.split()[0]
    school.add_user(login)
    other = Plain(school, "imap")
    other.ask("a LOGIN budi 123", "a ")
    imaps, pop3 = sessions(school, login)
    pop3.ask("NOOP", "+OK")
    act(school, login)
    begin = time.monotonic()
    for imap in imaps:
        assert imap.line().startswith("* BYE Your ") and not imap.line()
    line = pop3.line()
    assert line.startswith("-ERR [AUTH] Your ") and reason in line and not pop3.line()
    assert time.monotonic() - begin < PROMISED
    assert "OK" in other.ask("b NOOP", "b ")  # nobody else is meant


def test_pop3_deletes_nothing_when_its_session_is_ended(school):
    login = school.add_user("hapus")
    client = school.imap(login)
    client.append("INBOX", None, None, b"Subject: tetap\r\n\r\n")
    client.logout()
    pop3 = Plain(school, "pop3")
    pop3.ask(f"USER {login}", "+OK")
    pop3.ask("PASS 123", "+OK 1")
    pop3.ask("DELE 1", "+OK")
    school.kotakpos("user", "passwd", login, "--password-stdin", input="lain\n")
    assert pop3.line().startswith("-ERR")
    client = school.imap(login, "lain")
    assert client.select("INBOX")[1] == [b"1"]
    client.logout()


def test_a_changed_password_is_forgotten_at_once(school):
    login = school.add_user("ganti")
    for _ in range(3):
        school.imap(login).logout()
    school.kotakpos("user", "passwd", login, "--password-stdin", input="baru\n")
    with pytest.raises(imaplib.IMAP4.error):
        school.imap(login)
    with pytest.raises(poplib.error_proto):
        school.pop3(login)
    school.imap(login, "baru").logout()


def test_a_crowd_of_wrong_logins_holds_up_nobody(school):
    crowd = [Plain(school, "imap") for _ in range(100)]  # the daemon has 64 threads
    for number, peer in enumerate(crowd):
        peer.say(f"a LOGIN nobody{number} salah")
    begin = time.monotonic()
    client = Plain(school, "imap")
    assert "OK" in client.ask("a LOGIN budi 123", "a ")  # known already
    assert "OK" in client.ask("b SELECT INBOX", "b ")
    assert time.monotonic() - begin < PROMISED
    answers = "".join(peer.line() for peer in crowd)
    assert "AUTHENTICATIONFAILED" in answers and "OK" not in answers


def test_guesses_count_over_imap_and_pop3_together():
    with Appliance(conf="limits.exempt = 192.0.2.0/24\n") as school:  # 127.0.0.1 is counted here
        for _ in range(5):
            own = Plain(school, "imap")  # a login of one's own forgives nothing of the others'
            assert "OK" in own.ask("a LOGIN ali 123", "a ")
            imap = Plain(school, "imap")
            for i in range(2):
                assert "NO" in imap.ask(f"a{i} LOGIN budi salah", "a")
            pop3 = Plain(school, "pop3")
            for _ in range(2):
                pop3.ask("USER guru1", "+OK")
                assert pop3.ask("PASS salah", "-ERR").startswith("-ERR [AUTH]")
        last = Plain(school, "pop3")
        last.ask("USER ali", "+OK")
        assert last.ask("PASS 123", "-ERR").startswith("-ERR [SYS/TEMP] Too many failed logins")
        assert Plain(school, "imap").ask("a LOGIN ali 123", "* BYE").startswith("* BYE Too many failed logins")


def test_every_pop3_answer_is_translated():
    source = "".join(path.read_text() for path in (ROOT / "maild/pop3").glob("*.cpp")) + (ROOT / "maild/sasl/open_login.cpp").read_text()
    said = re.findall(r'(?:\bok\(|error\("[A-Z/]*", |ClientError\("[A-Z/]*", |in_language\(|return )"([A-Z{][^"]+)"', re.sub(r"\s+", " ", source))
    have = set(re.findall(r'^msgid "(.+)"$', (ROOT / "maild/po/id.po").read_text(), re.M))
    assert len(said) > 40 and not [text for text in said if text not in have]
