r"""Plays C:/S: transcripts against the real daemons. A transcript is tests/dialogues/PROTO/NAME.txt, PROTO one of smtp,
submission, imap, pop3:

    # users ali budi          fresh users with empty mailboxes and the password 123; this is the default. {ali} is the
                              login of this run, {ali.plain} its AUTH PLAIN answer, {domain} the school's domain
    # tls                     connect to the TLS port (submissions, imaps, pop3s)
    # login ali               log in before the first line (submission: TLS and AUTH PLAIN after EHLO)
    # mail ali Some subject   put a small message with that subject into ali's INBOX before the first line
    S: 220 {*}                a line from the server, compared literally; {*} is any text
    S: *                      any lines, until one that fits the next expected line
    S: 250 {capture:id}       keep a text; from then on {id} is that text
    C: EHLO client.example    a line to the server, sent with CR LF
    C! MAIL FROM:<>\n         bytes as they stand after the escapes \r \n \t \\ \0 \xNN: no CR LF is added
    C* 100000 a               bytes sent that many times (same escapes)
    C2: ... S2: ...           a second connection (its greeting is the first thing it says)
    = tls                     the TLS handshake now, after STARTTLS or STLS (= tls 2: of the second connection)
    = close                   the server ends the connection here (after it has sent nothing more)
    = mail ali Some subject   as above, in the middle
    = wait ali 2              wait until ali's INBOX holds so many messages
    ; words                   a comment, as is every line that starts with # and no word of the list above
"""

import base64
import difflib
import re
import socket
import ssl
import time
from pathlib import Path

from support.appliance import count, wait_until

FOLDER = Path(__file__).resolve().parents[1] / "dialogues"
TLS_PORTS = {"submission": "submissions", "imap": "imaps", "pop3": "pop3s"}
SECONDS = 15
ESCAPE = re.compile(rb"\\(x[0-9A-Fa-f]{2}|[rnt0\\])")
NAME = re.compile(r"\{([a-z][a-z0-9_.]*)\}")
STEP = re.compile(r"(C\*|C!|[CS])(\d?)(?:: ?|(?<=[!*]) )(.*)")
MESSAGE = ("Date: Sat, 21 Nov 2026 08:00:00 +0700\r\nFrom: Guru Satu <guru1@{domain}>\r\nTo: {login}@{domain}\r\n"
           "Subject: {subject}\r\nMessage-ID: <{number}.{login}@{domain}>\r\n\r\nIsi surat: {subject}\r\n")


class DialogueFailure(AssertionError):
    pass


def transcripts():
    """(protocol, path) of every transcript."""
    return [(path.parent.name, path) for path in sorted(FOLDER.glob("*/*.txt"))]


def unescape(text):
    table = {b"r": b"\r", b"n": b"\n", b"t": b"\t", b"0": b"\0", b"\\": b"\\"}
    return ESCAPE.sub(lambda m: bytes([int(m[1][1:], 16)]) if m[1][:1] == b"x" else table[m[1]], text.encode())


class Connection:
    def __init__(self, school, port):
        self.school = school
        self.socket = socket.create_connection((school.host, school.ports[port]), SECONDS)
        self.buffer = b""

    def start_tls(self):
        self.socket = self.school.tls().wrap_socket(self.socket, server_hostname="localhost")

    def send(self, data):
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass  # the server has hung up; what it said before is still to be read

    def line(self):
        """The next line without CR LF, or None at the end. A line that ends in a bare LF keeps it, to be seen."""
        while b"\n" not in self.buffer:
            try:
                data = self.socket.recv(65536)
            except (ConnectionResetError, ssl.SSLEOFError):
                data = b""
            except socket.timeout:
                raise DialogueFailure(f"the server said nothing more for {SECONDS} s; so far: {self.buffer!r}") from None
            if not data:
                rest, self.buffer = self.buffer, b""
                return rest.decode(errors="backslashreplace") if rest else None
            self.buffer += data
        line, _, self.buffer = self.buffer.partition(b"\n")
        text = line.decode(errors="backslashreplace")
        return text[:-1] if text.endswith("\r") else text + "\\n"


class Dialogue:
    def __init__(self, school, protocol, path, make_user):
        self.school, self.protocol, self.path, self.make_user = school, protocol, path, make_user
        self.names = {"domain": school.domain}
        self.connections = {}
        self.history = []
        self.mails = 0

    def play(self):
        lines = self.path.read_text().splitlines()
        self.prepare([line[1:].split() for line in lines if line.startswith("#")])
        steps = [(number, line) for number, line in enumerate(lines, 1) if line and line[0] not in "#;"]
        for index, (number, line) in enumerate(steps):
            self.number = number
            if line.startswith("="):
                self.act(line[1:].split())
                continue
            match = STEP.fullmatch(line)
            if not match:
                raise DialogueFailure(f"{self.path}:{number}: not a line of a transcript: {line}")
            kind, which, text = match.groups()
            if kind == "S":
                self.expect(self.connection(which), text, steps[index + 1:])
            else:
                self.say(self.connection(which), kind, text)
        for connection in self.connections.values():
            connection.socket.close()

    # Before the first line.

    def prepare(self, directives):
        words = {directive[0]: directive[1:] for directive in directives if directive}
        for name in words.get("users", ["ali", "budi"]):
            login = self.make_user(name)
            self.names[name] = login
            self.names[name + ".plain"] = plain_answer(login)
        for directive in directives:
            if directive and directive[0] == "mail":
                self.put_mail(directive[1], " ".join(directive[2:]))
        self.use_tls = "tls" in words or ("login" in words and self.protocol == "submission")
        if "login" in words:
            self.log_in(self.names[words["login"][0]])

    def log_in(self, login):
        connection = self.connection("")
        connection.line()
        if self.protocol == "imap":
            self.quietly(connection, f"login LOGIN {login} 123", "login ")
        elif self.protocol == "pop3":
            self.quietly(connection, f"USER {login}", "+OK")
            self.quietly(connection, "PASS 123", "+OK")
        else:
            self.quietly(connection, "EHLO client.example", "250 ")
            self.quietly(connection, "AUTH PLAIN " + plain_answer(login), "235 ")

    def quietly(self, connection, text, last):
        connection.send(text.encode() + b"\r\n")
        while (line := connection.line()) is not None:
            if line.startswith(last):
                return
            if line.startswith(("4", "5", "-ERR")):
                break
        raise DialogueFailure(f"{self.path}: the login failed: {text}: {line}")

    def put_mail(self, name, subject):
        self.mails += 1
        message = MESSAGE.format(domain=self.school.domain, login=self.names[name], subject=subject, number=self.mails)
        client = self.school.imap(self.names[name])
        answer, data = client.append("INBOX", None, '"21-Nov-2026 08:00:00 +0700"', message.encode())
        client.logout()
        assert answer == "OK", data

    # The lines.

    def connection(self, which):
        if which not in self.connections:
            port = TLS_PORTS[self.protocol] if self.use_tls else self.protocol
            self.connections[which] = Connection(self.school, port)
            if self.use_tls:
                self.connections[which].start_tls()
        return self.connections[which]

    def act(self, words):
        which = "2" if words[-1] == "2" and words[0] in ("tls", "close") else ""
        if words[0] == "tls":
            self.connection(which).start_tls()
        elif words[0] == "close":
            line = self.connection(which).line()
            if line is not None:
                self.fail("(the connection is closed)", line)
        elif words[0] == "mail":
            self.put_mail(words[1], " ".join(words[2:]))
        elif words[0] == "wait":
            wait_until(lambda: self.inbox_size(self.names[words[1]]) >= int(words[2]), 20, f"{words[2]} messages")
        else:
            raise DialogueFailure(f"{self.path}:{self.number}: unknown action {words}")

    def inbox_size(self, login):
        client = self.school.imap(login)
        client.select("INBOX", readonly=True)
        size = count(client)
        client.logout()
        return size

    def filled(self, text):
        return NAME.sub(lambda m: self.names.get(m[1], m[0]), text)

    def say(self, connection, kind, text):
        text = self.filled(text)
        self.history.append(f"{kind}: {text}"[:200])
        if kind == "C":
            connection.send(text.encode() + b"\r\n")
        elif kind == "C!":
            connection.send(unescape(text))
        else:
            times, _, piece = text.partition(" ")
            connection.send(unescape(piece) * int(times))

    def pattern(self, expected):
        """The expected line as a regular expression."""
        parts = re.split(r"(\{\*\}|\{capture:[a-z0-9_]+\})", self.filled(expected))
        result = ""
        for part in parts:
            if part == "{*}":
                result += ".*"
            elif part.startswith("{capture:"):
                result += f"(?P<{part[9:-1]}>.+?)"
            else:
                result += re.escape(part)
        return re.compile(result, re.DOTALL)

    def expect(self, connection, expected, later):
        if expected == "*":
            self.skip_to(connection, later)
            return
        line = connection.line()
        match = self.pattern(expected).fullmatch(line) if line is not None else None
        if not match:
            self.fail(self.filled(expected), line)
        self.names.update(match.groupdict())
        self.history.append(f"S: {line}"[:200])

    def skip_to(self, connection, later):
        """Drops lines up to the one that the next S: line expects; that one is put back."""
        wanted = next((m[3] for _, line in later if (m := STEP.fullmatch(line)) and m[1] == "S"), None)
        if wanted is None:
            return
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            line = connection.line()
            if line is None:
                break
            if self.pattern(wanted).fullmatch(line):
                connection.buffer = line.encode() + b"\r\n" + connection.buffer
                return
            self.history.append(f"S: {line}"[:200])
        self.fail(self.filled(wanted), None)

    def fail(self, expected, got):
        got = "(the connection is closed)" if got is None else got
        told = "\n".join("    " + line for line in self.history[-15:])
        difference = "\n".join(difflib.ndiff([expected], [got]))
        raise DialogueFailure(f"{self.path}:{self.number}\n{told}\n  expected: {expected}\n  got:      {got}\n{difference}")


def plain_answer(login, password="123"):
    return base64.b64encode(f"\0{login}\0{password}".encode()).decode()
