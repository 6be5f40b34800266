"""IMAP as it is on the wire, for tests that look at every response: nothing is hidden, nothing is repaired.

    client = Wire(port, "ali")                                     plain, logged in
    answer = client.command("FETCH 1:* (FLAGS)")                   answer.status "OK", .code, .text, .responses
    client.command("APPEND INBOX", literal(raw))

A response is a list of words: an atom is a str, a quoted string or literal bytes, a list a list, NIL None; a section stays in its atom
("BODY[HEADER.FIELDS (FROM)]"). A status response is ["OK", code or None, text].
"""

import re
import socket
from dataclasses import dataclass, field

ATOM_END = b' ()\r\n"'


@dataclass
class Answer:
    status: str
    code: str
    text: str
    responses: list = field(default_factory=list)

    def __bool__(self):
        return self.status == "OK"

    def all(self, name):
        """The responses of that name, without it: `all("SEARCH")`; for "FETCH", "EXPUNGE", "EXISTS" the number comes first."""
        found = []
        for words in self.responses:
            if words[0] == name:
                found.append(words[1:])
            elif len(words) > 1 and words[1] == name:
                found.append([words[0]] + words[2:])
        return found


class Literal(bytes):
    """Bytes that are sent as a non-synchronising literal."""


def literal(data):
    return Literal(data)


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


class Wire:
    def __init__(self, port, login=None, password="123", tls=None, timeout=60):
        self.socket = socket.create_connection(("localhost" if tls else "127.0.0.1", port), timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_hostname="localhost")
        self.buffer = b""
        self.number = 0
        self.log = []  # the last lines, for the message of a failed test
        self.greeting = self.response()
        if login is not None:
            answer = self.command(f"LOGIN {login} {password}")
            assert answer, answer

    def close(self):
        self.socket.close()

    # Sending.

    def send(self, *parts):
        """A command with a new tag, parts joined by spaces; gives the tag. Nothing is read."""
        self.number += 1
        tag = f"t{self.number}"
        data = tag.encode()
        for part in parts:
            data += b" " + (b"{%d+}\r\n" % len(part) + part if isinstance(part, Literal) else
                            part if isinstance(part, bytes) else part.encode())
        self.note(b"C: " + data[:300])
        self.socket.sendall(data + b"\r\n")
        return tag

    def send_raw(self, data):
        self.note(b"C: " + data[:300])
        self.socket.sendall(data)

    def command(self, *parts):
        return self.answer(self.send(*parts))

    def answer(self, tag):
        """Reads up to the tagged response of that command."""
        responses = []
        while True:
            words = self.response()
            if words[0] == tag:
                return Answer(words[1], words[2], words[3], responses)
            assert words[0] != "BYE" or self.number_is_logout(), f"the server said goodbye: {words}\n{self.history()}"
            responses.append(words)

    def number_is_logout(self):
        return any(b"LOGOUT" in line for line in self.log[-10:])

    # Reading.

    def response(self):
        """The next response, without its "*"; a tagged one begins with its tag, a continuation with "+"."""
        data = self.read_response()
        self.note(b"S: " + data[:300])
        start, _, rest = data.partition(b" ")
        if start == b"+":
            return ["+", rest.decode(errors="replace")]
        status = re.match(rb"(OK|NO|BAD|BYE|PREAUTH)(?: \[([^\]]*)\])?(?: ?)(.*)", rest, re.S)
        if status:
            words = [status[1].decode(), status[2].decode() if status[2] is not None else None, status[3].decode(errors="replace")]
        else:
            words, end = parse(rest, 0)
            assert end == len(rest), f"what does not belong to it in {data!r}"
        return words if start == b"*" else [start.decode(), *words]

    def has_response(self, seconds=0.0):
        """Whether a response has begun to arrive."""
        if self.buffer:
            return True
        self.socket.settimeout(seconds or 0.000001)
        try:
            self.buffer += self.socket.recv(65536)
            return True
        except (TimeoutError, BlockingIOError, socket.timeout):
            return False
        except OSError as error:
            if "timed out" in str(error) or "did not complete" in str(error):
                return False
            raise
        finally:
            self.socket.settimeout(60)

    def read_response(self):
        """A line and the literals inside it, without its CR LF."""
        at = 0
        while True:
            end = self.need(lambda: self.buffer.find(b"\r\n", at))
            size = re.search(rb"\{(\d+)\}$", self.buffer[at:end]) or re.search(rb"\{(\d+)\}$", self.buffer[:end])
            if not size:
                data, self.buffer = self.buffer[:end], self.buffer[end + 2:]
                return data
            at = end + 2 + int(size[1])
            self.need(lambda: 0 if len(self.buffer) >= at else -1)

    def need(self, found):
        while (position := found()) < 0:
            piece = self.socket.recv(1 << 18)
            assert piece, f"the server hung up\n{self.history()}"
            self.buffer += piece
        return position

    def note(self, line):
        self.log.append(line)
        if len(self.log) > 400:
            del self.log[:200]

    def history(self, lines=40):
        return "\n".join(line.decode(errors="replace") for line in self.log[-lines:])


def parse(data, at, closing=None):
    """Words from `at` up to the closing parenthesis (or the end); gives them and where it stopped."""
    words = []
    while at < len(data):
        byte = data[at:at + 1]
        if byte == b" ":
            at += 1
        elif byte == b"(":
            inner, at = parse(data, at + 1, b")")
            words.append(inner)
        elif byte == b")":
            assert closing == b")", f"a parenthesis too many at {at}: {data[:300]!r}"
            return words, at + 1
        elif byte == b'"':
            value, at = parse_quoted(data, at + 1)
            words.append(value)
        elif (found := re.compile(rb"~?\{(\d+)\}\r\n").match(data, at)):
            at = found.end() + int(found[1])
            words.append(data[found.end():at])
        else:
            atom, at = parse_atom(data, at)
            words.append(None if atom == "NIL" else atom)
    assert closing is None, f"a parenthesis is missing: {data[:300]!r}"
    return words, at


def parse_quoted(data, at):
    value = b""
    while data[at:at + 1] != b'"':
        assert at < len(data), f"a quote is missing: {data[:300]!r}"
        if data[at:at + 1] == b"\\":
            at += 1
        value += data[at:at + 1]
        at += 1
    return value, at + 1


def parse_atom(data, at):
    start = at
    while at < len(data) and data[at] not in ATOM_END:
        if data[at:at + 1] == b"[":
            at = data.index(b"]", at)
        at += 1
    assert at > start, f"an empty word at {at}: {data[:300]!r}"
    return data[start:at].decode(errors="replace"), at
