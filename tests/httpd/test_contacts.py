"""Contacts, completion, ready-made texts and receipts in a browser, with scripts and without."""

import pytest
from selenium.webdriver.common.keys import Keys

from httpd.browser import PHONE, Browser
from support.appliance import wait_until

GOOGLE = 'First Name,Last Name,E-mail 1 - Value,Labels\r\nCitra,Dewi,citra@luar.example,* myContacts ::: OSIS\r\nSalah,,bukan alamat,\r\n'


@pytest.fixture(scope="module", params=[True, False], ids=["scripts", "no-scripts"])
def browser(school, request):
    with Browser(school, request.param, language="en") as one:
        one.scripts = request.param
        one.login = school.add_user(f"kontak{int(request.param)}", name="Kontak Murid")
        one.log_in(one.login)
        yield one


def value(browser, name):
    return browser.one(f"[name={name}]").get_attribute("value")


def test_a_contact_is_added_found_changed_and_deleted(browser):
    browser.open("/contacts/new")
    browser.press("save")
    assert "needs a name or an address" in browser.text(".fault")
    browser.fill("name", "Eka Putri")
    browser.fill("addresses", "bukan alamat")
    browser.press("save")
    assert "this is no mail address" in browser.text(".fault") and value(browser, "name") == "Eka Putri"
    browser.fill("addresses", "eka@luar.example")
    browser.fill("groups", "Panitia, OSIS")
    browser.press("save")
    browser.open("/contacts?q=panit+eka")
    assert "Eka Putri" in browser.text("main table")
    browser.open("/contacts/new?name=Eka&address=EKA@luar.example")  # added twice: shows the one that is there
    assert value(browser, "name") == "Eka Putri"
    browser.fill("phone", "0812")
    browser.press("save")
    browser.open("/contacts?group=OSIS")
    assert "0812" in browser.text("main table") and not browser.overflows()
    browser.click("input[name=id]")
    browser.press("write")
    assert value(browser, "to") == "eka@luar.example"
    browser.open("/contacts")
    browser.click("input[name=id]")
    browser.press("delete")
    assert "1 contact deleted." in browser.text(".notice") and browser.all("main table") == []


def test_a_file_is_shown_before_it_is_added_and_comes_out_again(browser, tmp_path):
    file = tmp_path / "kontak.csv"
    file.write_text(GOOGLE)
    browser.open("/contacts/import")
    browser.fill("upload", str(file))
    browser.press("preview")
    assert "1 contact will be added." in browser.text("main") and "Line 3 (Salah): this is no mail address" in browser.text(".warning")
    browser.press("import")
    assert "1 contact added." in browser.text(".notice")
    browser.open("/contacts/import")
    browser.fill("upload", str(file))
    browser.press("preview")
    assert "1 is in your contacts already" in browser.text("main")
    browser.open("/contacts/import")
    browser.click("a[href='/contacts/export/vcard']")
    card = browser.downloaded("contacts.vcf").decode()
    assert "FN:Citra Dewi\r\nEMAIL:citra@luar.example\r\nCATEGORIES:OSIS\r\n" in card


def test_letters_and_tab_become_a_person(school, browser):
    if not browser.scripts:
        browser.open("/compose")
        assert any("budi@" in option.get_attribute("value") for option in browser.all("datalist option"))
        return
    browser.open("/compose")
    to = browser.one("[name=to]")
    to.send_keys("bu", Keys.TAB)
    wait_until(lambda: value(browser, "to").endswith(", "), what="the completion")
    assert "budi@" in value(browser, "to")
    to.send_keys("x-tkj")
    wait_until(lambda: browser.all(".suggestions [role=option]") and "X-TKJ-1" in browser.text(".suggestions"), what="the class")
    assert to.get_attribute("aria-expanded") == "true"
    to.send_keys(Keys.ENTER)
    assert "x-tkj-1@" in value(browser, "to")
    to.send_keys("siswa")  # a pupil may not write to it
    wait_until(lambda: to.get_attribute("aria-expanded") == "false", what="no suggestion")
    assert browser.errors() == []


def test_a_group_of_contacts_gets_the_mail(school, browser):
    for name in ("budi", "guru1"):
        browser.open("/contacts/new")
        browser.fill("name", name.upper())
        browser.fill("addresses", f"{name}@{school.domain}")
        browser.fill("groups", "Lomba")
        browser.press("save")
    browser.open("/compose")
    browser.fill("to", "lomba")
    browser.fill("subject", f"Lomba {browser.scripts}")
    browser.press("send")
    assert "Your message was sent." in browser.text(".notice")
    client = school.imap(browser.login)
    client.select("Sent", readonly=True)
    last = client.fetch(client.search(None, "ALL")[1][0].split()[-1], "(BODY.PEEK[HEADER])")[1][0][1].decode()
    client.logout()
    assert f"budi@{school.domain}" in last and f"guru1@{school.domain}" in last


def test_a_ready_made_text_is_inserted(browser):
    browser.open("/texts")
    browser.driver.find_elements("css selector", "main form")[-1].find_element("css selector", "[name=title]").send_keys("Izin")
    browser.driver.find_elements("css selector", "main form")[-1].find_element("css selector", "[name=text]").send_keys("Mohon izin.")
    browser.go(browser.all("main form button[value=save]")[-1])
    assert "The text is saved." in browser.text(".notice")
    browser.open("/compose")
    browser.one("#canned").send_keys("Izin")
    if browser.scripts:
        browser.click("button[value=insert]")
    else:
        browser.press("insert")
    assert "Mohon izin." in value(browser, "text")


def test_a_receipt_is_sent_when_the_reader_says_so(school, browser):
    client = school.imap(browser.login)
    client.append("INBOX", "", None, (f"From: guru1@{school.domain}\r\nDisposition-Notification-To: guru1@{school.domain}\r\n"
                                      f"Message-ID: <tanya{browser.scripts}@x.example>\r\nSubject: Sudah dibaca?\r\n\r\nhalo\r\n").encode())
    client.select("INBOX")
    uid = client.uid("search", None, "ALL")[1][0].split()[-1].decode()
    browser.open(f"/mail/INBOX/{uid}/receipt")
    assert f"guru1@{school.domain}" in browser.text("main")
    browser.press("send")
    assert browser.path.startswith(f"/mail/INBOX/{uid}")
    client.noop()
    assert b"$MDNSent" in client.uid("fetch", uid, "(FLAGS)")[1][0]
    client.logout()
    teacher = school.imap("guru1")

    def arrived():
        teacher.select("INBOX", readonly=True)
        return teacher.search(None, "HEADER", "In-Reply-To", f"tanya{browser.scripts}@x.example")[1][0].split()

    number = wait_until(arrived, what="the receipt")[0]
    mail = teacher.fetch(number, "(BODY.PEEK[])")[1][0][1].decode()
    teacher.logout()
    assert "Return-Path: <>" in mail and "Disposition: manual-action/MDN-sent-manually; displayed" in mail


def test_contacts_fit_on_a_phone(school, browser):
    with Browser(school, browser.scripts, PHONE, "id") as phone:
        phone.log_in(browser.login)
        for page in ("/contacts", "/contacts/new", "/contacts/import", "/texts", "/later"):
            phone.open(page)
            assert not phone.overflows(), page
