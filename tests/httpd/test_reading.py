"""Reading in a real browser: panes, conversations, labels, stars, folders, search, files, the delivery path; each with scripts and
without where both can do it. The pages' rules (WCAG) for all of them are in test_every_page.py; here both themes of the main ones."""

import io
import zipfile

import pytest
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.keys import Keys

from httpd.browser import DESKTOP, PHONE, Browser
from support.appliance import wait_until
from support.axe import violations

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
WITH_FILES = f"""\
From: Guru <guru1@x.example>
To: budi
Subject: Tiga berkas
Disposition-Notification-To: guru1@x.example
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b
Received: from laptop (host.example [192.0.2.7]) by mx.x.example with ESMTPS id A1; Sat, 28 Nov 2026 10:00:07 +0700
Received: by lambat.example with SMTP id A0; Sat, 28 Nov 2026 09:00:00 +0700
Date: Sat, 28 Nov 2026 09:30:00 +0700

--b

Lihat lampiran.
--b
Content-Type: image/png
Content-Disposition: attachment; filename="../../foto\u202egnp.exe.png"
Content-Transfer-Encoding: base64

{PNG}
--b
Content-Type: text/plain; charset=utf-8
Content-Disposition: attachment; filename="{'n' * 300}.txt"

isi <b>berkas</b>
--b
Content-Type: application/pdf
Content-Disposition: attachment; filename="tugas.pdf"

%PDF-1.4
--b--
"""


def put(school, user, *messages, folder="INBOX"):
    client = school.imap(user)
    for message in messages:
        client.append(folder, "", None, message.replace("\n", "\r\n").encode())
    client.logout()


def letter(subject, text="isi", more=""):
    return f"From: Ali Rahman <ali@x.example>\nTo: budi\nSubject: {subject}\n{more}\n{text}\n"


@pytest.fixture(scope="module")
def scripted(school):
    with Browser(school) as browser:
        yield browser


@pytest.fixture(scope="module")
def plain(school):
    with Browser(school, scripts=False) as browser:
        yield browser


@pytest.fixture
def budi(school, fresh):
    return fresh("budi")


def count(browser):
    return len(browser.all(".messages li"))


def beside(browser, words):
    """Whether these words are in the message beside the list, which may just be replaced."""
    try:
        return words in browser.text(".reading-pane")
    except WebDriverException:
        return False


def enter(browser, user):
    browser.driver.delete_all_cookies()
    browser.open("/language/id?back=/login")
    browser.log_in(user)


def test_beside_the_list_the_next_message_opens_when_one_is_archived_and_undo_brings_it_back(school, scripted, budi):
    put(school, budi, *[letter(f"Surat {number}", f"teks {number}") for number in (1, 2, 3)])
    enter(scripted, budi)
    scripted.read_beside("Surat 2")
    assert "teks 2" in scripted.text(".reading-pane .text")
    assert scripted.path.endswith("#m2")
    scripted.press("archive")
    wait_until(lambda: beside(scripted, "teks 1"), 10, "the next message")
    assert count(scripted) == 2
    scripted.go(".notice button")
    wait_until(lambda: count(scripted) == 3, 10, "the message back in the list")
    scripted.driver.back()
    assert scripted.errors() == []


def has_rows(browser, number, word=""):
    """Whether the list, which may just be replaced, has so many rows, the first with this word."""
    try:
        rows = browser.rows()
        return len(rows) == number and (not rows or word in rows[0])
    except WebDriverException:
        return False


def test_folders_pages_and_searches_change_in_place_and_back_finds_each_again(school, scripted, budi):
    put(school, budi, *[letter(f"Surat {number}", f"teks {number}") for number in range(1, 53)])
    enter(scripted, budi)
    document = scripted.one("html").id
    scripted.read_beside("Surat 52")
    scripted.go(".pages a[rel=next]")
    assert scripted.path == "/mail/INBOX?page=2" and has_rows(scripted, 2, "Surat 2")
    assert not scripted.all(".reading-pane article")
    focused = scripted.driver.switch_to.active_element
    assert focused.tag_name == "h1" and focused.text in scripted.driver.title
    scripted.one("#q").send_keys("37")
    scripted.one("#q").send_keys(Keys.ENTER)
    wait_until(lambda: has_rows(scripted, 1, "Surat 37"), 10, "what was found")
    assert scripted.one("#q").get_attribute("value") == "37" and scripted.path == "/mail/INBOX?q=37"
    scripted.go(".folders a[href='/mail/Sent']")
    assert scripted.rows() == [] and scripted.text("h1") == "Terkirim" and scripted.driver.title.startswith("Terkirim")
    assert scripted.text(".folders [aria-current]") == "Terkirim"
    for rows, word in ((1, "Surat 37"), (2, "Surat 2"), (50, "Surat 52")):
        scripted.driver.back()
        wait_until(lambda: has_rows(scripted, rows, word), 10, f"the list that begins with '{word}'")
    wait_until(lambda: beside(scripted, "teks 52"), 10, "the message that was open")
    assert scripted.path == "/mail/INBOX#m52"
    scripted.driver.forward()
    wait_until(lambda: has_rows(scripted, 2, "Surat 2"), 10, "page 2 again")
    assert scripted.one("html").id == document and scripted.errors() == []


def test_a_list_that_changed_in_place_is_a_whole_one(school, scripted, budi):
    put(school, budi, letter("Surat 1"), letter("Surat 2"))
    put(school, budi, letter("Terkirim lama"), folder="Sent")
    enter(scripted, budi)
    document = scripted.one("html").id
    scripted.go(".folders a[href='/mail/Sent']")
    put(school, budi, letter("Terkirim baru"), folder="Sent")
    scripted.driver.execute_script("document.dispatchEvent(new Event('visibilitychange'))")
    wait_until(lambda: has_rows(scripted, 2, "Terkirim baru"), 10, "the new mail")
    scripted.click(".choose-all input")
    scripted.press("delete")
    wait_until(lambda: has_rows(scripted, 0), 10, "the empty folder")
    scripted.go(".notice button")
    wait_until(lambda: has_rows(scripted, 2), 10, "both back")
    scripted.go(".folders a[href='/mail/INBOX']")
    assert has_rows(scripted, 2, "Surat 2") and not scripted.all(".notice")
    assert scripted.one("html").id == document and scripted.errors() == []


def test_a_session_that_ended_leads_to_the_login_and_back_to_the_list(school, scripted, budi):
    put(school, budi, letter("Surat 1", "teks 1"))
    enter(scripted, budi)
    scripted.driver.delete_all_cookies()
    scripted.go(".folders a[href='/mail/Sent']")
    wait_until(lambda: scripted.path.startswith("/login"), 10, "the login page")
    scripted.fill("login", budi)
    scripted.fill("password", "123")
    scripted.go("main button.primary")
    assert scripted.path == "/mail/Sent"
    scripted.go(".folders a[href='/mail/INBOX']")
    scripted.read_beside("Surat 1")
    scripted.driver.delete_all_cookies()
    scripted.one(".reading-pane button[value=archive]").click()  # the address ends in "#m1": going there is no way to leave
    wait_until(lambda: scripted.path.startswith("/login"), 10, "the login page")


def test_a_list_asked_for_while_the_mail_daemon_restarts_comes_by_itself(school, scripted, budi):
    enter(scripted, budi)
    school.kill("maild-box")
    scripted.click(".folders a[href='/mail/Sent']")  # a friendly page that tries again, as without scripts
    wait_until(lambda: scripted.path == "/mail/Sent" and scripted.all(".list-pane h1"), 20, "the folder")
    assert scripted.text("h1") == "Terkirim"


def test_keys_walk_star_and_delete(school, scripted, budi):
    put(school, budi, *[letter(f"Surat {number}", f"teks {number}") for number in (1, 2, 3)])
    enter(scripted, budi)
    body = scripted.one("body")
    body.send_keys("j")
    wait_until(lambda: beside(scripted, "teks 3"), 10, "the newest message")
    scripted.one("body").send_keys("j")
    wait_until(lambda: beside(scripted, "teks 2"), 10, "the one before")
    scripted.one("body").send_keys("s")
    wait_until(lambda: scripted.all(".reading-pane .star.on"), 10, "the star")
    scripted.one("body").send_keys("#")
    wait_until(lambda: count(scripted) == 2, 10, "the deletion")
    scripted.one("body").send_keys("?")
    wait_until(lambda: scripted.all("dialog[open] kbd"), 10, "the help")
    scripted.one("body").send_keys(Keys.ESCAPE)
    assert scripted.errors() == []


def test_new_mail_appears_by_itself(school, scripted, budi):
    enter(scripted, budi)
    assert scripted.rows() == []
    put(school, budi, letter("Kabar baru"))
    scripted.driver.execute_script("document.dispatchEvent(new Event('visibilitychange'))")  # does not wait for the half minute
    wait_until(lambda: count(scripted) == 1, 10, "the new mail")
    assert "Kabar baru" in scripted.rows()[0]
    assert scripted.driver.title.startswith("(1) ")


@pytest.mark.parametrize("way", ["scripted", "plain"])
def test_a_conversation_is_one_row_and_one_page(school, request, budi, way):
    browser = request.getfixturevalue(way)
    put(school, budi, letter("Piket", "siapa?", "Message-ID: <1@x>\n"), letter("Lain", "lain"),
        letter("Re: Piket", "saya", "Message-ID: <2@x>\nReferences: <1@x>\nIn-Reply-To: <1@x>\n"))
    enter(browser, budi)
    assert len(browser.rows()) == 2 and browser.text(".thread-count") == "2"
    browser.read("Re: Piket")
    others = browser.all("details.other")
    assert len(others) == 1 and "saya" in browser.text(".message > .text")
    others[0].find_element("css selector", "summary").click()
    assert "siapa?" in browser.text("details.other .text")


@pytest.mark.parametrize("way", ["scripted", "plain"])
def test_folders_and_labels_are_made_used_and_removed(school, request, budi, way):
    browser = request.getfixturevalue(way)
    put(school, budi, letter("Ulangan"))
    enter(browser, budi)
    browser.open("/folders")
    browser.one("#folder-name").send_keys("Tugas/Kelas é")
    browser.press("make")
    assert any("Tugas/Kelas é" in thing.text for thing in browser.all(".thing"))
    browser.one("#label-name").send_keys("Penting & <b>")
    browser.press("label-make")
    browser.open("/mail/INBOX")
    browser.click("input[name=uid]")
    browser.click(".bulk .more summary")
    browser.press("label")
    assert "Penting & <b>" in browser.text(".messages .tag")
    browser.go(".side-labels a")
    assert len(browser.rows()) == 1 and browser.path.startswith("/search?keyword=")
    browser.open("/folders")
    own = next(thing for thing in browser.all(".things li") if "Kelas" in thing.text)
    own.find_element("css selector", ".edit summary").click()
    browser.go(own.find_element("css selector", "button[value=delete]"))
    assert not any("Kelas" in thing.text for thing in browser.all(".thing"))


def test_search_finds_by_field_in_all_folders(school, plain, budi):
    put(school, budi, letter("Ujian IPA", "kucing"), letter("Lain", "kucing", "X: 1\n"))
    put(school, budi, letter("Ujian lama", "kucing"), folder="Sent")
    enter(plain, budi)
    plain.open("/search")
    plain.one("#s-subject").send_keys("ujian")
    plain.one("#s-body").send_keys("kucing")
    plain.go(".search-form button.primary")
    assert sorted("IPA" in row for row in plain.rows()) == [False, True] and len(plain.rows()) == 2
    assert plain.one("#s-subject").get_attribute("value") == "ujian"
    put(school, budi, WITH_FILES)
    plain.open("/search?files=1")
    assert len(plain.rows()) == 1 and "Tiga berkas" in plain.rows()[0]
    plain.open("/search?q=kucing&starred=1")
    assert plain.rows() == [] and "Tidak ada" in plain.text(".list .nothing")
    plain.open("/search?from=ali&since=2030-01-01")
    assert plain.rows() == []


def test_files_are_shown_and_saved_alone_and_together(school, plain, budi):
    put(school, budi, WITH_FILES)
    enter(plain, budi)
    plain.read("Tiga berkas")
    names = [name.text.splitlines()[0] for name in plain.all(".files .name")]
    assert len(names) == 3 and all("/" not in name and "\u202e" not in name and len(name) < 130 for name in names)
    assert plain.one(".receipt form, form.receipt").get_attribute("action").endswith("/receipt")
    plain.go(".files .name a")
    assert plain.one(".shown img").get_property("naturalWidth") == 1
    plain.go("a[rel=next]")
    assert "isi <b>berkas</b>" in plain.text("pre.raw")
    plain.driver.back()
    plain.open("/mail/INBOX/1")
    plain.click("a[href$='/zip']")
    with zipfile.ZipFile(io.BytesIO(plain.downloaded("Tiga berkas.zip"))) as archive:
        assert archive.testzip() is None and len(archive.namelist()) == 3
        assert archive.read("tugas.pdf").strip() == b"%PDF-1.4"


def test_the_delivery_path_shows_stations_encryption_and_wrong_clocks(school, plain, budi):
    put(school, budi, WITH_FILES)
    enter(plain, budi)
    plain.open("/mail/INBOX/1/path")
    stations = plain.all(".path > li")
    assert len(stations) == 4  # the writer, two servers, the mailbox
    assert "lambat.example" in stations[1].text and "Salah satu dari dua jam itu salah" in stations[1].text
    assert "192.0.2.7" in stations[2].text and "dienkripsi" in stations[2].text and "1 jam 0 menit" in stations[2].text
    plain.open("/mail/INBOX/1/print")
    assert "Lihat lampiran." in plain.text() and plain.all("nav") == []


def test_a_message_that_is_gone_says_so_and_leads_back(school, plain, budi):
    enter(plain, budi)
    plain.open("/mail/INBOX/4711")
    assert "sudah tidak ada" in plain.text("h1")
    plain.go("main a.button.primary")
    assert plain.path == "/mail/INBOX"


@pytest.mark.parametrize("look", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_inbox_message_and_search_keep_the_rules_in_both_themes(school, scripted, budi, look, size):
    put(school, budi, WITH_FILES, letter("Belum dibaca"))
    scripted.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                                    {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": size == PHONE})
    scripted.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": look}]})
    try:
        enter(scripted, budi)
        for address in ("/mail/INBOX", "/mail/INBOX/1", "/mail/INBOX/1/path", "/search?q=isi", "/folders"):
            scripted.open(address)
            assert violations(scripted.driver) == [], address
            assert not scripted.overflows(), address
    finally:
        scripted.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                                        {"width": DESKTOP[0], "height": DESKTOP[1], "deviceScaleFactor": 1, "mobile": False})
