"""kill -9 of any daemon at any moment: nothing acknowledged is lost, nothing comes twice, and service is back in a second."""

import random
import smtplib
import socket
import threading
import time
from collections import Counter

import pytest

from support.appliance import count, wait_until

DELIVERIES = 500
SENDERS = 6
DAEMONS = ["maild-in", "maild-box", "dnsd", "dns-keeper", "httpd"]


def answers_tcp(school, port, say=b""):
    with socket.create_connection((school.host, school.ports[port]), 5) as client:
        client.settimeout(5)
        if say:
            client.sendall(say)
        return bool(client.recv(100))


def answers_dns(school):
    query = b"\x12\x34\x01\x00\x00\x01" + bytes(6) + b"\x03www\x0esmkn1pendalian\x03sch\x02id\x00\x00\x01\x00\x01"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(0.1)
        client.sendto(query, (school.host, school.ports["dns"]))
        return client.recv(512)[:2] == b"\x12\x34"


def keeper_answers(school):
    """A NOTIFY for a zone that we are the primary of is refused by the keeper with NOTAUTH."""
    notify = b"\x12\x34\x20\x00\x00\x01" + bytes(6) + b"\x0esmkn1pendalian\x03sch\x02id\x00\x00\x06\x00\x01"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(1)
        client.sendto(notify, (school.host, school.ports["dns"]))
        reply = client.recv(512)
        return reply[:2] == b"\x12\x34" and reply[3] & 15 == 9


ASK = {
    "dnsd": answers_dns,
    "dns-keeper": keeper_answers,
    "maild-in": lambda school: answers_tcp(school, "smtp"),
    "maild-box": lambda school: answers_tcp(school, "imap"),
    "httpd": lambda school: answers_tcp(school, "http", b"GET / HTTP/1.0\r\n\r\n"),
}


def until_answered(school, daemon):
    def ask():
        try:
            return ASK[daemon](school)
        except OSError:
            return False

    wait_until(ask, 20, f"an answer of {daemon}")


@pytest.mark.parametrize("daemon", DAEMONS)
def test_a_killed_daemon_answers_again_within_a_second(school, daemon):
    until_answered(school, daemon)
    old = school.kill(daemon)
    began = time.monotonic()
    until_answered(school, daemon)
    took = time.monotonic() - began
    assert school.pid(daemon) != old
    assert took < 1.0, f"{daemon} took {took:.2f} s"


class Senders:
    """Threads that send numbered mails, over and over, until enough have been answered with 250."""

    def __init__(self, school, recipients):
        self.school, self.recipients = school, recipients
        self.lock = threading.Lock()
        self.number = 0
        self.acknowledged = []
        self.errors = []
        self.threads = [threading.Thread(target=self.guarded) for _ in range(SENDERS)]

    def guarded(self):
        try:
            self.work()
        except Exception as error:  # a thread of ours: the test shows it
            self.errors.append(error)

    def work(self):
        client = None
        while (name := self.next_name()) is not None:
            message = f"Subject: {name}\r\n\r\nsurat {name}\r\n".encode()
            try:
                client = client or self.school.smtp()
                client.sendmail("other@example.net", [self.school.address(self.recipient(name))], message)
            except (OSError, smtplib.SMTPServerDisconnected, smtplib.SMTPResponseException,
                    smtplib.SMTPRecipientsRefused):
                client = None  # not acknowledged: it may or may not arrive, but not twice
                continue
            with self.lock:
                self.acknowledged.append(name)

    def recipient(self, name):
        return self.recipients[int(name[1:]) % len(self.recipients)]

    def next_name(self):
        with self.lock:
            if len(self.acknowledged) >= DELIVERIES:
                return None
            self.number += 1
            return f"n{self.number}"


def subjects(school, login):
    client = school.imap(login)
    client.select("INBOX", readonly=True)
    if not count(client):
        return []
    data = client.fetch("1:*", "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])")[1]
    client.logout()
    return [part[1].decode().split(":")[1].strip() for part in data if isinstance(part, tuple)]


def test_500_deliveries_with_kills_at_random_moments_arrive_exactly_once(school, fresh):
    seed = random.randrange(1 << 30)
    print("seed", seed)
    chance = random.Random(seed)
    recipients = [fresh("tujuan") for _ in range(4)]
    senders = Senders(school, recipients)
    for thread in senders.threads:
        thread.start()
    kills = Counter()
    for step in range(10):
        goal = (step + 1) * DELIVERIES // 12
        wait_until(lambda: len(senders.acknowledged) >= goal or senders.errors, 60, f"{goal} acknowledged mails")
        time.sleep(chance.uniform(0, 0.03))  # the moment of the kill is the point of the test
        daemon = chance.choice(["maild-in", "maild-box", "maild-in", "maild-box", "dnsd", "dns-keeper", "httpd"])
        school.kill(daemon)
        kills[daemon] += 1
        until_answered(school, daemon)
    for thread in senders.threads:
        thread.join(120)
    assert not senders.errors, senders.errors

    def arrived():
        return Counter(name for login in recipients for name in subjects(school, login))

    wait_until(lambda: set(senders.acknowledged) <= set(arrived()), 60, "the arrival of every acknowledged mail")
    twice = {name: times for name, times in arrived().items() if times > 1}
    assert not twice, f"delivered twice: {twice} (kills: {kills})"
