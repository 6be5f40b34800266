"""Takes the pictures of the administrator's screens for setup-tui/README.md: admin_pictures.py FOLDER shows a demo school."""

import sys
import tempfile
from pathlib import Path

from support.admin_screens import AdminScreens
from support.appliance import Appliance, wait_until
from support.terminal_picture import picture

GOOD = "login;name;class;role\nputri;Putri Aminah;XI-TKJ-1;pupil\nwayan;Wayan Señor;XI-TKJ-1;pupil\nbu.rina;Rina Hartati;;teacher\n"
BAD = "login;name;quota\nputri;Putri;1G\nali;Ali;\nBudi S;Budi Santoso;\nwayan;Wayan;banyak\n"


def preview(admin, folder, name, content, title):
    path = Path(folder) / name
    path.write_text(content)
    admin.open("Pengguna")
    admin.type("F6")
    admin.shows("Impor pengguna")
    admin.fill(str(path))
    admin.type("Enter")
    admin.shows(title)


def main():
    folder = Path(sys.argv[1])
    with Appliance() as school, tempfile.TemporaryDirectory() as tables:
        for login, subject in (("budi", "Tugas jaringan"), ("ali", "Rapat kelas")):
            with school.submission(login) as client:
                client.sendmail(school.address(login), [school.address("guru1")], f"Subject: {subject}\r\n\r\nhalo\r\n")
        wait_until(lambda: len(school.subjects("guru1")) == 2, what="the mail")
        for login, name, kind in (("siti", "Siti Rahma", "pupil"), ("bu.dewi", "Dewi Lestari", "teacher")):
            school.kotakpos("user", "add", login, "--name", name, "--role", kind, "--class", "X-TKJ-1" if kind == "pupil" else "",
                            "--password-stdin", input="kuda-laut-77\n")

        def take(name):
            picture(admin, folder / f"README-admin-{name}.png")

        with AdminScreens(school) as admin:
            take("menu")
            for entry, name, content in (("Pengguna", "users", "kepala sekolah"), ("Keadaan", "status", "dnsd")):
                admin.open(entry)
                admin.shows(content)
                take(name)
                admin.back()
            preview(admin, tables, "siswa.csv", GOOD, "Pratinjau")
            take("preview")
            admin.back()
            preview(admin, tables, "salah.csv", BAD, "ditolak")
            take("errors")
            admin.back()
            admin.open("DNS")
            admin.write("smkn1")
            admin.shows("1 / ")
            admin.type("Enter")
            admin.shows("DNS: rekaman", "mail")
            take("records")
            admin.back()
            admin.open("Jejak surat")
            admin.shows("Pengirim")
            admin.fill("ali@", "guru1")
            admin.type("F9")
            admin.shows("1 surat", "ali@smk")
            admin.type("Enter")
            admin.shows("Kepada: ")
            take("trace")


if __name__ == "__main__":
    main()
