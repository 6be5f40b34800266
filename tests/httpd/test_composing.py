"""Writing a mail: drafts, taking back, later, files, and what can go wrong; in a browser with scripts and without."""

import datetime
import re

import pytest
from selenium.webdriver.common.keys import Keys

from httpd.browser import PHONE, Browser
from support.appliance import wait_until


@pytest.fixture(scope="module")
def people(school):
    return [school.add_user(name) for name in ("penulis", "pembaca")]


@pytest.fixture(scope="module", params=[True, False], ids=["scripts", "no-scripts"])
def browser(school, people, request):
    with Browser(school, request.param, language="en") as one:
        one.scripts = request.param
        one.log_in(people[0])
        yield one


def mails(school, login, folder="INBOX"):
    client = school.imap(login)
    client.select(folder, readonly=True)
    found = [client.fetch(number, "(BODY.PEEK[])")[1][0][1].decode() for number in client.search(None, "ALL")[1][0].split()]
    client.logout()
    return found


def with_subject(school, login, subject, folder="INBOX"):
    return [mail for mail in mails(school, login, folder) if f"Subject: {subject}\r\n" in mail]


def write(browser, to, subject, text="Halo."):
    browser.open("/compose")
    browser.fill("to", to)
    browser.fill("subject", subject)
    browser.fill("text", text)


def value(browser, name):
    return browser.one(f"[name={name}]").get_attribute("value")


def test_a_draft_opens_again_exactly_as_it_was(school, people, browser, tmp_path):
    subject = f"Draf {browser.scripts}"
    lesson = tmp_path / "tugas é.bin"
    lesson.write_bytes(bytes(range(256)) * 40)
    write(browser, "bu, pembaca", subject, "Baris satu\n\n  baris tiga ")
    browser.fill("files", str(lesson))
    if browser.scripts:
        wait_until(lambda: "tugas é.bin" in browser.text("[data-kept]"), what="the file")
    browser.press("save")
    for _ in range(2):
        assert "/mail/Drafts/" in browser.path and value(browser, "to") == "bu, pembaca"
        assert value(browser, "text") == "Baris satu\n\n  baris tiga "
        assert "tugas é.bin" in browser.text("[data-kept]")
        browser.fill("subject", subject)
        browser.press("save")
    assert len(with_subject(school, people[0], subject, "Drafts")) == 1
    browser.fill("to", people[1])
    browser.press("send")
    assert "Your message was sent." in browser.text(".notice")
    assert with_subject(school, people[0], subject, "Drafts") == []
    assert "tugas" in with_subject(school, people[0], subject, "Sent")[0]


def test_a_draft_saves_itself_when_the_page_is_left(school, people, browser):
    if not browser.scripts:
        pytest.skip("needs scripts")
    write(browser, people[1], "ditinggal", "belum selesai")
    browser.open("/mail/INBOX")
    wait_until(lambda: with_subject(school, people[0], "ditinggal", "Drafts"), what="the draft")


def test_a_sent_mail_is_taken_back_and_sent_once(school, people, browser):
    subject = f"Batal {browser.scripts}"
    write(browser, people[1], subject)
    browser.press("send")
    assert len(with_subject(school, people[0], subject, "Sent")) == 1
    browser.go(".waiting button")
    assert "was not sent" in browser.text(".notice") and value(browser, "subject") == subject
    assert with_subject(school, people[0], subject, "Sent") == []
    assert len(with_subject(school, people[0], subject, "Drafts")) == 1
    browser.press("send")
    assert len(with_subject(school, people[0], subject, "Sent")) == 1
    wait_until(lambda: with_subject(school, people[1], subject), 20, "the mail")
    browser.open("/mail/INBOX")
    assert len(with_subject(school, people[1], subject)) == 1
    assert with_subject(school, people[0], subject, "Drafts") == []


def test_what_goes_out_later_is_listed_changed_and_cancelled(school, people, browser):
    subject = f"Nanti {browser.scripts}"
    write(browser, people[1], subject)
    browser.one(".wishes summary").send_keys(Keys.ENTER)
    tomorrow = (datetime.datetime.now() + datetime.timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    browser.driver.execute_cdp_cmd("Runtime.evaluate", {"expression": f"document.getElementById('later').value = '{tomorrow}'"}) \
        if browser.scripts else browser.one("#later").send_keys(*keys_of(tomorrow))
    browser.press("send")
    assert "at the time you chose" in browser.text(".notice")
    browser.open("/later")
    assert subject in browser.text("main")
    browser.press("edit")
    assert value(browser, "subject") == subject and value(browser, "later") == tomorrow
    browser.press("send")
    browser.open("/later")
    browser.press("cancel")
    assert "It is in Drafts now" in browser.text(".notice") and subject not in browser.text("main")
    assert with_subject(school, people[1], subject) == []
    assert with_subject(school, people[0], subject, "Sent") == []
    assert len(with_subject(school, people[0], subject, "Drafts")) == 1


def keys_of(moment):
    year, month, day, hour, minute = re.split("[-T:]", moment)
    half = "AM" if int(hour) < 12 else "PM"
    return [f"{month}{day}{year}", "\t", f"{int(hour) % 12 or 12:02}{minute}{half}"]


def test_a_forgotten_file_is_asked_for(school, people, browser):
    subject = f"Tugas {browser.scripts}"
    write(browser, people[1], subject, "Terlampir tugas saya.")
    browser.press("send")
    assert "none is attached" in browser.text(".warning")
    assert value(browser, "text") == "Terlampir tugas saya."
    browser.press("send-anyway")
    assert "Your message was sent." in browser.text(".notice")


def test_send_waits_for_a_file_on_its_way(school, people, browser, tmp_path):
    if not browser.scripts:
        pytest.skip("without scripts the file goes with the form")
    file = tmp_path / "lambat.bin"
    file.write_bytes(bytes(range(256)) * 400)
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 50_000}
    write(browser, people[1], "Menunggu berkas")
    try:
        browser.driver.execute_cdp_cmd("Network.enable", {})
        browser.driver.execute_cdp_cmd("Network.emulateNetworkConditions", slow)
        browser.fill("files", str(file))
        assert browser.all("progress")
        browser.press("send")
    finally:
        browser.driver.execute_cdp_cmd("Network.emulateNetworkConditions", {**slow, "uploadThroughput": -1})
    wait_until(lambda: with_subject(school, people[1], "Menunggu berkas"), 30, "the mail")
    (mail,) = with_subject(school, people[1], "Menunggu berkas")
    assert 'filename="lambat.bin"' in mail or "filename=lambat.bin" in mail


def test_a_form_that_came_back_by_the_back_button_is_not_sent_again(school, people, browser):
    subject = f"Dua {browser.scripts}"
    write(browser, people[1], subject)
    token = value(browser, "token")
    browser.press("send")
    browser.driver.back()
    if value(browser, "token") == token:
        browser.press("send")
        assert "had been sent already" in browser.text(".notice")
    assert len(with_subject(school, people[0], subject, "Sent")) == 1


def test_everything_fits_on_a_phone(school, people):
    with Browser(school, True, PHONE, "id") as phone:
        phone.log_in(people[0])
        phone.open("/compose")
        phone.one(".wishes summary").send_keys(Keys.ENTER)
        assert not phone.overflows() and phone.errors() == []
