"""Mail for a school as strangers send it on port 25, in several sessions at once, and the other server that an alias sends
it on to. What got its 250 is written down: a crash test compares it with what arrived."""

import smtplib
import socketserver
import threading
import time
from collections import defaultdict

SIZE = 2000  # bytes of a body


class Sink(socketserver.ThreadingTCPServer):
    """Another school's server on a free port of loopback: takes everything. `taken`: subject -> when the connections began
    that brought it (time.monotonic())."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self):
        self.taken = defaultdict(list)
        super().__init__(("127.0.0.1", 0), Sink.Session)
        self.route = f"[127.0.0.1]:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()

    def handle_error(self, request, client_address):
        """A killed daemon's connection breaks: no news."""

    class Session(socketserver.StreamRequestHandler):
        def say(self, text):
            self.wfile.write(text.encode() + b"\r\n")

        def handle(self):
            began = time.monotonic()
            self.say("220 mx.far.example")
            for line in self.rfile:
                verb = line[:4].upper()
                if verb == b"DATA" and not self.take(began):
                    return
                self.say("221 bye" if verb == b"QUIT" else "250 fine")
                if verb == b"QUIT":
                    return

        def take(self, began):
            """Whether the mail came to its end."""
            self.say("354 go on")
            subject = ""
            for line in self.rfile:
                if line == b".\r\n":
                    self.server.taken[subject].append(began)
                    return True
                if line.lower().startswith(b"subject:") and not subject:
                    subject = line[8:].decode().strip()
            return False


class Load:
    """Threads that send numbered mails over port 25 until `goal` have been answered with 250, or stop() is called. A session
    that breaks opens a new one and goes on with a new mail. `envelope(number)`: the local parts that a mail is for."""

    def __init__(self, school, envelope, goal=float("inf"), sessions=6):
        self.school, self.envelope, self.goal = school, envelope, goal
        self.lock = threading.Lock()
        self.number = 0
        self.acknowledged = {}  # subject -> its local parts
        self.refusals = defaultdict(int)  # reply code -> how often
        self.broken = 0
        self.errors = []
        self.threads = [threading.Thread(target=self.guarded, daemon=True) for _ in range(sessions)]
        for thread in self.threads:
            thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.goal = 0  # also when the test has failed

    def stop(self, seconds=120):
        """Nothing new is begun; waits for what is under way."""
        self.goal = 0
        self.join(seconds)

    def join(self, seconds):
        end = time.monotonic() + seconds
        for thread in self.threads:
            thread.join(max(0, end - time.monotonic()))
        assert not self.errors, self.errors
        assert not any(thread.is_alive() for thread in self.threads), f"{len(self.acknowledged)} mails in {seconds} s"

    def guarded(self):
        try:
            self.work()
        except Exception as error:  # a thread of ours: the test shows it
            self.errors.append(error)

    def work(self):
        client = None
        while (number := self.next_number()) is not None:
            try:
                client = client or self.school.smtp()
                self.send(client, number)
            except smtplib.SMTPRecipientsRefused as refused:
                self.count(*(code for code, _ in refused.recipients.values()))
            except smtplib.SMTPResponseException as refused:
                self.count(refused.smtp_code)
                client = client if client and client.sock else None
            except (OSError, smtplib.SMTPServerDisconnected):
                with self.lock:
                    self.broken += 1
                client = None  # not acknowledged: it may or may not arrive, but not twice

    def send(self, client, number):
        subject, parts = f"n{number}", self.envelope(number)
        text = f"From: other@example.net\r\nSubject: {subject}\r\nMessage-ID: <{subject}@example.net>\r\n\r\n" + f"surat {number}\r\n"
        text += ("isi surat " * 7 + "\r\n") * (SIZE // 72)
        refused = client.sendmail("other@example.net", [self.school.address(part) for part in parts], text)
        self.count(*(code for code, _ in refused.values()))
        with self.lock:
            self.acknowledged[subject] = [part for part in parts if self.school.address(part) not in refused]

    def count(self, *codes):
        with self.lock:
            for code in codes:
                self.refusals[code] += 1

    def next_number(self):
        with self.lock:
            if len(self.acknowledged) >= self.goal:
                return None
            self.number += 1
            return self.number
