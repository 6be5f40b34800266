"""A corpus of odd and hostile mail (support/odd_mail.py) goes in by SMTP and APPEND and comes back by FETCH and RETR byte for byte;
its BODYSTRUCTURE is good grammar, and every section is what the structure says."""

import re
import socket

import pytest

from support.appliance import wait_until
from support.odd_mail import corpus, travels_by_smtp

CORPUS = corpus()
PARTS_MAX = 40  # of one message are fetched


class Wire:
    """A raw connection: bytes, lines, literals."""

    def __init__(self, school, port, tls=False):
        self.socket = socket.create_connection((school.host, school.ports[port]), 30)
        if tls:
            self.socket = school.tls().wrap_socket(self.socket, server_hostname="localhost")
        self.bytes = b""
        self.line()

    def more(self):
        got = self.socket.recv(1 << 18)
        assert got, "the server has closed the connection"
        self.bytes += got

    def line(self):
        while b"\r\n" not in self.bytes:
            self.more()
        line, _, self.bytes = self.bytes.partition(b"\r\n")
        return line

    def take(self, count):
        pieces, have = [self.bytes[:count]], min(count, len(self.bytes))
        self.bytes = self.bytes[count:]
        while have < count:
            got = self.socket.recv(min(count - have, 1 << 18))
            assert got, "the server has closed the connection"
            pieces.append(got)
            have += len(got)
        return b"".join(pieces)

    def say(self, line):
        self.socket.sendall(line + b"\r\n")


class Imap(Wire):
    def __init__(self, school, login):
        super().__init__(school, "imaps", tls=True)
        self.command(b"LOGIN " + login.encode() + b" 123")

    def command(self, line, literal=None):
        """The untagged responses as lists of tokens."""
        self.say(b"a " + line)
        if literal is not None:
            self.socket.sendall(literal + b"\r\n")
        responses = []
        while True:
            text, literals = self.line(), []
            while size := re.search(rb"~?\{(\d+)\}$", text):
                literals.append(self.take(int(size[1])))
                text += b"\0" + self.line()
            if text.startswith(b"a "):
                assert text.startswith(b"a OK"), text
                return responses
            responses.append((text, literals))

    def fetch(self, number, items):
        """name -> value of the one FETCH response."""
        (text, literals), = self.command(b"FETCH %d (%s)" % (number, items))
        prefix = b"* %d FETCH " % number
        assert text.startswith(prefix)
        values = Parser(text[len(prefix):], literals).whole()
        return {bytes(name): value for name, value in zip(values[::2], values[1::2])}


class Atom(bytes):
    """NIL, a number, or the name of an item; strings are plain bytes."""


class Parser:
    """RFC 3501 section 9, strict: lists, quoted strings without CR, LF, 8-bit; literals; atoms."""

    def __init__(self, text, literals):
        self.text, self.at, self.literals = text, 0, list(literals)

    def whole(self):
        value = self.value()
        assert self.at == len(self.text) and not self.literals, self.text[self.at:self.at + 80]
        return value

    def value(self):
        here = self.text[self.at:self.at + 1]
        if here == b"(":
            return self.items()
        if here == b'"':
            match = re.compile(rb'"((?:[^"\\\r\n\0\x80-\xff]|\\["\\])*)"').match(self.text, self.at)
            assert match, self.text[self.at:self.at + 80]
            self.at = match.end()
            return re.sub(rb"\\(.)", rb"\1", match[1])
        literal = re.compile(rb"~?\{(\d+)\}\0").match(self.text, self.at)
        if literal:
            self.at = literal.end()
            return self.literals.pop(0)
        atom = re.compile(rb"[A-Za-z0-9.\\$+-]+(?:\[[^\]]*\])?(?:<\d+>)?").match(self.text, self.at)
        assert atom, self.text[self.at:self.at + 80]
        self.at = atom.end()
        return Atom(atom[0])

    def items(self):
        values = []
        self.at += 1
        while self.text[self.at:self.at + 1] != b")":
            values.append(self.value())
            following = self.text[self.at:self.at + 1]
            assert following in (b" ", b")") or (following == b"(" and isinstance(values[-1], list)), self.text[self.at:][:80]
            self.at += following == b" "
        self.at += 1
        return values


def is_string(value):
    return isinstance(value, bytes) and not isinstance(value, Atom)


def is_nstring(value):
    return is_string(value) or value == Atom(b"NIL")


def number_of(value):
    assert isinstance(value, Atom) and value.isdigit(), value
    return int(value)


def check_parameters(value):
    if value == Atom(b"NIL"):
        return
    assert isinstance(value, list) and value and len(value) % 2 == 0 and all(map(is_string, value)), value


def check_extension(values):
    """body-fld-dsp, body-fld-lang, body-fld-loc."""
    disposition, language, location = values
    if disposition != Atom(b"NIL"):
        kind, parameters = disposition
        assert is_string(kind)
        check_parameters(parameters)
    assert is_nstring(language) or (language and all(map(is_string, language)))
    assert is_nstring(location)


def check_envelope(value):
    assert isinstance(value, list) and len(value) == 10
    assert all(is_nstring(value[place]) for place in (0, 1, 8, 9))
    for addresses in value[2:8]:
        if addresses != Atom(b"NIL"):
            assert addresses and all(len(address) == 4 and all(map(is_nstring, address)) for address in addresses)


def walk(body, path, extended, found, is_root_of_message=True):
    """Checks one `body` of the grammar; appends (path, kind, octets, lines) for every part, in order."""
    if isinstance(body[0], list):
        count = next(place for place, value in enumerate(body) if not isinstance(value, list))
        found.append((path, "multipart", None, None))
        for number, child in enumerate(body[:count], 1):
            walk(child, path + (number,), extended, found, False)
        assert is_string(body[count])
        if extended:
            check_parameters(body[count + 1])
            check_extension(body[count + 2:])
        else:
            assert len(body) == count + 1
        return
    here = path + (1,) if is_root_of_message else path
    kind, subtype, parameters, content_id, description, encoding, octets = body[:7]
    assert is_string(kind) and is_string(subtype) and is_string(encoding) and is_nstring(content_id) and is_nstring(description)
    check_parameters(parameters)
    rest, lines = body[7:], None
    if kind.lower() == b"message" and len(rest) > 1 and isinstance(rest[0], list):
        check_envelope(rest[0])
        lines = number_of(rest[2])
        found.append((here, "message", number_of(octets), lines))
        walk(rest[1], here, extended, found)
        rest = rest[3:]
    else:
        if kind.lower() == b"text":
            lines, rest = number_of(rest[0]), rest[1:]
        found.append((here, "leaf", number_of(octets), lines))
    if extended:
        assert is_nstring(rest[0])
        check_extension(rest[1:])
    else:
        assert not rest


def count_lines(body):
    return body.count(b"\n") + (1 if body and not body.endswith(b"\n") else 0)


def check_sections(imap, number, message, structure):
    """Every part's bytes are where the structure says, as long as it says."""
    parts = []
    walk(structure, (), True, parts)
    parts = [part for part in parts if part[0]][:PARTS_MAX]
    names = [b".".join(b"%d" % n for n in path) for path, *_ in parts]
    items = [b"BODY.PEEK[HEADER] BODY.PEEK[TEXT]"]
    for name, (_, kind, _, _) in zip(names, parts):
        items.append(b"BODY.PEEK[%s] BODY.PEEK[%s.MIME]" % (name, name))
    got = imap.fetch(number, b" ".join(items))
    assert got[b"BODY[HEADER]"] + got[b"BODY[TEXT]"] == message or got[b"BODY[TEXT]"] == message[-len(got[b"BODY[TEXT]"]):]
    for name, (path, kind, octets, lines) in zip(names, parts):
        body, mime = got[b"BODY[%s]" % name], got[b"BODY[%s.MIME]" % name]
        assert is_string(body) and is_string(mime), name
        assert mime + body in message, name
        if octets is not None:
            assert len(body) == octets, name
        if lines is not None:
            assert count_lines(body) == lines, name


@pytest.fixture(scope="module")
def reader(school):
    school.add_user("aneh")
    return "aneh"


@pytest.fixture(scope="module")
def appended(school, reader):
    """All messages, in order, in the mailbox Aneh."""
    imap = Imap(school, reader)
    imap.command(b"CREATE Aneh")
    for _, message in CORPUS:
        imap.command(b"APPEND Aneh {%d+}" % len(message), message)
    imap.command(b"SELECT Aneh")
    return imap


def test_the_corpus_has_500_messages():
    assert len(CORPUS) >= 500
    assert sum(travels_by_smtp(message) for _, message in CORPUS) >= 200


def test_append_and_fetch_give_every_message_back(appended):
    for number, (name, message) in enumerate(CORPUS, 1):
        got = appended.fetch(number, b"RFC822.SIZE BODY.PEEK[]")
        assert got[b"BODY[]"] == message, name
        assert number_of(got[b"RFC822.SIZE"]) == len(message), name


def test_structures_are_good_grammar_and_every_section_fits(appended):
    for number, (name, message) in enumerate(CORPUS, 1):
        got = appended.fetch(number, b"ENVELOPE BODY BODYSTRUCTURE")
        try:
            check_envelope(got[b"ENVELOPE"])
            walk(got[b"BODY"], (), False, [])
            check_sections(appended, number, message, got[b"BODYSTRUCTURE"])
        except (AssertionError, TypeError, ValueError, IndexError, KeyError) as error:
            raise AssertionError(f"{name}: {message[:500]!r}\n{got[b'BODYSTRUCTURE']!r}"[:3000]) from error


def test_smtp_carries_what_smtp_can_and_pop3_gives_it_back(school, fresh):
    user = fresh("aneh")
    sent = [(name, message) for name, message in CORPUS if travels_by_smtp(message)]
    smtp = Wire(school, "smtp")

    def say(line, expected, refused=None):
        smtp.say(line)
        reply = smtp.line()
        while reply[3:4] == b"-":
            reply = smtp.line()
        assert reply.startswith(expected) or (refused and reply.startswith(refused)), reply
        return reply.startswith(expected)

    say(b"EHLO orang-luar.test", b"250")
    accepted = []
    for name, message in sent:
        say(b"MAIL FROM:<orang@luar.test> BODY=8BITMIME", b"250")
        say(b"RCPT TO:<%s>" % school.address(user).encode(), b"250")
        say(b"DATA", b"354")
        stuffed = re.sub(rb"(?m)^\.", b"..", message)
        if not say(stuffed + b".", b"250", b"552 5.3.4"):
            assert message.index(b"\r\n\r\n") > 200_000, name  # only a huge header is refused
            continue
        accepted.append(message)
    with school.imap(user) as watch:
        wait_until(lambda: int(watch.select("INBOX")[1][0]) == len(accepted), 60, "all deliveries")

    pop3 = Wire(school, "pop3s", tls=True)
    pop3.say(b"USER " + user.encode())
    assert pop3.line().startswith(b"+OK")
    pop3.say(b"PASS 123")
    assert pop3.line().startswith(b"+OK")
    left = {}
    for message in sorted(accepted, key=len, reverse=True):
        left[message] = left.get(message, 0) + 1
    for number in range(1, len(accepted) + 1):
        pop3.say(b"RETR %d" % number)
        assert pop3.line().startswith(b"+OK")
        while not pop3.bytes.endswith(b"\r\n.\r\n"):
            pop3.more()
        got, pop3.bytes = re.sub(rb"(?m)^\.\.", b".", pop3.bytes[:-3]), b""
        original = next((message for message in left if got.endswith(message)), None)
        assert original is not None, got[-2000:]
        trace = got[:-len(original)]
        assert re.fullmatch(rb"(?:[!-9;-~]+:[^\r\n]*\r\n(?:[ \t][^\r\n]*\r\n)*)*(?:\r\n)?", trace), trace[-500:]
        left[original] -= 1
        if not left[original]:
            del left[original]
    assert not left
