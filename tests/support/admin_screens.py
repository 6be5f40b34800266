"""The administrator's screens in a terminal, logged in, in Indonesian.

    with AdminScreens(school) as admin:
        admin.open("Pengguna")
"""

from support.appliance import BUILD, wait_until
from support.terminal import Terminal

PROGRAM = BUILD / "setup-tui" / "setup-tui"
# What the menu finds: words that only one entry has.
ENTRIES = {
    "Pengguna": "pengguna", "Kelas": "kelas anggota", "Alias": "alias", "DNS": "dns", "Antrean surat": "antrean",
    "Jejak surat": "jejak", "Layanan": "layanan", "Keadaan": "keadaan semuanya", "Jaringan": "jaringan",
    "Cadangan": "cadangan", "Pemulihan": "pemulihan", "Bahasa": "bahasa english", "Shell": "shell",
    "Pengaturan": "pengaturan", "Mulai ulang": "mulai seluruh", "Matikan": "matikan",
}


class AdminScreens(Terminal):
    def __init__(self, school, log_in=True, **options):
        super().__init__([PROGRAM, "--config", school.config], env=school.environment(), **options)
        self.shows("Masuk sebagai administrator", seconds=30)
        if log_in:
            self.log_in()

    def log_in(self, password="123"):
        self.type(password, "Enter")
        self.shows(" Menu", "Esc keluar", seconds=30)

    def open(self, entry):
        """From the menu (with or without a search of before) into a screen."""
        self.write(ENTRIES[entry])
        self.shows("1 / ")
        self.type("Enter")

    def place(self):
        """The title, and whether something is searched for."""
        screen = self.screen()
        return screen.splitlines()[0][:40].rstrip(), "Cari:" in screen

    def back(self):
        """To the menu, with its search ended. No question may be open."""
        while not (self.place()[0].endswith("Menu") and not self.place()[1]):
            before = self.place()
            self.type("Escape")
            wait_until(lambda: self.place() != before, 10, "the way back")

    def fill(self, *values):
        """Values of a form's fields from the first one on; None leaves a field as it is, a list is keys."""
        for value in values:
            if isinstance(value, list):
                self.type(*value)
            elif value is not None:
                self.type("C-u")
                self.write(value)
            self.type("Tab")

    def answer(self, yes):
        """A question with yes and no."""
        self.shows("[ ya ]")
        self.type("Right" if yes else "Left", "Enter")
