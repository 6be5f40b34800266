"""500 people at once, slow ones among them, and what breaks meanwhile: everybody gets his own pages, and nobody waits for the slow."""

import http.client
import os
import re
import select
import socket
import sqlite3
import ssl
import threading
import time

import pytest

from httpd.test_http_server import Client, http_get
from support.appliance import Appliance, wait_until
from support.full_disk import fill

PEOPLE = 500
BROWSERS = 10


@pytest.fixture(scope="module")
def crowd(school):
    """500 people, each with one mail of his own, logged in."""
    table = school.state / "people.csv"
    table.write_text("login,password\n" + "".join(f"murid{number},123\n" for number in range(PEOPLE)))
    school.kotakpos("user", "import", str(table))
    people = [Person(school, number) for number in range(PEOPLE)]
    in_parallel(people, lambda person: person.log_in())
    return people


class Person:
    def __init__(self, school, number):
        self.login, self.client = f"murid{number}", Kept(school)

    def log_in(self):
        assert self.client.log_in(self.login).status == 303, self.login

    def look(self):
        """The names on the page: his own and nobody else's."""
        page = self.client.get("/mail/INBOX")
        assert page.status == 200, (self.login, page.status)
        assert set(re.findall(r"murid\d+", page.text)) == {self.login}
        return page


class Kept(Client):
    """With one connection for all requests, like a browser."""

    connection = None

    def request(self, method, path, body=None, headers=None, host=None):
        self.connection = self.connection or http.client.HTTPSConnection("localhost", self.school.ports["https"], timeout=60,
                                                                         context=ssl._create_unverified_context())
        headers = {"Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items()), **(headers or {})}
        self.connection.request(method, path, body, headers)
        response = self.connection.getresponse()
        response.text = response.read().decode(errors="replace")
        for header in response.headers.get_all("Set-Cookie") or []:
            name, value = header.split(";")[0].split("=", 1)
            self.cookies[name] = value
        return response


def in_parallel(items, work):
    """`work(item)` for all, some at the same time; the first fault fails."""
    waiting, faults = list(items), []

    def go_on():
        while waiting and not faults:
            try:
                work(waiting.pop())
            except BaseException as fault:  # told to the test below
                faults.append(fault)

    threads = [threading.Thread(target=go_on) for _ in range(BROWSERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]


def facts(school):
    """Threads and memory (MiB) of httpd."""
    pid = school.pid("httpd")
    with open(f"/proc/{pid}/status") as status, open(f"/proc/{pid}/smaps_rollup") as memory:
        return (int(re.search(r"Threads:\s+(\d+)", status.read())[1]), int(re.search(r"Pss:\s+(\d+)", memory.read())[1]) / 1024)


def test_everybody_gets_his_own_pages(school, crowd):
    pid = school.pid("httpd")
    for _ in range(2):
        in_parallel(crowd, lambda person: person.look())
    threads, memory = facts(school)
    assert threads < 40 and memory < 80, (threads, memory)  # 500 kept TLS connections and sessions
    assert school.pid("httpd") == pid


def slow_request(school, data):
    plain = socket.create_connection(("127.0.0.1", school.ports["http"]), timeout=20)
    plain.sendall(data)
    return plain


HEADS = {"head": b"GET / HTTP/1.1\r\nHost: localhost\r\nX-", "nothing": b"",
         "body": b"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\nlogin="}


@pytest.mark.parametrize("kind", HEADS)
def test_five_hundred_slow_connections_lock_nobody_out(school, crowd, kind):
    slow = [slow_request(school, HEADS[kind]) for _ in range(500)]
    try:
        for _ in range(3):  # and they go on, byte by byte
            for connection in slow:
                connection.sendall(b"a" if kind != "nothing" else b"")
            begin = time.monotonic()
            crowd[0].look()
            assert Client(school).get("/login").status == 200
            assert time.monotonic() - begin < 3
        threads, memory = facts(school)
        assert threads < 40, threads
    finally:
        for connection in slow:
            connection.close()


def test_a_head_that_drips_is_ended(school):
    with slow_request(school, b"GET / HTTP/1.1\r\n") as connection:
        begin, answer = time.monotonic(), b""
        while not answer and time.monotonic() - begin < 25:
            if select.select([connection], [], [], 1)[0]:
                answer = connection.recv(1000)
            else:
                connection.sendall(b"X")
        assert b" 408 " in answer and 10 < time.monotonic() - begin < 20


def test_those_who_read_nothing_lock_nobody_out(school, crowd):
    """A large file asked for by many who do not take it."""
    (school.state / "site" / "besar.bin").write_bytes(os.urandom(8_000_000))
    context = ssl._create_unverified_context()
    greedy = []
    try:
        for _ in range(60):
            plain = socket.create_connection(("127.0.0.1", school.ports["https"]), timeout=20)
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            stream = context.wrap_socket(plain)
            stream.sendall(b"GET /besar.bin HTTP/1.1\r\nHost: www.smkn1pendalian.sch.id\r\n\r\n")
            greedy.append(stream)
        begin = time.monotonic()
        crowd[1].look()
        assert Client(school).get("/login").status == 200
        assert time.monotonic() - begin < 3
    finally:
        for stream in greedy:
            stream.close()


def test_uploads_that_break_off_leave_nothing(school, fresh):
    login = fresh("putus")
    client = Client(school)
    client.log_in(login)
    client.letter("ali")
    cookie = "; ".join(f"{k}={v}" for k, v in client.cookies.items()).encode()
    head = (b"POST /compose HTTP/1.1\r\nHost: localhost\r\nCookie: " + cookie + b"\r\nContent-Type: multipart/form-data; boundary=B\r\n"
            b"Content-Length: 40000000\r\n\r\n--B\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\n")
    for _ in range(80):  # broken off, they give their memory back
        plain = socket.create_connection(("127.0.0.1", school.ports["https"]), timeout=20)
        stream = ssl._create_unverified_context().wrap_socket(plain)
        stream.sendall(head + b"x" * 3_000_000)
        stream.close()
    begin = time.monotonic()
    answer = client.post("/compose", client.letter(login, text="y" * 2_000_000, subject="sesudah"))
    assert answer.status == 303 and time.monotonic() - begin < 15
    school.wait_for_subject(login, "sesudah")
    assert school.subjects(login) == ["sesudah"]


def test_pages_while_the_mail_daemon_restarts(school, crowd):
    person = crowd[2]
    school.kill("maild-box")
    seen = set()

    def look():
        page = person.client.get("/mail/INBOX")
        seen.add(page.status)
        assert page.status in (200, 503)
        assert page.status == 200 or (page.headers["Refresh"] == "3" and page.headers["Retry-After"] == "3")
        return page.status == 200

    wait_until(look, 20, "the list")
    in_parallel(crowd[:100], lambda someone: someone.look())


def test_a_busy_school_database_makes_a_page_that_retries(school, crowd):
    with sqlite3.connect(school.state / "school" / "school.db", isolation_level=None) as database:
        database.execute("BEGIN IMMEDIATE")
        crowd[3].look()  # who is logged in notices nothing
        client = Client(school)
        answers = []
        thread = threading.Thread(target=lambda: answers.append(client.log_in("murid9")))
        thread.start()
        crowd[4].look()  # nor does he wait for whoever waits
        thread.join(60)
        database.execute("ROLLBACK")
    assert answers and answers[0].status in (303, 503), answers
    assert answers[0].status == 303 or answers[0].headers["Retry-After"]
    assert Client(school).log_in("murid9").status == 303


def test_a_full_disk_still_shows_pages(small_disk):
    state = os.path.join(small_disk, "state")
    os.mkdir(state)
    with Appliance(state=state) as other:
        client = Client(other)
        client.log_in("ali")
        assert client.get("/mail/INBOX").status == 200
        fill(small_disk)
        for path in ("/mail/INBOX", "/help", "/robots.txt"):
            assert client.get(path).status == 200, path
        assert http_get(other, "/ca.crt").status == 200
        assert client.get("/", host=f"www.{other.domain}").status == 200
        refused = Client(other).log_in("budi")
        assert refused.status in (303, 507), refused.status
