"""Takes the picture of README.md: screenshot.py FILE.png starts a demo school, lets people write, and photographs the inbox."""

import sys
from email.message import EmailMessage

from selenium import webdriver
from selenium.webdriver.common.by import By

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


def main():
    options = webdriver.ChromeOptions()
    for argument in ("--headless=new", "--no-sandbox", "--ignore-certificate-errors", "--window-size=1100,640",
                     "--force-device-scale-factor=1", "--hide-scrollbars", "--lang=id"):
        options.add_argument(argument)
    with Appliance() as school:
        write(school)
        browser = webdriver.Chrome(options=options)
        try:
            browser.get(f"https://localhost:{school.ports['https']}/")
            form = next(form for form in browser.find_elements(By.TAG_NAME, "form")
                        if form.find_elements(By.CSS_SELECTOR, "input[type=password]"))
            form.find_element(By.CSS_SELECTOR, "input[type=text], input:not([type])").send_keys("budi")
            form.find_element(By.CSS_SELECTOR, "input[type=password]").send_keys("123")
            form.find_element(By.CSS_SELECTOR, "button[type=submit], button:not([type]), input[type=submit]").click()
            wait_until(lambda: LETTERS[-1][2] in browser.page_source, what="the inbox")
            browser.save_screenshot(sys.argv[1])
        finally:
            browser.quit()


if __name__ == "__main__":
    main()
