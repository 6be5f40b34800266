"""The web administration as administrators and teachers use it: in Chromium, without scripts, and by its forms."""

import html
import re

import pytest

from httpd.admin_client import Client
from httpd.browser import DESKTOP, PHONE, Browser
from support.appliance import Appliance, wait_until
from support.axe import violations

DOMAIN = "smkn1pendalian.sch.id"


@pytest.fixture(scope="module")
def school():
    with Appliance() as box:
        box.kotakpos("route", "set", "luar.example", "127.0.0.1:9")  # nobody answers there: mail waits
        yield box


@pytest.fixture(scope="module")
def admin(school):
    return Client(school, "admin")


def words(text):
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


def logins(school):
    return {line.split()[0] for line in school.kotakpos("user", "list").splitlines()[1:]}


def send(school, who, to, subject="halo"):
    with school.submission(who) as server:
        server.sendmail(f"{who}@{DOMAIN}", [to], f"Subject: {subject}\r\n\r\nhalo\r\n")


def queue_id(admin):
    return wait_until(lambda: re.search(r'name="id" value="([^"]+)"', admin.get("/admin/queue")[1]), 20, "the mail in the queue").group(1)


@pytest.mark.parametrize("scripts", [True, False])
def test_a_person_is_added_on_a_phone_and_logs_in_with_the_slip(school, scripts):
    login = "siti" if scripts else "sari"
    with Browser(school, scripts=scripts, size=PHONE) as browser:
        browser.log_in("admin")
        browser.open("/admin/new-person")
        browser.fill("login", login)
        browser.fill("name", "Siti Aminah")
        browser.choose("class", "X-TKJ-1")
        browser.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", browser.one("main button.primary"))
        browser.go("main button.primary")
        password = browser.text(".slip .secret")
        assert f"{login}@{DOMAIN}" in browser.text(".slip") and "sekali" in browser.text(".warning")
        assert browser.one("[data-print]").is_displayed() == scripts
        if scripts:
            assert violations(browser.driver) == [] and not browser.overflows() and browser.errors() == []
        browser.open(f"/admin/people/{login}")
        browser.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", browser.one("button[value=disable]"))
        browser.press("disable")
        assert "nonaktif" in browser.text("main")
    assert Client(school).get("/login")[0] == 200
    with pytest.raises(AssertionError):
        Client(school, login, password)  # disabled
    school.kotakpos("user", "enable", login)
    Client(school, login, password)


def test_deleting_somebody_asks_what_happens_to_the_mail(school, admin):
    school.add_user("keluar")
    status, text = admin.get("/admin/people/keluar/delete")
    assert status == 200 and 'value="keep" checked' in text and 'value="remove"' in text
    assert admin.post("/admin/people/keluar/delete", {"mail": "keep"})[0] == 303
    assert "keluar" not in logins(school)


def test_the_last_administrator_stays(school, admin):
    for path, fields in (("/admin/people/admin", {"do": "disable"}), ("/admin/people/admin", {"do": "save", "role": "pupil", "quota": "1G"}),
                         ("/admin/people/admin/delete", {"mail": "remove"})):
        _, text = admin.post(path, fields)
        assert "satu-satunya administrator" in text
    assert admin.get("/admin")[0] == 200


def test_a_table_with_a_mistake_adds_nobody(school, admin):
    before = logins(school)
    table = "login,name,class\nbaru1,Baru Satu,XI-TKJ-9\nBUDI,Budi lagi,\nbaru2,Baru Dua,\n"
    status, text = admin.post("/admin/import", {"table": table, "do": "add"})
    assert status == 422 and "1 baris salah" in text and logins(school) == before
    good = table.replace("BUDI,Budi lagi,", "baru3,\"Baru, Tiga\",")
    status, text = admin.post("/admin/import", {"table": good})
    assert status == 200 and "3 orang akan ditambahkan" in words(text) and "XI-TKJ-9" in text and logins(school) == before
    status, text = admin.post("/admin/import", {"table": good, "do": "add"})
    slips = re.findall(r'class="secret">([^<]+)<', text)
    assert status == 200 and len(slips) == len(set(slips)) == 3 and "Baru, Tiga" in text
    assert logins(school) == before | {"baru1", "baru2", "baru3"}
    assert slips[0] not in admin.get("/admin/people")[1] and slips[0] not in admin.get("/admin/audit")[1]


def test_a_class_is_given_to_a_teacher_who_sees_nothing_else(school, admin):
    assert admin.post("/admin/classes", {"name": "XII-RPL-1"})[0] == 303
    school.add_user("murid", **{"class": "XII-RPL-1"})
    assert "siswa" in admin.post("/admin/classes/XII-RPL-1/teachers", {"teachers": "ali"})[1]  # refused: a pupil
    assert admin.post("/admin/classes/XII-RPL-1/teachers", {"teachers": "guru1"})[0] == 303
    assert "guru1" in school.kotakpos("class", "teacher", "list", "XII-RPL-1")
    teacher = Client(school, "guru1")
    _, text = teacher.get("/admin")
    assert "XII-RPL-1" in text and "X-TKJ-1" not in text and "/admin/queue" not in text
    _, text = teacher.get("/admin/classes/XII-RPL-1")
    assert "murid" in text and "/password" in text and "/admin/classes/XII-RPL-1/teachers" not in text


def test_the_next_school_year_is_looked_at_then_done_once(school, admin):
    for login, of in (("naik", "XI-MM-1"), ("tinggal", "XI-MM-1"), ("lulus", "XII-MM-1")):
        if f'"{of}"' not in school.kotakpos("class", "list", "--json").replace(" ", ""):
            school.kotakpos("class", "add", of)
        school.add_user(login, **{"class": of})
    status, text = admin.get("/admin/school-year")
    assert status == 200 and "XI-MM-1 → XII-MM-1" in words(text) and "XII-MM-1 → lulus" in words(text)
    mark = re.search(r'name="fingerprint" value="(\w+)"', text).group(1)
    status, text = admin.post("/admin/school-year", {"fingerprint": mark, "stay": "tinggal"})
    assert status == 200 and "Tidak ada tombol untuk membatalkannya" in text and school.kotakpos("class", "members", "XI-MM-1").count("naik") == 1
    agreed = {"fingerprint": mark, "stay": "tinggal", "sure": "yes"}
    school.kotakpos("class", "members", "XI-MM-1", "--remove", "naik")
    status, text = admin.post("/admin/school-year", agreed)
    assert status == 422 and "sudah berubah" in text and 'value="tinggal" checked' in text
    school.kotakpos("class", "members", "XI-MM-1", "--add", "naik")
    assert admin.post("/admin/school-year", agreed)[0] == 303
    assert admin.post("/admin/school-year", agreed)[0] == 422  # the Back button does it no second time
    assert "tinggal" in school.kotakpos("class", "members", "XI-MM-1") and "naik" in school.kotakpos("class", "members", "XII-MM-1")
    assert "lulus" in logins(school) and "ali" in school.kotakpos("class", "members", "XI-TKJ-1")
    with pytest.raises(AssertionError):
        Client(school, "lulus")  # switched off
    assert "class.promote" in admin.get("/admin/audit")[1]
    assert "XII-MM-1" in school.kotakpos("class", "promote") and "naik" in school.kotakpos("class", "members", "XII-MM-1")
    school.kotakpos("class", "promote", "--stay", "ali,budi", "--yes")
    assert "ali" in school.kotakpos("class", "members", "XI-TKJ-1")
    school.kotakpos("class", "members", "X-TKJ-1", "--add", "ali")  # as the tests below have it
    school.kotakpos("class", "members", "X-TKJ-1", "--add", "budi")


def test_a_record_is_added_changed_and_deleted(school, admin):
    zone = f"/admin/names/{DOMAIN}."
    _, text = admin.post(zone, {"name": "pc9", "type": "A", "data": "300.1.1.1"})
    assert 'role="alert"' in text and 'value="300.1.1.1"' in text  # what was typed is kept
    assert admin.post(zone, {"name": "pc9", "type": "A", "data": "192.168.10.90"})[0] == 303
    before = f"pc9.{DOMAIN}. A 192.168.10.90"
    assert admin.post(zone + "/record", {"do": "save", "before": before, "name": f"pc9.{DOMAIN}.", "type": "A", "data": "192.168.10.91"})[0] == 303
    assert "192.168.10.91" in school.kotakpos("dns", "list") and "192.168.10.90" not in school.kotakpos("dns", "list")
    after = before.replace("10.90", "10.91")
    _, text = admin.post(zone + "/record", {"do": "delete", "before": after})
    assert "192.168.10.91" in school.kotakpos("dns", "list")  # asked first
    assert admin.post(zone + "/record", {"do": "delete", "before": after, "sure": "yes"})[0] == 303
    assert "192.168.10.91" not in school.kotakpos("dns", "list")


def test_mail_in_the_queue_is_held_released_and_deleted(school, admin):
    send(school, "ali", "orang@luar.example", "RAHASIA-42")
    number = queue_id(admin)
    assert admin.post("/admin/queue", {"do": "hold", "id": number})[0] == 303
    wait_until(lambda: "ditahan" in admin.get(f"/admin/queue/{number}")[1], 10, "held")
    assert admin.post("/admin/queue", {"do": "retry", "id": number})[0] == 303
    wait_until(lambda: "ditahan" not in admin.get(f"/admin/queue/{number}")[1], 10, "released")
    pages = [admin.get(f"/admin/queue/{number}")[1], admin.get("/admin/trace?id=" + number)[1]]
    assert all("RAHASIA-42" not in page for page in pages) and "luar.example" in pages[1]
    status, text = admin.post("/admin/queue", {"do": "delete", "id": number})
    assert status == 200 and "pengirimnya tidak diberi tahu" in text and number in school.kotakpos("queue", "list")
    assert admin.post("/admin/queue", {"do": "delete", "id": number, "sure": "yes"})[0] == 303
    assert number not in school.kotakpos("queue", "list")


def test_the_trace_tells_a_mails_life_and_the_statistics_count_it(school, admin):
    send(school, "budi", f"ali@{DOMAIN}")
    school.wait_for_subject("ali", "halo")
    found = wait_until(lambda: re.search(r'<ol class="story">.*?class="good".*?</ol>', admin.get("/admin/trace?from=budi")[1], re.S), 10, "the story")
    assert found.group(0).count("<li") >= 2
    _, text = admin.get("/admin/statistics?days=7")
    assert re.search(r'<th scope="row">budi</th>', text) and "<svg" in text
    _, text = admin.get("/admin/classes/X-TKJ-1")
    assert "budi" in text and "<svg" in text


def test_a_service_is_restarted_after_a_question(school, admin):
    pid = school.pid("dnsd")
    assert admin.post("/admin/services", {"name": "dnsd"})[0] == 200 and school.pid("dnsd") == pid
    assert admin.post("/admin/services", {"name": "dnsd", "sure": "yes"})[0] == 303
    assert school.pid("dnsd") != pid


def test_a_setting_is_checked_as_on_the_command_line(school, admin):
    path = "/admin/settings/queue.connections"
    assert admin.post(path, {"do": "set", "value": "0"})[0] == 422
    assert admin.post(path, {"do": "set", "value": "7"})[0] == 303
    assert "= 7" in school.kotakpos("setting", "show", "queue.connections")
    assert admin.post(path, {"do": "unset"})[0] == 303
    assert "= 5" in school.kotakpos("setting", "show", "queue.connections")
    assert admin.post("/admin/settings/domain", {"do": "set", "value": "jahat.example"})[0] == 422
    _, text = admin.get("/admin/audit")
    assert "setting.set" in text and "queue.delete" in text and "dns.replace" in text


def test_aliases_and_rules(school, admin):
    assert admin.post("/admin/aliases", {"name": "kantor", "targets": "kepsek, guru1"})[0] == 303
    assert "kantor" in school.kotakpos("alias", "list")
    assert admin.post("/admin/aliases", {"name": "kantor2", "targets": "tidak-ada"})[0] == 422
    assert admin.post("/admin/lists/semua", {"do": "rule", "writers": "named"})[0] == 303
    assert admin.post("/admin/lists/semua", {"do": "add", "login": "kepsek", "right": "write"})[0] == 303
    assert "kepsek" in school.kotakpos("class", "writers", "semua")
    assert admin.post("/admin/aliases/kantor/delete", {})[0] == 303
    assert "kantor" not in school.kotakpos("alias", "list")


def test_every_page_is_there_in_english(school, admin):
    admin.get("/language/en?back=/admin")
    for path in ("/admin", "/admin/people", "/admin/import", "/admin/queue", "/admin/trace", "/admin/services", "/admin/settings", "/admin/statistics"):
        status, text = admin.get(path)
        assert status == 200 and 'lang="en"' in text and "Ringkasan" not in text
    admin.get("/language/id?back=/admin")


PAGES = ["", "/people", "/people/ali", "/people/ali/delete", "/people/ali/password", "/new-person", "/import", "/classes", "/classes/X-TKJ-1", "/school-year", "/aliases",
         "/lists", "/lists/semua", "/names", f"/names/{DOMAIN}.", "/queue", "/trace", "/services", "/settings", "/settings/mail.outside",
         "/settings/machine.ssh", "/statistics", "/audit"]


@pytest.mark.parametrize("size, scheme", [(DESKTOP, "light"), (PHONE, "dark")])
def test_every_page_keeps_the_rules_of_access(school, size, scheme):
    with Browser(school, size=size) as browser:
        browser.log_in("admin")
        browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]})
        for page in PAGES:
            browser.open("/admin" + page)
            assert len(browser.all("h1")) == 1, page
            assert violations(browser.driver) == [], page
            assert not browser.overflows() and browser.errors() == [], page
