"""HTTP/1.1 as it is on the wire: kept connections, compression, ranges, conditions, files, the access log, a renewed certificate."""

import gzip
import os
import re
import socket
import ssl
import subprocess
import time

import pytest

from httpd.test_http_server import Client, http_get, raw
from support.appliance import DOMAIN, wait_until

WWW = f"www.{DOMAIN}"


@pytest.fixture
def client(school):
    return Client(school)


@pytest.fixture
def site(school):
    return school.state / "site"


def connect(school):
    plain = socket.create_connection(("localhost", school.ports["https"]), timeout=20)
    return ssl._create_unverified_context().wrap_socket(plain, server_hostname="localhost")


def read_answer(stream, head_only=False):
    """One answer with a Content-Length; gives status line, headers and body."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += stream.recv(1)
    lines = data.decode().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines[1:] if line)
    body = b""
    while not head_only and len(body) < int(headers.get("content-length", 0)):
        body += stream.recv(int(headers["content-length"]) - len(body))
    return lines[0], headers, body


def get(path, host="localhost", more="", method="GET", version="1.1"):
    return f"{method} {path} HTTP/{version}\r\nHost: {host}\r\n{more}\r\n".encode()


def test_a_connection_is_kept_and_pipelined_requests_are_answered_in_order(school):
    with connect(school) as stream:
        stream.sendall(get("/login"))
        assert read_answer(stream)[0] == "HTTP/1.1 200 OK"
        stream.sendall(get("/robots.txt") + get("/nichts") + get("/ca.crt"))
        assert read_answer(stream)[2].startswith(b"User-agent")
        assert read_answer(stream)[0].startswith("HTTP/1.1 404")
        assert read_answer(stream)[2].startswith(b"-----BEGIN CERTIFICATE")
        for piece in get("/robots.txt"):  # byte by byte
            stream.sendall(bytes([piece]))
        assert read_answer(stream)[2].startswith(b"User-agent")
        stream.sendall(get("/robots.txt", more="Connection: close\r\n"))
        assert read_answer(stream)[1]["connection"] == "close" and stream.recv(1) == b""


def test_old_clients_get_one_answer_or_ask_for_more(school):
    assert raw(school, get("/robots.txt", version="1.0")).count(b"HTTP/1.1 200") == 1
    with connect(school) as stream:
        for _ in range(2):
            stream.sendall(get("/robots.txt", more="Connection: keep-alive\r\n", version="1.0"))
            assert read_answer(stream)[1]["connection"] == "keep-alive"


@pytest.mark.parametrize("path, host", [("/login", "localhost"), ("/", WWW), ("/nichts", WWW), ("/robots.txt", "localhost")])
def test_head_says_what_get_would_send(school, path, host):
    with connect(school) as stream:
        stream.sendall(get(path, host, method="HEAD"))
        status, headers, _ = read_answer(stream, head_only=True)
        stream.sendall(get(path, host))
        assert read_answer(stream)[0] == status and re.search(" GMT$", headers["date"], re.I)
        assert int(headers["content-length"]) > 0


def test_the_body_is_asked_for_when_the_client_waits(school):
    body = b"login=x&password=y"
    head = f"Expect: 100-continue\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n"
    with connect(school) as stream:
        stream.sendall(get("/login", more=head, method="POST"))
        assert read_answer(stream)[0] == "HTTP/1.1 100 Continue"
        stream.sendall(body)
        assert " 403 " in read_answer(stream)[0]
        too_large = head.replace(str(len(body)), str(10**12))
        stream.sendall(get("/login", more=too_large, method="POST"))
        assert " 413 " in read_answer(stream)[0] and stream.recv(1) == b""


def test_pages_are_compressed_and_their_tokens_are_masked(client):
    plain = client.get("/login")
    packed = client.request("GET", "/login", headers={"Accept-Encoding": "gzip"})
    assert plain.headers["Content-Encoding"] is None and plain.headers["Vary"] == packed.headers["Vary"] == "Accept-Encoding"
    assert packed.headers["Content-Encoding"] == "gzip" and int(packed.headers["Content-Length"]) < len(plain.text) * 0.6
    tokens = {client.token(client.get("/login").text) for _ in range(5)}
    assert len(tokens) == 5
    for token in tokens:  # all of them are good: what is wrong is the password
        assert client.post("/login", {"csrf": token, "login": "ali", "password": "x"}).status in (403, 429)
    forged = f"{int(tokens.pop(), 16) ^ 1:032x}"
    assert b"403" in str(client.post("/login", {"csrf": forged, "login": "ali", "password": "123"}).status).encode()
    assert client.get("/mail/INBOX").status == 303


def test_static_files_are_small_and_kept_for_ever(client):
    page = client.get("/login").text
    total = len(gzip.compress(page.encode()))
    files = re.findall(r'(?:href|src)="(/static/[^"]+)"', page)
    for path in files:
        answer = client.get(path)
        assert answer.status == 200 and "immutable" in answer.headers["Cache-Control"], path
        again = client.get(path, headers={"If-None-Match": answer.headers["ETag"]})
        assert again.status == 304 and again.text == "" and "immutable" in again.headers["Cache-Control"]
        packed = client.request("GET", path, headers={"Accept-Encoding": "gzip"})
        total += int(packed.headers["Content-Length"])
    assert 0 < len(set(files)) + 1 <= 6 and total <= 60_000


def test_ranges_of_a_file(site, client):
    data = os.urandom(3_000_000)
    (site / "film.mp4").write_bytes(data)
    whole = client.get("/film.mp4", host=WWW)
    assert whole.headers["Accept-Ranges"] == "bytes" and int(whole.headers["Content-Length"]) == len(data)
    etag = whole.headers["ETag"]

    def part(wanted, **more):
        with connect(client.school) as stream:
            fields = "".join(f"{name}: {value}\r\n" for name, value in {"Range": wanted, **more}.items())
            stream.sendall(get("/film.mp4", WWW, fields))
            return read_answer(stream)

    status, headers, body = part("bytes=1000-1999")
    assert "206" in status and body == data[1000:2000] and headers["content-range"] == f"bytes 1000-1999/{len(data)}"
    assert part("bytes=-2000000")[2] == data[-2_000_000:]
    assert part("bytes=2999990-")[2] == data[-10:]
    assert part("bytes=0-0", **{"If-Range": etag})[2] == data[:1]
    assert part("bytes=0-0", **{"If-Range": '"other"'})[2] == data
    assert part("bytes=0-1,5-6")[2] == data
    status, headers, body = part("bytes=3000000-")
    assert "416" in status and headers["content-range"] == f"bytes */{len(data)}" and body == b""


def test_conditions_of_a_file(site, client):
    (site / "berita.txt").write_text("berita " * 300)
    first = client.get("/berita.txt", host=WWW)
    etag, modified = first.headers["ETag"], first.headers["Last-Modified"]
    for headers, status in (({"If-None-Match": etag}, 304), ({"If-None-Match": f'"x", W/{etag}'}, 304), ({"If-Modified-Since": modified}, 304),
                            ({"If-None-Match": '"x"', "If-Modified-Since": modified}, 200), ({"If-Match": '"x"'}, 412),
                            ({"If-Unmodified-Since": "Sun, 06 Nov 1994 08:49:37 GMT"}, 412), ({"If-Match": etag}, 200)):
        assert client.get("/berita.txt", host=WWW, headers=headers).status == status, headers
    packed = client.request("GET", "/berita.txt", host=WWW, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["ETag"] == f"W/{etag}"
    assert client.get("/berita.txt", host=WWW, headers={"If-None-Match": packed.headers["ETag"]}).status == 304


def test_the_site_gives_its_files_and_nothing_else(school, site, client):
    (site / "galeri").mkdir()
    for number in range(5000):
        (site / "galeri" / f"foto-{number}.jpg").touch()
    (site / ".git").mkdir()
    (site / ".git" / "config").write_text("rahasia")
    (site / "keluar").symlink_to(school.state / "kotakpos.conf")
    (site / "rumah").symlink_to("/etc")
    (site / "dalam.txt").symlink_to("galeri/foto-1.jpg")
    os.mkfifo(site / "pipa")
    (site / "belajar").mkdir()
    (site / "belajar" / "index.html").write_text("<h1>belajar</h1>")
    (site / "Tugas Bahasa é.pdf").write_bytes(b"%PDF")
    begin = time.monotonic()
    for path in ("/galeri/", "/galeri/index.html", "/.git/config", "/keluar", "/rumah/passwd", "/pipa", "/%2e%2e/kotakpos.conf",
                 "/galeri/..%2f..%2fkotakpos.conf", "/galeri/../../kotakpos.conf", "/%00", "/%ff", "/belajar/index.html/x"):
        answer = client.get(path, host=WWW)
        assert answer.status == 404 and "rahasia" not in answer.text, path
    assert time.monotonic() - begin < 5
    assert client.get("/belajar", host=WWW).headers["Location"] == "/belajar/"
    assert client.get("/belajar/", host=WWW).text == "<h1>belajar</h1>"
    assert client.get("/dalam.txt", host=WWW).status == 200
    assert client.get("/Tugas%20Bahasa%20%C3%A9.pdf", host=WWW).headers["Content-Type"] == "application/pdf"
    assert client.post("/belajar/", {"x": "y"}).status in (303, 404) and client.request("POST", "/", host=WWW).status == 405
    (site / "404.html").write_text("<h1>tidak ada di sini</h1>")
    assert client.get("/x", host=WWW).text == "<h1>tidak ada di sini</h1>"


def test_the_access_log_counts_without_watching(school, fresh, client):
    login = fresh("diam")
    client.log_in(login)
    client.get("/mail/INBOX?q=rahasia")
    client.get("/belajar%22%0Apalsu?x=rahasia", host=WWW)
    client.get("/mail/INBOX/1/rahasia/x/y")
    http_get(school, "/mail/INBOX/1")
    raw(school, b"GET / HTTP/1.1\nHost: x\n\n")
    lines = (school.state / "web" / "access.log").read_text().splitlines()
    shape = re.compile(r'\S+ \S+ - - \[\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\] "\w+ \S+ HTTP/1\.[01]" \d{3} \d+ "-" "-" \d+us')
    assert all(shape.fullmatch(line) for line in lines), [line for line in lines if not shape.fullmatch(line)]
    text = "\n".join(lines)
    assert '"GET /mail/:folder HTTP/1.1" 200' in text and '"POST /login HTTP/1.1" 303' in text
    assert f"{WWW} 127.0.0.1 - - " in text and "/belajar%22%0Apalsu HTTP/1.1\" 404" in text
    assert "rahasia" not in text and login not in text and "INBOX" not in text


def certificate_of(stream):
    return stream.getpeercert(binary_form=True)


def test_a_renewed_certificate_is_taken_without_a_restart(school):
    tls = school.state / "tls"
    before = {name: (tls / name).read_bytes() for name in ("server.crt", "server.key")}
    pid = school.pid("httpd")
    made = [school.state / "new.crt", school.state / "new.key"]
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                    "-subj", "/CN=renewed", "-out", made[0], "-keyout", made[1]], check=True, capture_output=True)
    with connect(school) as kept:
        old = certificate_of(kept)
        try:
            (tls / "server.crt").write_bytes(made[0].read_bytes())  # only half of it
            wait_until(lambda: certificate_seen(school) and "certificate-unusable" in school.log_text(), 10, "the half being noticed")
            assert certificate_seen(school) == old
            (tls / "server.key").write_bytes(made[1].read_bytes())
            wait_until(lambda: certificate_seen(school) != old, 10, "the new certificate")
            kept.sendall(get("/robots.txt"))
            assert "200" in read_answer(kept)[0]
        finally:
            for name, data in before.items():
                (tls / name).write_bytes(data)
        wait_until(lambda: certificate_seen(school) == old, 10, "the old certificate")
    assert school.pid("httpd") == pid


def certificate_seen(school):
    with connect(school) as stream:
        return certificate_of(stream)
