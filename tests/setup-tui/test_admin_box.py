"""Names, mail and services in the administrator's screens, and what the box then really does."""

import json
import os
import signal
import subprocess

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


def dig(school, name, kind="A"):
    return subprocess.run(["dig", "+short", f"@{school.host}", "-p", str(school.ports["dns"]), name, kind],
                          capture_output=True, text=True, check=True).stdout.split("\n")[0]


def records(admin):
    admin.open("DNS")
    admin.shows("smkn1pendalian.sch.id.")
    admin.write("smkn1")
    admin.shows("1 / ")
    admin.type("Enter")
    admin.shows("DNS: rekaman")


def test_a_record_is_added_changed_and_deleted(admin, school):
    name = f"lab1.{school.domain}"
    records(admin)
    admin.type("F3")
    admin.shows("Tambah rekaman")
    admin.fill("lab1", None, "192.168.10.300")
    admin.type("F9")
    admin.shows("lab1", "192.168.10.300")
    wait_until(lambda: "lab1" in admin.screen() and admin.screen().splitlines()[-2].strip(), what="a refusal")
    assert dig(school, name) == ""
    admin.type("Up", "Up", "Up")
    admin.fill("lab1", None, "192.168.10.77")
    admin.type("F9")
    admin.shows("Ditambahkan:")
    wait_until(lambda: dig(school, name) == "192.168.10.77", what="the new record")
    wait_until(lambda: dig(school, "77.10.168.192.in-addr.arpa", "PTR") == name + ".", what="its PTR")
    admin.write("lab1")
    admin.shows("1 / ")
    admin.type("Enter")
    admin.shows("Ubah rekaman")
    admin.fill(None, None, "192.168.10.78")
    admin.type("F9")
    admin.shows("sudah diubah.")
    wait_until(lambda: dig(school, name) == "192.168.10.78", what="the changed record")
    admin.type("F8")
    admin.answer(yes=True)
    admin.shows("Dihapus:")
    wait_until(lambda: dig(school, name) == "", what="the record goes")


def test_a_refused_change_of_a_record_leaves_it(admin, school):
    records(admin)
    admin.write("www 192")
    admin.shows("1 / ")
    admin.type("Enter")
    admin.shows("Ubah rekaman")
    admin.fill("www", None, "not an address")
    admin.type("F9")
    wait_until(lambda: len(admin.screen().splitlines()[-2].strip()) > 5 or "Belum berhasil" in admin.screen(),
               what="a refusal")
    assert dig(school, f"www.{school.domain}") == "192.168.10.2"


def test_a_record_that_another_has_changed_meanwhile(admin, school):
    school.kotakpos("dns", "add", "kantin", "A", "192.168.10.90")
    records(admin)
    admin.write("kantin")
    admin.shows("1 / ")
    admin.type("Enter")
    admin.shows("Ubah rekaman")
    admin.fill(None, None, "192.168.10.91")
    school.kotakpos("dns", "delete", "kantin")
    school.kotakpos("dns", "add", "kantin", "A", "192.168.10.92")
    admin.type("F9")
    admin.shows("orang lain baru saja mengubah")
    wait_until(lambda: dig(school, f"kantin.{school.domain}") == "192.168.10.92", what="the other's record")


def test_what_follows_by_itself_is_not_edited(admin):
    admin.open("DNS")
    admin.shows("in-addr.arpa")
    admin.write("in-addr")
    admin.shows("1 / ")
    admin.type("Enter")
    admin.shows("DNS: rekaman")
    admin.write("ptr www")
    admin.shows("1 / ")
    admin.type("F8")
    admin.shows("mengikuti rekaman alamat")


def test_zones(admin, school):
    admin.open("DNS")
    admin.type("F3")
    admin.shows("Tambah zona")
    admin.fill("latihan.sch.id")
    admin.type("F9")
    admin.shows("latihan.sch.id.")
    wait_until(lambda: dig(school, "latihan.sch.id", "SOA"), what="the zone")
    admin.write("latihan")
    admin.shows("1 / ")
    admin.type("F8")
    admin.answer(yes=True)
    wait_until(lambda: not dig(school, "latihan.sch.id", "SOA"), what="the zone goes")


# The queue and the trace.

def queue(school):
    return json.loads(school.kotakpos("queue", "list", "--json"))


def state(school):
    return [recipient["state"] for message in queue(school) for recipient in message["recipients"]]


def from_outside(school, subject):
    with school.smtp() as client:
        client.sendmail("a@client.example", [school.address("guru1")], f"Subject: {subject}\r\n\r\nhalo\r\n")
    wait_until(lambda: queue(school), what="the mail is in the queue")


def test_mail_in_the_queue_is_held_tried_and_deleted(admin, school):
    admin.open("Antrean surat")
    admin.shows("Antrean kosong")
    pid = school.pid("maild-box")
    os.kill(pid, signal.SIGSTOP)  # nobody works the queue off
    try:
        from_outside(school, "ditahan")
        admin.shows("1 surat", "a@client.example", school.address("guru1")[:14])  # the screen looks by itself
        admin.type("Enter")
        admin.shows("Kepada: " + school.address("guru1"))
        admin.type("Escape")
        admin.shows("F6 tahan")
        admin.type("F6")
        admin.shows("Surat itu ditahan.", "ditahan")
        assert state(school) == ["held"]
    finally:
        os.kill(pid, signal.SIGCONT)
    assert state(school) == ["held"] and school.subjects("guru1") == []
    admin.type("F5")
    admin.shows("Surat itu dicoba sekarang.")
    wait_until(lambda: school.subjects("guru1") == ["ditahan"], what="the mail arrives")
    admin.shows("Antrean kosong.")
    os.kill(pid, signal.SIGSTOP)
    try:
        from_outside(school, "dihapus")
        admin.shows("1 surat")
        admin.type("F8")
        admin.shows("Hapus surat ini?", "Dari a@client.example kepada")
        admin.answer(yes=True)
        admin.shows("Antrean kosong.")
        assert queue(school) == []
    finally:
        os.kill(pid, signal.SIGCONT)
    send(school, "ali", school.address("guru1"), "sesudahnya")
    wait_until(lambda: school.subjects("guru1")[1:] == ["sesudahnya"], what="the next mail, and not the deleted one")


def send(school, login, recipient, subject):
    with school.submission(login) as client:
        client.sendmail(school.address(login), [recipient], f"Subject: {subject}\r\n\r\nhalo\r\n")


def test_the_trace_tells_where_a_mail_is(admin, school):
    send(school, "ali", school.address("budi"), "Halo")
    wait_until(lambda: school.subjects("budi"), what="the mail")
    admin.open("Jejak surat")
    admin.shows("Pengirim")
    admin.fill("ali", "budi")
    admin.type("F9")
    admin.shows("1 surat", "ali@", "budi@")
    admin.type("Enter")
    admin.shows("Dari: " + school.address("ali"), "Kepada: " + school.address("budi"))
    admin.type("Escape")
    admin.shows("Enter cerita lengkap")
    admin.type("Escape")
    admin.shows("Sejak")
    admin.fill("nobody-here")
    admin.type("F9")
    admin.shows("Tidak ada surat yang cocok")


def test_the_status_counts_the_mail_of_today(admin, school):
    send(school, "budi", school.address("ali"), "Halo")
    wait_until(lambda: "Halo" in school.subjects("ali"), what="the mail")
    admin.open("Keadaan")
    admin.shows("√ maild-box", "√ dnsd", "Disk", "bebas")
    wait_until(lambda: int(admin.screen().split("Surat hari ini")[1].split()[0]) >= 1, what="the count")
    assert "██ " in admin.screen() or "██\n" in admin.screen()


# Services.

def test_a_service_is_restarted(admin, school):
    before, other = school.pid("httpd"), school.pid("maild-box")
    admin.open("Layanan")
    admin.shows("httpd")
    admin.write("httpd")
    admin.shows("1 / ", str(before))
    admin.type("F5")
    admin.shows("Mulai ulang httpd?")
    admin.type("Escape")
    admin.shows("F5 mulai ulang")
    assert school.pid("httpd") == before
    admin.type("F5")
    admin.answer(yes=True)
    admin.shows("httpd sudah dimulai ulang.", seconds=30)
    after = school.pid("httpd")
    assert after != before and school.pid("maild-box") == other
    admin.shows(str(after))


def test_a_crash_is_seen_without_a_key(admin, school):
    admin.open("Layanan")
    admin.shows("dnsd")
    pid = school.kill("dnsd")
    wait_until(lambda: school.pid("dnsd") != pid, 20, "the new process")
    admin.shows(str(school.pid("dnsd")))


def test_the_log_goes_on_while_one_looks(admin, school):
    admin.open("Layanan")
    admin.write("maild-in")
    admin.shows("1 / ")
    admin.type("Enter")
    admin.shows("Kotakpos · Log", "event=")
    with school.submission("guru1"):
        pass
    admin.shows("guru1")
    assert "dnsd[" not in admin.screen()
    admin.type("Escape")
    admin.shows("F4 seluruh log")
    admin.type("F4", "Home")
    admin.shows("event=started")


def test_without_daemons_it_says_what_to_do(tmp_path):
    with Appliance(start=False) as stopped, AdminScreens(stopped) as admin:
        admin.open("Layanan")
        admin.shows("kotakpos run")
        admin.type("F4")
        admin.shows("tidak sedang berjalan")
        admin.type("Enter")
        admin.back()
        admin.open("Keadaan")
        admin.shows("kotakpos run", "Disk")
