"""Users, classes and aliases in the administrator's screens, and what the box then really does."""

import imaplib
import json
import smtplib
import sqlite3

import pytest

from support.admin_screens import AdminScreens
from support.appliance import Appliance, wait_until


@pytest.fixture(scope="module")
def school():
    with Appliance() as appliance:
        yield appliance


@pytest.fixture
def admin(school):
    with AdminScreens(school) as screens:
        yield screens


def shown(school, login):
    return json.loads(school.kotakpos("user", "show", login, "--json"))


def may_log_in(school, login, password):
    client = imaplib.IMAP4(school.host, school.ports["imap"])
    try:
        client.login(login, password)
        return True
    except imaplib.IMAP4.error:
        return False
    finally:
        client.logout()


def reply_to(school, recipient):
    """What a stranger's server is told about this recipient."""
    with smtplib.SMTP(school.host, school.ports["smtp"]) as client:
        client.ehlo()
        client.mail("stranger@example.org")
        return client.rcpt(f"{recipient}@{school.domain}")[0]


def find(admin, words):
    admin.open("Pengguna")
    admin.shows("Ketik untuk mencari")
    admin.write(words)
    admin.shows("1 / ")


def test_a_new_user_can_read_mail_at_once(admin, school):
    admin.open("Pengguna")
    admin.type("F3")
    admin.shows("Tambah pengguna")
    admin.fill("citra", "Citra Dewi", "X-RPL-7", ["Right"], "50M", "rahasia-sekali", "rahasia-sekali")
    assert "rahasia-sekali" not in admin.screen()
    admin.type("F9")
    admin.shows("citra ditambahkan.", "X-RPL-7")
    assert "rahasia-sekali" not in admin.screen()
    user = shown(school, "citra")
    assert (user["name"], user["role"], user["class"], user["quota"]) == ("Citra Dewi", "teacher", "X-RPL-7", 50 << 20)
    assert may_log_in(school, "citra", "rahasia-sekali")


def test_a_made_password_is_shown_once_and_is_good(admin, school):
    admin.open("Pengguna")
    admin.type("F3")
    admin.shows("Tambah pengguna")
    admin.fill("dewi")
    admin.type("F9")
    admin.shows("Kata sandi dewi:")
    password = admin.screen().split("Kata sandi dewi: ")[1].split()[0]
    assert may_log_in(school, "dewi", password)
    admin.type("Enter")
    admin.shows("dewi ditambahkan.")
    assert password not in admin.screen()


def test_refusals_are_shown_and_what_was_typed_stays(admin, school):
    admin.open("Pengguna")
    admin.type("F3")
    admin.shows("Tambah pengguna")
    admin.fill("ali", "Ali Kedua")
    admin.type("F9")
    admin.shows("sudah ada pengguna", "Ali Kedua")
    admin.type("Up", "Up")
    admin.fill("x y")
    admin.type("F9")
    admin.shows("ini bukan nama masuk", "Ali Kedua")
    admin.type("Escape")
    admin.shows("F3 tambah")
    assert shown(school, "ali")["name"] == ""


def test_the_two_passwords_must_be_the_same(admin, school):
    find(admin, "budi")
    admin.type("F4")
    admin.shows("Kata sandi baru untuk budi")
    admin.fill("kuda-laut-77", "kuda-laut-78")
    admin.type("F9")
    admin.shows("kedua kata sandi tidak sama")
    assert may_log_in(school, "budi", "123")
    admin.type("Up", "Up")
    admin.fill("kuda-laut-77", "kuda-laut-77")
    admin.type("F9")
    admin.shows("Kata sandi budi diganti")
    assert may_log_in(school, "budi", "kuda-laut-77") and not may_log_in(school, "budi", "123")


def test_a_user_is_changed(admin, school):
    find(admin, "guru1")
    admin.type("Enter")
    admin.shows("Ubah guru1")
    admin.fill("Guru Satu", "X-TKJ-1", None, "2G")
    admin.type("F9")
    admin.shows("guru1 sudah diubah.", "Guru Satu")
    user = shown(school, "guru1")
    assert (user["name"], user["class"], user["quota"], user["role"]) == ("Guru Satu", "X-TKJ-1", 2 << 30, "teacher")


def test_switching_off_stops_login_and_mail(admin, school):
    school.add_user("eka")
    find(admin, "eka")
    admin.type("F5")
    admin.shows("(nonaktif)")
    assert not may_log_in(school, "eka", "123") and reply_to(school, "eka") >= 500
    admin.type("F5")
    admin.shows("dapat masuk lagi")
    wait_until(lambda: may_log_in(school, "eka", "123"), what="the login")


def test_deleting_asks_first(admin, school):
    school.add_user("fajar")
    find(admin, "fajar")
    admin.type("F8")
    admin.shows("Hapus fajar", "tetap di kotak ini")
    admin.type("F9")
    admin.shows("Hapus fajar?")
    admin.type("Enter")  # "no" is chosen
    admin.shows("F3 tambah")
    assert shown(school, "fajar")
    admin.type("F8")
    admin.shows("tetap di kotak ini")
    admin.type("F9")
    admin.answer(yes=True)
    admin.shows("fajar dihapus.")
    assert school.run("user", "show", "fajar").returncode == 3 and reply_to(school, "fajar") == 550


def mailboxes(school, user):
    with sqlite3.connect(f"file:{school.state}/mail/mail.db?mode=ro", uri=True) as database:
        return [row[0] for row in database.execute("SELECT name FROM mailbox WHERE account_id = ?", (user,))]


def number_of(school, login):
    with sqlite3.connect(f"file:{school.state}/school/school.db?mode=ro", uri=True) as database:
        return database.execute("SELECT user_id FROM user WHERE login = ?", (login,)).fetchone()[0]


@pytest.mark.parametrize("login, removed", [("joko", True), ("kartika", False)])
def test_the_mail_of_somebody_deleted_goes_or_stays(admin, school, login, removed):
    school.add_user(login)
    with school.smtp() as client:
        client.sendmail("a@client.example", [school.address(login)], "Subject: halo\r\n\r\nhalo\r\n")
    wait_until(lambda: school.subjects(login) == ["halo"], what="the mail")
    number = number_of(school, login)
    find(admin, login)
    admin.type("F8")
    admin.shows("tetap di kotak ini")
    if removed:
        admin.type("Right")
    admin.type("F9")
    admin.shows("tidak bisa dibatalkan" if removed else "suratnya tetap ada")
    admin.answer(yes=True)
    admin.shows(f"{login} dihapus.")
    if removed:
        wait_until(lambda: not mailboxes(school, number), what="the mail goes")
    else:
        assert "INBOX" in mailboxes(school, number)


def test_nobody_shuts_himself_out(admin, school):
    find(admin, "administrator")
    admin.type("F8")
    admin.shows("Anda tidak bisa menghapus diri sendiri")
    admin.type("Enter", "F5")
    admin.shows("Anda tidak bisa menonaktifkan diri sendiri")
    admin.type("Enter")
    admin.shows("F3 tambah")
    admin.type("Enter")
    admin.shows("Ubah admin")
    admin.fill(None, None, ["Left"])
    admin.type("F9")
    admin.shows("mencabut peran administrator")
    assert shown(school, "admin")["role"] == "admin" and shown(school, "admin")["enabled"]


# Two administrators at once.

def test_a_user_deleted_by_another_while_being_edited(admin, school):
    school.add_user("gita")
    find(admin, "gita")
    admin.type("Enter")
    admin.shows("Ubah gita")
    admin.fill("Gita Gutawa")
    school.kotakpos("user", "delete", "gita")
    admin.type("F9")
    admin.shows("orang lain baru saja menghapus pengguna ini", "Gita Gutawa")
    admin.type("Escape")
    admin.shows("Tidak ada yang cocok")  # the list was read again
    assert school.run("user", "show", "gita").returncode == 3


def test_a_user_changed_by_another_while_being_edited(admin, school):
    school.add_user("hadi")
    find(admin, "hadi")
    with AdminScreens(school) as other:
        for screens, name in ((other, "Hadi Dua"), (admin, "Hadi Satu")):
            if screens is other:
                find(other, "hadi")
            screens.type("Enter")
            screens.shows("Ubah hadi")
            screens.fill(name)
        admin.type("F9")
        admin.shows("hadi sudah diubah.")
        other.type("F9")
        other.shows("orang lain baru saja mengubah pengguna ini", "Hadi Dua")
    assert shown(school, "hadi")["name"] == "Hadi Satu"


def test_a_busy_database_is_a_sentence_and_the_form_stays(admin, school):
    school.add_user("indah")
    find(admin, "indah")
    admin.type("Enter")
    admin.shows("Ubah indah")
    admin.fill("Indah Permata")
    lock = sqlite3.connect(school.state / "school" / "school.db", isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    try:
        admin.type("F9")
        admin.shows("sedang sibuk", "Indah Permata", seconds=30)
    finally:
        lock.execute("ROLLBACK")
        lock.close()
    admin.type("F9")
    admin.shows("indah sudah diubah.")
    assert shown(school, "indah")["name"] == "Indah Permata"


# Classes and aliases.

def test_classes(admin, school):
    admin.open("Kelas")
    admin.shows("x-tkj-1@")
    admin.type("F3")
    admin.shows("Tambah kelas")
    admin.fill("XII-TKJ-9")
    admin.type("F9")
    admin.shows("Kelas XII-TKJ-9 ditambahkan")
    admin.write("xii-tkj-9")
    admin.shows("1 / ")
    admin.type("Enter")
    admin.shows("0 pengguna")
    admin.type("F3")
    admin.shows("Tambah anggota")
    admin.fill("nobody-there")
    admin.type("F9")
    admin.shows("pengguna itu tidak ada")
    admin.fill("ali")
    admin.type("F9")
    admin.shows("ali sekarang di XII-TKJ-9.", "1 pengguna")
    assert shown(school, "ali")["class"] == "XII-TKJ-9"
    admin.type("F8")
    admin.shows("ali sekarang tanpa kelas.")
    admin.type("Escape")
    admin.shows("F4 siapa boleh menulis")
    admin.type("F4")
    admin.shows("Yang boleh menulis")
    admin.fill(["Right"], "budi, ali")
    admin.type("F9")
    admin.shows("xii-tkj-9 sudah diubah.")
    policy = json.loads(school.kotakpos("class", "writers", "XII-TKJ-9", "--json"))
    assert (policy["writers"], policy["named"]) == ("teachers", ["ali", "budi"])
    admin.type("F8")
    admin.answer(yes=True)
    wait_until(lambda: "XII-TKJ-9" not in school.kotakpos("class", "list"), what="the class goes")


def test_the_groups_of_roles_are_no_classes(admin):
    admin.open("Kelas")
    admin.shows("Ketik untuk mencari")
    admin.write("siswa@")
    admin.shows("1 / ")
    admin.type("F8")
    admin.shows("kelompok ini mengikuti peran")


def test_aliases_lead_to_people(admin, school):
    admin.open("Alias")
    admin.type("F3")
    admin.shows("Tambah alias")
    admin.fill("osis", "ali, nobody-there")
    admin.type("F9")
    admin.shows("nobody-there: pengguna, kelas", "periksa", "osis")
    admin.fill("osis", "ali")
    admin.type("F9")
    admin.shows("Alias osis ditambahkan")
    assert reply_to(school, "osis") == 250
    admin.type("F4")
    admin.shows("Tambah tujuan alias")
    admin.fill("guru1")
    admin.type("F9")
    admin.shows("ali, guru1")
    admin.type("F8")
    admin.answer(yes=True)
    admin.shows("Alias osis dihapus")
    assert reply_to(school, "osis") == 550
