"""The school's page in the web administration: up, back, away; and what reaches visitors of it."""

import http.client
import re
import ssl
import time

import pytest

from appliance.test_site import HOSTILE, packed, shown
from httpd.admin_client import Client
from support.appliance import Appliance

PAGE = {"index.html": "<h1>SMK kita</h1>", "foto/gedung.txt": "gedung"}


@pytest.fixture(scope="module")
def school():
    with Appliance() as box:
        yield box


@pytest.fixture
def admin(school):
    return Client(school, "admin")


def upload(client, archive, name="halaman.zip", **more):
    client.get("/admin/site")
    boundary = "----TestBoundary9"
    fields = {"csrf": client.csrf, "do": "upload", **more}
    body = b"".join(f'--{boundary}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n'.encode() for k, v in fields.items())
    body += f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode() + archive
    body += f"\r\n--{boundary}--\r\n".encode()
    return client.request("POST", "/admin/site", body, {"Content-Type": f"multipart/form-data; boundary={boundary}"})


def visit(school, path="/", host="www.smkn1pendalian.sch.id"):
    connection = http.client.HTTPSConnection("127.0.0.1", school.ports["https"], context=ssl._create_unverified_context(), timeout=30)
    connection.request("GET", path, headers={"Host": host})
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


def test_up_back_and_away(school, admin):
    assert upload(admin, packed(PAGE))[0] == 303 and admin.location.endswith("notice=published")
    assert visit(school) == (200, PAGE["index.html"]) and visit(school, "/foto/gedung.txt") == (200, "gedung")
    text = admin.get("/admin/site?notice=published")[1]
    assert "foto/gedung.txt" in text and "2 berkas" in text
    assert upload(admin, packed({"index.html": "dua"}))[0] == 303
    assert visit(school) == (200, "dua") and visit(school, "/foto/gedung.txt")[0] == 404
    assert admin.post("/admin/site", {"do": "restore"})[0] == 200 and visit(school) == (200, "dua")  # it asks first
    assert admin.post("/admin/site", {"do": "restore", "sure": "yes"})[0] == 303
    assert visit(school) == (200, PAGE["index.html"])
    assert admin.post("/admin/site", {"do": "clear", "sure": "yes"})[0] == 303
    assert "SMK kita" not in visit(school)[1] and visit(school)[0] == 200
    assert visit(school, "/.previous/index.html")[0] == 404
    audit = admin.get("/admin/audit")[1]
    assert "site.upload" in audit and "halaman.zip" in audit and "site.clear" in audit


@pytest.mark.parametrize("what", ["upwards", "a symbolic link", "a bomb", "no archive", "locked"])
def test_what_is_no_page_is_refused_in_words_and_changes_nothing(school, admin, what):
    upload(admin, packed({"index.html": "tetap"}))
    archive, sentence = HOSTILE[what]
    status, text = upload(admin, archive)
    assert status == 422 and sentence in text and 'role="alert"' in text
    assert shown(school.state / "site") == {"index.html": "tetap"}


def test_no_file_or_an_empty_one(admin):
    for status, text in (upload(admin, b""), admin.post("/admin/site", {"do": "upload"}), admin.post("/admin/site", {"do": "x"})):
        assert status == 422 and 'role="alert"' in text


def test_a_page_without_index_html_says_that_nobody_sees_it(school, admin):
    assert upload(admin, packed({"Index.htm": "halo", "gambar.png": "x"}))[0] == 303
    text = admin.get("/admin/site?notice=published")[1]
    assert 'class="warning"' in text and "tidak ada index.html" in text
    assert "halo" not in visit(school)[1]
    assert upload(admin, packed(PAGE))[0] == 303
    assert "tidak ada index.html" not in admin.get("/admin/site")[1]


def test_a_large_page_in_seconds(school, admin):
    files = {f"foto/{number}.jpg": bytes([number]) * 1000 + str(number).encode() * 40000 for number in range(200)}
    began = time.monotonic()
    assert upload(admin, packed({"index.html": "besar", **files}))[0] == 303
    assert time.monotonic() - began < 20 and visit(school) == (200, "besar")
    assert "200" in admin.get("/admin/site")[1]


@pytest.mark.parametrize("login", ["ali", "guru1", "kepsek"])
def test_only_administrators(school, login):
    client = Client(school, login)
    before = sorted((school.state / "site").rglob("*"))
    assert client.get("/admin/site")[0] == 403
    client.get("/mail/INBOX")
    token = client.csrf
    client.get = lambda path: setattr(client, "csrf", token)
    assert upload(client, packed({"index.html": "milikku"}))[0] == 403
    assert sorted((school.state / "site").rglob("*")) == before


def test_a_page_of_the_school_is_another_origin_than_the_webmail(school, admin):
    """What an uploaded page may do with scripts it does at www alone: no cookie of the webmail goes there."""
    upload(admin, packed({"index.html": "halo"}))
    assert visit(school) == (200, "halo")
    status, text = visit(school, "/index.html", host="mail.smkn1pendalian.sch.id")
    assert "halo" not in text
    connection = http.client.HTTPSConnection("127.0.0.1", school.ports["https"], context=ssl._create_unverified_context(), timeout=30)
    connection.request("GET", "/login", headers={"Host": "mail.smkn1pendalian.sch.id"})
    for cookie in connection.getresponse().headers.get_all("Set-Cookie") or []:
        assert cookie.startswith("__Host-") and not re.search(r"domain=", cookie, re.I)  # this host alone
