"""Takes the pictures of README.md: screenshot.py FOLDER (httpd) starts a demo school, lets people write, and photographs the inbox, the
inbox on a phone in the dark, and the administration."""

import sys
from email.message import EmailMessage
from pathlib import Path

from httpd.browser import DESKTOP, PHONE, Browser
from support.appliance import Appliance, wait_until

LETTERS = [
    ("guru1", "Guru Satu", "Tugas jaringan minggu ini", "Kerjakan halaman 12 sampai 15, kumpulkan hari Senin.", None),
    ("kepsek", "Kepala Sekolah", "Upacara hari guru", "Semua siswa hadir pukul 07.00 di lapangan.", None),
    ("ali", "Ali", "Hasil praktik DNS", "Zona kita sudah menjawab. Lihat lampiran.", "hasil-dig.txt"),
    ("guru1", "Guru Satu", "Nilai ujian tengah semester", "Nilai ada di lampiran.", "nilai.csv"),
    ("ali", "Ali", "Kerja kelompok sore ini?", "Di lab TKJ setelah jam terakhir, bagaimana?", None),
    ("ali", "Ali", "Re: Kerja kelompok sore ini?", "Budi, jangan lupa bawa kabel konsol.", None),
]


def write(school):
    for login, name, subject, text, file in LETTERS:
        message = EmailMessage()
        message["From"], message["To"] = f"{name} <{school.address(login)}>", f"Budi <{school.address('budi')}>"
        message["Subject"] = subject
        message.set_content(text + "\n")
        if file:
            message.add_attachment("isi\n", filename=file)
        with school.submission(login) as client:
            client.send_message(message)
    wait_until(lambda: len(school.subjects("budi")) == len(LETTERS), what="the letters")
    client = school.imap("budi")
    client.select("INBOX")
    client.store("1:3", "+FLAGS", "(\\Seen)")
    client.store("2", "+FLAGS", "(\\Flagged)")
    client.logout()


def dark(browser):
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": "dark"}]})


def main():
    folder = Path(sys.argv[1])
    with Appliance() as school:
        write(school)
        with Browser(school, size=DESKTOP) as browser:
            browser.log_in("budi")
            browser.click(".messages li:nth-child(3) a")
            wait_until(lambda: browser.all("article.message"), what="the message beside the list")
            browser.driver.save_screenshot(str(folder / "README-inbox.png"))
        with Browser(school, size=PHONE) as browser:
            dark(browser)
            browser.log_in("budi")
            browser.driver.save_screenshot(str(folder / "README-phone.png"))
        with Browser(school, size=DESKTOP) as browser:
            browser.log_in("admin")
            browser.open("/admin")
            browser.driver.save_screenshot(str(folder / "README-admin.png"))


if __name__ == "__main__":
    main()
