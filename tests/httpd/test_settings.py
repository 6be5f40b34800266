"""The person's own settings in a real browser, with scripts on a desktop and without on a phone; what strangers may not do."""

import imaplib
import json
import ssl

import pytest
from selenium.webdriver.common.by import By

from httpd.browser import DESKTOP, PHONE, Browser
from httpd.test_http_server import Client
from support.appliance import Appliance, wait_until
from support.axe import violations

WORDS = {
    "id": {"saved": "Sudah disimpan.", "wrong": "Kata sandimu yang sekarang tidak benar.", "same": "Kedua kata sandi baru tidak sama",
           "changed": "Kata sandimu sudah diganti", "this": "yang ini", "no-text": "Ada syarat tanpa teks yang dicari", "away": "Jawaban otomatismu aktif"},
    "en": {"saved": "Saved.", "wrong": "Your password of now is not right.", "same": "The two new passwords are not the same",
           "changed": "Your password is changed", "this": "this one", "no-text": "A condition has no text to look for", "away": "Your automatic answer is on"},
}


@pytest.fixture(scope="module", params=[(True, DESKTOP, "id"), (False, PHONE, "en")], ids=["scripts-desktop-id", "no-scripts-phone-en"])
def browser(request, school):
    with Browser(school, *request.param) as one:
        one.scripts = request.param[0]
        one.words = WORDS[request.param[2]]
        yield one
        assert one.errors() == []


@pytest.fixture
def ali(browser, fresh):
    login = fresh("ali")
    browser.driver.delete_cookie("__Host-kotakpos")
    browser.log_in(login)
    return login


def go(browser, element):
    """As somebody who scrolls: on a phone the parts of the webmail lie over the lower end of the window."""
    browser.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
    browser.go(element)


def press(browser, row, value):
    """A button in the row of a list that has this word."""
    item = next(item for item in browser.all(".rows li") if row in item.text)
    go(browser, item.find_element(By.CSS_SELECTOR, f"button[value={value}]"))


def save(browser):
    go(browser, browser.one("main button.primary"))


def logs_in(school, login, password):
    client = imaplib.IMAP4_SSL("localhost", school.ports["imaps"], ssl_context=ssl._create_unverified_context())
    try:
        return client.login(login, password)[0] == "OK"
    except imaplib.IMAP4.error:
        return False
    finally:
        client.logout()


def test_every_settings_page_has_one_heading_fits_and_keeps_the_rules_for_access(browser, school, ali):
    client = Client(school)
    client.log_in(ali)
    form = {"do": "save", "name": "Guru", "what": "from", "how": "contains", "value": "guru1", "action": "star", "label": "HP"}
    for path in ["/settings/filters/new", "/settings/filters/new", "/settings/devices"]:
        assert client.post(path, {"csrf": client.token(client.get("/settings").text), **form}).status == 303
    browser.open("/settings/filters")
    filter_page = browser.one(".rows a").get_attribute("href")
    browser.open("/settings")
    pages = [link.get_attribute("href") for link in browser.all(".cards a")]
    assert len(pages) == 7
    for page in [browser.root + "/settings", *pages, browser.root + "/settings/filters/new", browser.root + "/settings/identities/new",
                 filter_page]:
        browser.driver.get(page)
        assert len(browser.all("h1")) == 1 and browser.text("h1"), page
        assert not browser.overflows(), page
        unlabelled = "return [...document.querySelectorAll('main :is(input:not([type=hidden]), select, textarea)')].filter(f => !f.labels.length).map(f => f.name)"
        assert browser.driver.execute_script(unlabelled) == [], page
        if browser.scripts:
            assert violations(browser.driver) == [], page


def test_language_look_and_time_zone_hold_for_all_pages_and_browsers(browser, school, ali):
    school.imap(ali).append("INBOX", "", '"01-Jun-2020 17:30:00 +0000"', b"From: x@y.example\r\nSubject: jam\r\n\r\nisi\r\n")
    browser.open("/settings/display")
    browser.choose("time-zone", "Asia/Jayapura")
    browser.choose("language", "en")
    browser.choose("look", "dark")
    save(browser)
    assert browser.text(".notice") == "Saved."
    assert browser.one("html").get_attribute("class") == "dark"
    other = Client(school)
    other.log_in(ali)
    page = other.get("/mail/INBOX").text
    assert '<html lang="en" class="dark"' in page and "2 Jun 2020" in page
    browser.open("/settings/display")
    browser.choose("time-zone", "America/New_York")
    browser.choose("look", "")
    browser.choose("language", "")
    save(browser)
    assert "1 Jun 2020" in other.get("/mail/INBOX").text
    assert "dark" not in browser.one("html").get_attribute("class").split()
    assert "__Host-kotakpos-look" not in {cookie["name"] for cookie in browser.driver.get_cookies()}
    browser.open("/language/" + ("id" if browser.words is WORDS["id"] else "en"))


def test_the_list_has_as_many_rows_as_were_chosen(school, fresh):
    login = fresh("ali")
    client = school.imap(login)
    for number in range(30):
        more = "" if number == 0 else "In-Reply-To: <0@x>\r\nReferences: <0@x>\r\n"
        client.append("INBOX", "", None, f"From: x@y.example\r\nMessage-ID: <{number}@x>\r\n{more}Subject: {'Re: ' * bool(number)}rapat\r\n\r\nisi\r\n".encode())
    ali = Client(school)
    ali.log_in(login)

    def rows(**choices):
        form = {"csrf": ali.token(ali.get("/settings").text), **choices}
        assert ali.post("/settings/display", form).status == 303
        return ali.get("/mail/INBOX").text.count('name="uid"')

    assert rows() == 1
    assert rows(conversations="off") == 30
    assert rows(**{"page-size": "25"}) == 25
    assert rows(**{"page-size": "", "conversations": ""}) == 1


def test_a_new_password_ends_everything_but_this_session(browser, school, ali):
    other = Client(school)
    other.log_in(ali)
    browser.open("/settings/devices")
    browser.fill("label", "HP merah")
    save(browser)
    device = browser.text("#new-password")
    assert logs_in(school, ali, device)
    browser.open("/settings/password")
    for old, new, again, word in [("salah", "baru-sekali", "baru-sekali", "wrong"), (device, "baru-sekali", "baru-sekali", "wrong"),
                                  ("123", "baru-sekali", "lain", "same")]:
        browser.fill("old", old)
        browser.fill("new", new)
        browser.fill("again", again)
        save(browser)
        assert browser.words[word] in browser.text(".fault")
    assert "1" in browser.text(".warning")  # the device that will be logged out
    browser.fill("old", "123")
    browser.fill("new", "baru-sekali")
    browser.fill("again", "baru-sekali")
    save(browser)
    assert browser.words["changed"] in browser.text(".notice")
    assert other.get("/settings").headers["Location"].startswith("/login")
    assert not logs_in(school, ali, device) and not logs_in(school, ali, "123") and logs_in(school, ali, "baru-sekali")
    browser.open("/mail/INBOX")
    assert browser.path == "/mail/INBOX"


def test_a_device_gets_a_password_that_is_shown_once_and_can_be_deleted(browser, school, ali):
    browser.open("/settings/devices")
    browser.fill("label", "HP <b>biru</b>")
    save(browser)
    password = browser.text("#new-password")
    assert ali in browser.text(".values") and "mail." in browser.text(".values")
    assert logs_in(school, ali, password)
    browser.open("/settings/devices")
    assert password not in browser.driver.page_source and "HP <b>biru</b>" in browser.text(".rows")
    press(browser, "biru", "remove")
    assert browser.all(".rows li") == []
    assert not logs_in(school, ali, password)


def test_sessions_are_seen_with_their_browser_and_end(browser, school, ali):
    one, two = Client(school), Client(school)
    for client, agent in [(one, "Mozilla/5.0 (Android 13; Mobile; rv:128.0) Firefox/128.0"), (two, "Lynx/2.9")]:
        page = client.get("/login").text
        client.post("/login", {"csrf": client.token(page), "login": ali, "password": "123"}, {"User-Agent": agent})
    browser.open("/settings/sessions")
    rows = [row.text for row in browser.all(".rows li")]
    assert len(rows) == 3
    assert sum("Firefox (Android), 127.0.0.1" in row for row in rows) == 1
    assert [browser.words["this"] in row for row in rows if "Chrom" in row or "Headless" in row] == [True]
    press(browser, "Firefox", "end")
    assert one.get("/settings").status in (302, 303)
    assert two.get("/settings").status == 200
    go(browser, browser.one("button[value=end-others]"))
    assert len(browser.all(".rows li")) == 1
    assert two.get("/settings").status in (302, 303)


def test_names_and_signatures(browser, school, ali):
    browser.open("/settings/identities")
    browser.go("a[href$='/1']")
    browser.fill("name", "Ali si Juara")
    browser.fill("signature", "Salam,\nAli")
    save(browser)
    browser.go("main a[href$='/new']")
    browser.fill("name", "OSIS")
    save(browser)
    assert ["Ali si Juara" in browser.all(".rows li")[0].text, "OSIS" in browser.all(".rows li")[1].text] == [True, True]
    press(browser, "OSIS", "usual")
    assert "OSIS" in browser.all(".rows li")[0].text
    press(browser, "OSIS", "remove")
    assert len(browser.all(".rows li")) == 1 and "Salam,\nAli" in browser.text(".signature")


def test_filters_are_made_ordered_and_deleted(browser, school, ali):
    client = school.imap(ali)
    client.create("Tugas")
    client.append("INBOX", "", None, b"From: x+y@z.example\r\nSubject: a & b\r\n\r\nisi\r\n")
    browser.open("/mail/INBOX/1")
    browser.driver.get(browser.one("a[href^='/settings/filters/new']").get_attribute("href"))
    assert [browser.one(f"#value-{n}").get_attribute("value") for n in (1, 2)] == ["x+y@z.example", "a & b"]
    browser.open("/settings/filters/new?from=guru1%40x.example&subject=Tugas%20minggu%20ini")
    assert browser.one("#value-1").get_attribute("value") == "guru1@x.example"
    assert browser.one("#value-2").get_attribute("value") == "Tugas minggu ini"

    def rows(count):
        wait_until(lambda: len(browser.all("[data-rows=condition] [data-row]")) == count, 10, f"{count} conditions")

    def click(button):
        element = browser.one(f"button[value={button}]")
        browser.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
        element.click()

    click("drop-condition-2")
    rows(1)
    click("add-condition")
    rows(2)
    browser.fill("name", "Tugas")
    browser.choose("folder", "Tugas")
    save(browser)
    assert browser.words["no-text"] in browser.text(".fault")
    assert browser.one("#value-1").get_attribute("value") == "guru1@x.example"
    browser.one("#value-2").send_keys("tugas")
    click("add-action")
    wait_until(lambda: browser.all("#action-2"), 10, "a second action")
    browser.one("#action-2 option[value=label]").click()
    browser.one("#text-2").send_keys("Tugas Penting")
    save(browser)
    assert "“Tugas Penting”" in browser.text(".rows")
    browser.open("/folders")
    assert "Tugas Penting" in browser.driver.page_source  # a label of the webmail now
    browser.open("/settings/filters")
    assert "guru1@x.example" in browser.text(".rows") and "Tugas" in browser.text(".rows")
    browser.open("/settings/filters/new")
    browser.fill("name", "Besar")
    browser.one("#what-1 option[value=size]").click()
    browser.one("#how-1 option[value=above]").click()
    browser.one("#value-1").send_keys("500")
    browser.one("#action-1 option[value=star]").click()
    save(browser)
    assert "Besar" in browser.all(".rows li")[1].text and "500" in browser.all(".rows li")[1].text
    press(browser, "Besar", "up")
    assert "Besar" in browser.all(".rows li")[0].text
    press(browser, "Besar", "off")
    [besar, tugas] = json.loads(school.kotakpos("user", "filters", ali, "--json"))
    assert (besar["name"], besar["enabled"], tugas["enabled"]) == ("Besar", False, True) and "500" in besar["rule"]
    press(browser, "Besar", "remove")
    assert len(browser.all(".rows li")) == 1
    assert not browser.overflows()


def test_the_automatic_answer_is_set_with_days_of_ones_own_zone(browser, school, ali):
    browser.open("/settings/vacation")
    browser.click("input[name=enabled]")
    save(browser)
    assert browser.text(".fault")  # it has no text
    browser.fill("text", "Saya sedang pergi.")
    save(browser)
    assert browser.words["saved"] in browser.text(".notice")
    browser.open("/mail/INBOX")
    assert browser.words["away"] in browser.text(".warning")
    browser.go(".warning a")
    assert browser.path == "/settings/vacation"
    client = Client(school)
    client.log_in(ali)
    form = {"enabled": "1", "subject": "", "text": "Pergi.", "who": "all", "days": "3", "first": "2026-01-01", "last": "2099-12-31"}
    assert client.post("/settings/vacation", {"csrf": client.token(client.get("/settings").text), **form}).status == 303
    browser.open("/settings/vacation")
    assert [browser.one(f"#{name}").get_attribute("value") for name in ("first", "last", "days")] == ["2026-01-01", "2099-12-31", "3"]
    assert browser.one("input[value=all]").is_selected()
    shown = json.loads(school.kotakpos("user", "vacation", ali, "--json"))
    assert shown["on"] and shown["text"] == "Pergi." and shown["days"] == 3
    for bad in [{"last": "2025-01-01"}, {"first": "besok"}, {"days": "0"}, {"text": " "}]:
        page = client.post("/settings/vacation", {"csrf": client.token(client.get("/settings").text), **form, **bad})
        assert page.status == 422 and 'role="alert"' in page.text, bad
    school.kotakpos("user", "vacation", ali, "off")
    browser.open("/settings/vacation")
    assert not browser.one("input[name=enabled]").is_selected()
    form.pop("enabled")
    assert client.post("/settings/vacation", {"csrf": client.token(client.get("/settings").text), **form}).status == 303
    assert 'href="/settings/vacation"' not in client.get("/mail/INBOX").text


def test_guessing_the_password_of_now_is_slowed_down():
    with Appliance(conf="limits.exempt = 10.99.0.0/16\n") as school:
        ali = Client(school)
        ali.log_in("ali")
        form = {"old": "salah", "new": "baru-sekali", "again": "baru-sekali"}

        def attempt(**more):
            return ali.post("/settings/password", {"csrf": ali.token(ali.get("/settings").text), **form, **more}).status

        assert [attempt() for _ in range(6)] == [403] * 5 + [429]
        assert attempt(old="123") == 429  # the right one has to wait, too
        assert logs_in(school, "ali", "123")


def test_a_filter_names_its_new_folder_itself(school, fresh):
    login = fresh("map")
    client = Client(school)
    client.log_in(login)
    form = {"do": "save", "name": "Baru", "needs": "all", "what": "subject", "how": "contains", "value": "pramuka", "action": "move", "folder": "Archive",
            "new-folder": " Pramuka/2026 "}
    answer = client.post("/settings/filters/new", {"csrf": client.token(client.get("/settings/filters/new").text), **form})
    assert answer.status == 303 and "Pramuka/2026" in client.get("/settings/filters").text
    with school.submission("ali") as smtp:
        smtp.sendmail(school.address("ali"), [school.address(login)], f"From: {school.address('ali')}\r\nSubject: Latihan pramuka\r\n\r\nSabtu.\r\n")
    wait_until(lambda: b"1" == school.imap(login).select('"Pramuka/2026"')[1][0], 20, "the mail in the new folder")


def test_nothing_of_somebody_else_can_be_touched(school, fresh):
    ali, budi = Client(school), Client(school)
    ali_login = fresh("ali")
    ali.log_in(ali_login)
    budi.log_in(fresh("budi"))

    def post(client, path, **fields):
        return client.post(path, {"csrf": client.token(client.get("/settings").text), **fields})

    post(ali, "/settings/devices", do="add", label="HP")
    post(ali, "/settings/filters/new", do="save", name="F", needs="all", what="subject", how="contains", value="x", action="star")
    page = ali.get("/settings/filters").text
    filter_id = page.split('name="id" value="')[1].split('"')[0]
    device_id = ali.get("/settings/devices").text.split('name="id" value="')[1].split('"')[0]
    for path, fields in [("/settings/filters", {"do": "remove", "id": filter_id}), ("/settings/filters", {"do": "off", "id": filter_id}),
                         ("/settings/filters", {"do": "up", "id": filter_id}), ("/settings/devices", {"do": "remove", "id": device_id}),
                         ("/settings/sessions", {"do": "end", "id": device_id}),
                         (f"/settings/filters/{filter_id}", {"do": "save", "name": "G", "what": "subject", "value": "y", "action": "read"})]:
        assert "notice=gone" in post(budi, path, **fields).headers["Location"], (path, fields)
    assert budi.get(f"/settings/filters/{filter_id}").status == 404
    assert ali.get("/settings/filters").text.split("<h1>")[1].count(filter_id) == page.split("<h1>")[1].count(filter_id)
    foreign = post(budi, "/settings/identities/new", do="save", name="x", address=school.address(ali_login))
    assert foreign.status == 422 and 'role="alert"' in foreign.text
    assert post(budi, "/settings/display", look="purple").status == 422
    assert budi.post("/settings/display", {"look": "dark"}).status == 403  # no token
