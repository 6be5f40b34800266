"""The whole wizard in a real terminal, by Enter alone: both languages, three kinds of terminal, and what the box then does."""

import imaplib
import importlib.util
import smtplib
import ssl
import subprocess
import time
import urllib.parse
import urllib.request
from email.message import EmailMessage

import pytest

from support.appliance import DOMAIN, ROOT
from support.wizard import PAGES, NewBox, enter_to, passwords

TITLES = {
    "id": ["Bahasa / Language", "Sekolah", "Jaringan", "Alamat layanan", "Administrator", "Pengguna pertama",
           "Surat ke domain lain", "Semua jawaban", "Menyiapkan", "Kotak siap dipakai"],
    "en": ["Bahasa / Language", "The school", "The network", "Addresses of the services", "The administrator",
           "The first users", "Mail for other domains", "Everything at a glance", "Setting up", "The box is ready"],
}
PROOF = {
    "id": ["Server nama menjawab", "Surat dari ali sampai ke budi", "budi masuk ke webmail dan menemukan surat itu"],
    "en": ["The name server answers", "A mail goes from ali to budi", "budi logs in to the webmail and finds it"],
}
READY = {"id": "Semuanya bekerja.", "en": "Everything works."}
FIRST_MAIL = {"id": "Surat pertama", "en": "The first mail"}
KINDS = [("id", (80, 24), None), ("en", (132, 43), None), ("id", (80, 24), "vt100")]


def dig(box, *words):
    return subprocess.run(["dig", "@127.0.0.1", "-p", str(box.ports["dns"]), "+short", *words], capture_output=True,
                          text=True, check=True).stdout.split()


def webmail_shows(box, login, password):
    """The page after a login, as a browser without JavaScript sees it."""
    spec = importlib.util.spec_from_file_location("prove", ROOT / "appliance" / "prove.py")
    prove = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(prove)
    browser = prove.Browser(str(box.state), box.ports["https"])
    browser.start = f"https://localhost:{box.ports['https']}/"
    browser.opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=unchecked()),
        urllib.request.HTTPCookieProcessor())
    page = browser.open(urllib.parse.urljoin(browser.start, "/login"))
    form = next(form for form in page.forms if form.password)
    form.fields[form.text], form.fields[form.password] = login, password
    return browser.send(page, form).body


def unchecked():
    """The certificate is for the school's names, not for localhost; the wizard's own proof checks them."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def send_mail(box, password):
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = f"ali@{DOMAIN}", f"budi@{DOMAIN}", "Dari tes"
    message.set_content("Halo")
    with smtplib.SMTP_SSL("localhost", box.ports["submissions"], context=unchecked(), timeout=30) as client:
        client.login("ali", password)
        client.send_message(message)


def subjects(box, password):
    client = imaplib.IMAP4_SSL("localhost", box.ports["imaps"], ssl_context=unchecked(), timeout=30)
    client.login("budi", password)
    client.select("INBOX", readonly=True)
    _, data = client.fetch("1:*", "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])")
    client.logout()
    return b" ".join(part[1] for part in data if isinstance(part, tuple)).decode()


@pytest.mark.parametrize("language, size, term", KINDS, ids=["id-80x24", "en-132x43", "id-vt100"])
def test_enter_all_the_way_makes_a_box_that_works(language, size, term):
    began = time.monotonic()
    with NewBox() as box, box.wizard(size=size, term=term) as terminal:
        if language == "en":
            terminal.shows("(*) Bahasa Indonesia")
            terminal.type("Right")
            terminal.shows("(*) English", "In which language")
        pictures = enter_to(terminal, PAGES - 1)
        terminal.shows(READY[language], seconds=60)
        pictures.update({9: terminal.screen()})
        for line in PROOF[language]:
            assert line in pictures[9]
        assert pictures[9].count(" s\n") >= 11, "each step has its time"
        terminal.type("Enter")
        terminal.shows(TITLES[language][9])
        pictures[10] = terminal.screen()
        assert time.monotonic() - began < 180
        for number, title in enumerate(TITLES[language], 1):
            assert title in pictures[number].splitlines()[0], pictures[number]
        if term == "vt100":
            assert all(picture.isascii() for picture in pictures.values())

        # What the last page says is true.
        words = passwords(pictures[10])
        assert set(words) == {"admin", "ali", "budi"}, pictures[10]
        assert dig(box, "MX", DOMAIN) == ["10", f"mail.{DOMAIN}."]
        assert dig(box, "A", f"www.{DOMAIN}") == dig(box, "A", f"ns.{DOMAIN}") != []
        send_mail(box, words["ali"])
        assert "Dari tes" in webmail_shows(box, "budi", words["budi"])
        assert "Dari tes" in subjects(box, words["budi"])
        assert FIRST_MAIL[language] in webmail_shows(box, "budi", words["budi"])
        assert "admin" in box.kotakpos("user", "list")
        terminal.type("Enter")
        terminal.ended(0)
        assert words["admin"] not in terminal.screen()
        assert not (box.state / "setup-draft").exists()
        assert box.run("check").returncode == 0
