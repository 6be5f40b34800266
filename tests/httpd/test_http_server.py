"""The web server on the wire: redirects, hosts, headers, tokens, and what broken or hostile clients send."""

import http.client
import re
import socket
import ssl
import threading

import pytest

from support.appliance import Appliance, wait_until


class Client:
    """A browser without a screen: keeps cookies, sends forms."""

    def __init__(self, school):
        self.school = school
        self.cookies = {}

    def request(self, method, path, body=None, headers=None, host=None):
        context = ssl._create_unverified_context()
        connection = http.client.HTTPSConnection("localhost", self.school.ports["https"], context=context, timeout=30)
        headers = {"Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items()), **(headers or {})}
        if host:
            headers["Host"] = host
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        response.text = response.read().decode(errors="replace")
        for header in response.headers.get_all("Set-Cookie") or []:
            name, value = header.split(";")[0].split("=", 1)
            self.cookies[name] = value
            if "Max-Age=0" in header:
                del self.cookies[name]
        connection.close()
        return response

    def get(self, path, **more):
        return self.request("GET", path, **more)

    def post(self, path, fields, headers=None):
        boundary = "----TestBoundary7"
        parts = "".join(f'--{boundary}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in fields.items())
        return self.request("POST", path, (parts + f"--{boundary}--\r\n").encode(),
                            {"Content-Type": f"multipart/form-data; boundary={boundary}", **(headers or {})})

    def token(self, page):
        return re.search(r'name="csrf" value="([0-9a-f]{32})"', page).group(1)

    def log_in(self, login, password="123", **more):
        page = self.get("/login").text
        return self.post("/login", {"csrf": self.token(page), "login": login, "password": password, **more})

    def letter(self, to, **more):
        """The fields of a compose form as the page gives them, filled in."""
        page = self.get("/compose").text
        form = re.search(r'name="token" value="([0-9a-f]{32})"', page).group(1)
        return {"csrf": self.token(page), "token": form, "to": to, "subject": "Halo", "text": "isi", "do": "send", **more}


@pytest.fixture
def client(school):
    return Client(school)


def http_get(school, path, host="mail.smkn1pendalian.sch.id"):
    connection = http.client.HTTPConnection("localhost", school.ports["http"], timeout=10)
    connection.request("GET", path, headers={"Host": host})
    response = connection.getresponse()
    response.text = response.read()
    return response


def raw(school, data, tls=True):
    """Sends bytes, gives everything that comes back until the server closes."""
    port = school.ports["https" if tls else "http"]
    with socket.create_connection(("localhost", port), timeout=20) as plain:
        stream = ssl._create_unverified_context().wrap_socket(plain, server_hostname="localhost") if tls else plain
        answer = b""
        try:
            stream.sendall(data)
            while piece := stream.recv(65536):
                answer += piece
        except (ssl.SSLError, ConnectionError):
            pass
        return answer


def test_http_redirects_to_https_at_the_same_host_but_gives_the_certificate(school):
    moved = http_get(school, "/mail/INBOX?x=1", "mail.smkn1pendalian.sch.id:1")
    assert moved.status == 301
    assert moved.headers["Location"] == f"https://mail.smkn1pendalian.sch.id:{school.ports['https']}/mail/INBOX?x=1"
    for host in ("localhost", "www.smkn1pendalian.sch.id", "192.168.10.1"):
        certificate = http_get(school, "/ca.crt", host)
        assert certificate.headers["Content-Type"] == "application/x-x509-ca-cert"
        assert certificate.text == (school.state / "ca.crt").read_bytes()
    assert http_get(school, "/", 'evil"/x').status == 400


def test_the_certificate_is_good_for_the_names_of_the_box(school):
    for name in ("localhost", "mail.smkn1pendalian.sch.id", "www.smkn1pendalian.sch.id"):
        with socket.create_connection(("127.0.0.1", school.ports["https"]), timeout=10) as plain:
            with school.tls().wrap_socket(plain, server_hostname=name) as stream:
                assert stream.version() in ("TLSv1.2", "TLSv1.3")


def test_the_school_page_is_a_folder_that_people_edit(school, client):
    host = f"www.{school.domain}"
    site = school.state / "site"
    assert client.get("/", host=host).status == 200
    (site / "kelas").mkdir(exist_ok=True)
    (site / "kelas" / "x.txt").write_text("satu")
    page = client.get("/kelas/x.txt", host=host)
    assert (page.text, page.headers["Content-Type"]) == ("satu", "text/plain; charset=utf-8")
    assert client.get("/kelas/x.txt", host=host, headers={"If-None-Match": page.headers["ETag"]}).status == 304
    head = client.request("HEAD", "/kelas/x.txt", host=host)
    assert head.headers["Content-Length"] == "4" and head.text == ""
    (site / "kelas" / "x.txt").write_text("dua dua")
    assert client.get("/kelas/x.txt", host=host).text == "dua dua"
    for path in ("/../kotakpos.conf", "/%2e%2e/kotakpos.conf", "/kelas/..%2f..%2fkotakpos.conf", "/nichts"):
        assert client.get(path, host=host).status == 404
    assert client.get("/", host=school.domain).headers["Location"] == f"https://www.{school.domain}/"


def test_every_page_carries_the_protecting_headers(client):
    for path in ("/login", "/nichts", "/help", "/compose"):
        headers = client.get(path).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
    answer = client.log_in("ali")
    assert "<script>" not in client.get("/mail/INBOX").text and " style=" not in client.get("/mail/INBOX").text
    cookie = [h for h in answer.headers.get_all("Set-Cookie") if h.startswith("__Host-kotakpos=")][0]
    assert all(word in cookie for word in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"))


def test_unknown_user_and_wrong_password_look_the_same(client):
    wrong, unknown = client.log_in("ali", "nein"), client.log_in("niemand", "nein")
    assert wrong.status == unknown.status == 403
    strip = lambda page: re.sub(r'value="[^"]*"', "", page.text)
    assert strip(wrong) == strip(unknown)


def test_posts_need_their_token_and_must_come_from_here(school, fresh, client):
    client.log_in(fresh("siti"))
    assert client.post("/mail/INBOX", {"do": "delete", "uid": "1"}).status == 403
    assert client.post("/mail/INBOX", {"csrf": "0" * 32, "do": "delete", "uid": "1"}).status == 403
    letter = client.letter("ali")
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert client.post("/compose", letter, headers).status == 403
    assert client.post("/logout", {}).status == 403
    assert client.get("/mail/INBOX").status == 200


def test_a_form_posted_twice_sends_one_mail(school, fresh, client):
    ali, budi = fresh("ali"), fresh("budi")
    client.log_in(ali)
    letter = client.letter(budi, subject="sekali saja")
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(client.post("/compose", letter))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status for answer in answers] == [303] * 4
    assert sorted("already" in answer.headers["Location"] for answer in answers) == [False, True, True, True]
    school.wait_for_subject(budi, "sekali saja")
    assert school.subjects(budi) == ["sekali saja"] and school.subjects(ali, "Sent") == ["sekali saja"]


def test_a_session_that_ends_while_somebody_writes_keeps_the_text(school, fresh, client):
    siti = fresh("siti")
    client.log_in(siti)
    letter = client.letter("budi", text="jangan <hilang> & \"ini\"")
    client.cookies.clear()
    page = client.post("/compose", letter)
    assert page.status == 403 and 'name="kept.text"' in page.text
    assert school.subjects(siti, "Sent") == []
    back = client.log_in(siti, **{"kept.to": "budi", "kept.subject": "Halo", "kept.text": letter["text"]})
    assert back.status == 200
    assert "jangan &lt;hilang&gt; &amp; &quot;ini&quot;" in back.text


def test_a_restart_of_httpd_logs_nobody_out(school, fresh, client):
    client.log_in(fresh("siti"))
    school.kill("httpd")

    def is_back():
        try:
            return client.get("/mail/INBOX").status == 200
        except OSError:
            return False

    wait_until(is_back, 10, "httpd's return")


def test_mail_daemon_away_gives_a_page_that_tries_again_and_keeps_what_was_written(school, fresh, client):
    client.log_in(fresh("siti"))
    letter = client.letter("budi", text="tetap ada")
    school.kill("maild-in")
    school.kill("maild-box")
    answer = client.post("/compose", letter)
    assert answer.status == 303 or (answer.status == 422 and "tetap ada" in answer.text)
    page = client.get("/mail/INBOX")
    assert page.status == 200 or (page.status == 503 and page.headers["Refresh"] == "3")
    wait_until(lambda: client.get("/mail/INBOX").status == 200, 20, "the list's return")


def test_logout_ends_the_session_everywhere(school, fresh, client):
    client.log_in(fresh("siti"))
    cookies = dict(client.cookies)
    assert client.post("/logout", {"csrf": client.token(client.get("/mail/INBOX").text)}).status == 303
    client.cookies = cookies
    assert client.get("/mail/INBOX").status == 303


def test_nobody_reads_the_mail_of_others(school, fresh, client):
    client.log_in(fresh("siti"))
    for uid in ("1", "0", "-1", "99999999999", "x"):
        assert client.get(f"/mail/INBOX/{uid}").status == 404
    assert client.get("/mail/nichts").status == 404
    assert client.get("/mail/INBOX/1/part/1").status == 404


def test_remote_redirects_are_not_followed_out_of_the_house(client):
    for path in ("//evil.example", "https://evil.example", "/%5cevil.example", "javascript:alert(1)"):
        assert client.get(f"/language/en?back={path}").headers["Location"].startswith("/")
        assert not client.get(f"/language/en?back={path}").headers["Location"].startswith(("//", "/\\"))


def test_too_large_a_message_is_refused_in_words(school, fresh, client):
    client.log_in(fresh("siti"))
    head = client.letter("budi")
    page = client.post("/compose", {**head, "text": "x" * (52 * 1024 * 1024)})
    assert page.status == 413 and "50 MB" in page.text
    assert client.get("/mail/INBOX").status == 200


SMUGGLED = [
    b"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /ca.crt HTTP/1.1\r\nHost: x\r\n\r\n",
    b"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcde",
    b"POST /login HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    b"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
    b"GET /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 30\r\n\r\nGET /ca.crt HTTP/1.1\r\nHost: x\r\n",
    b"GET /login HTTP/1.1\r\nHost: localhost\r\nContent-Length : 37\r\n\r\nGET /ca.crt HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /login HTTP/1.1\r\nHost: localhost\r\nHost: x\r\n\r\n",
    b"GET / HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
    b"\0\1\2\3\r\n\r\n",
    b"GET " + b"/" * 70000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 100000 + b"\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"".join(b"X%d: 1\r\n" % i for i in range(5000)) + b"\r\n",
]


@pytest.mark.parametrize("data", SMUGGLED, ids=range(len(SMUGGLED)))
def test_ambiguous_or_broken_requests_end_the_connection(school, client, data):
    for tls in (True, False):
        answer = raw(school, data, tls)
        assert answer.count(b"HTTP/1.") <= 1
        assert answer.split(b"\r\n")[0].split(b" ")[1] in (b"400", b"414", b"431")
        assert b"BEGIN CERTIFICATE" not in answer
    assert client.get("/login").status == 200


def test_nothing_behind_a_broken_chunk_becomes_a_request(school):
    data = b"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n" \
        b"Transfer-Encoding: chunked\r\n\r\nZZZ\r\n\r\nGET /ca.crt HTTP/1.1\r\nHost: x\r\n\r\n"
    assert raw(school, data).count(b"HTTP/1.") == 1


def test_a_download_that_breaks_off_does_not_look_whole(school, fresh, client):
    siti = fresh("siti")
    size = 30_000_000
    letter = b"Subject: besar\r\nMIME-Version: 1.0\r\nContent-Type: application/octet-stream\r\n\r\n" + (b"x" * 70 + b"\r\n") * (size // 72)
    with school.imap(siti) as imap:
        imap.append("INBOX", None, None, letter)
    client.log_in(siti)
    cookie = "; ".join(f"{k}={v}" for k, v in client.cookies.items()).encode()
    with socket.create_connection(("localhost", school.ports["https"]), timeout=20) as plain:
        stream = ssl._create_unverified_context().wrap_socket(plain, server_hostname="localhost")
        stream.sendall(b"GET /mail/INBOX/1/part/1 HTTP/1.1\r\nHost: localhost\r\nCookie: " + cookie + b"\r\n\r\n")
        answer = stream.recv(1000)  # the server waits for us to read on
        assert b" 200 " in answer
        school.kill("maild-box")
        try:
            while piece := stream.recv(65536):
                answer = answer[-100:] + piece
        except (ssl.SSLError, ConnectionError):
            pass
    assert not answer.endswith(b"0\r\n\r\n")
    wait_until(lambda: client.get("/mail/INBOX").status == 200, 20, "the list's return")


def test_other_methods_are_not_offered(client):
    for method in ("PUT", "DELETE", "TRACE", "OPTIONS"):
        assert client.request(method, "/login").status == 405


def test_one_address_cannot_take_all_connections():
    with Appliance(conf="limits.exempt = 192.0.2.0/24\n") as school:
        taken = [socket.create_connection(("127.0.0.1", school.ports["http"]), timeout=10) for _ in range(264)]
        closed = [connection for connection in taken[256:] if connection.recv(1) == b""]
        assert len(closed) == 8
        for connection in taken:
            connection.close()
        wait_until(lambda: is_served(school), 10, "the first answer after the flood")


def is_served(school):
    try:
        return http_get(school, "/ca.crt").status == 200
    except (OSError, http.client.HTTPException):
        return False
