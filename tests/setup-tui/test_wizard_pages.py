"""The wizard's pages: bad answers and their sentences, Back, F1, resizing, rows of users, plain terminals."""

import re

import pytest

from support.appliance import wait_until
from support.wizard import NewBox, enter_to, fill, place


@pytest.fixture(scope="module")
def box():
    with NewBox() as new_box:
        yield new_box


@pytest.fixture
def wizard(box):
    (box.state / "setup-draft").unlink(missing_ok=True)
    with box.wizard() as terminal:
        yield terminal


def one_line(screen):
    return re.sub(r"\s+", " ", screen)


def says(terminal, sentence):
    """The sentence, however it is broken into lines."""
    try:
        wait_until(lambda: sentence.lower() in one_line(terminal.screen()).lower(), 10, f"'{sentence}' on the screen")
    except AssertionError as error:
        raise AssertionError(f"{error}:\n{terminal.screen()}") from None


# Page, fields before it, the bad answer, the sentence in Indonesian and in English.
BAD = [
    (2, 0, "", "Kolom ini kosong", "This field is empty"),
    (2, 0, "x" * 121, "lebih dari 120 bita", "longer than 120"),
    (2, 1, "sekolah kami", "Domain tidak boleh berisi spasi", "A domain has no blanks in it"),
    (2, 1, "sekolah", "sedikitnya dua bagian", "at least two parts"),
    (2, 1, "sekolahé.sch.id", "hanya berisi huruf a sampai z", "only the letters a to z"),
    (2, 1, "192.168.10.1", "Ini alamat, bukan domain", "This is an address, not a domain"),
    (2, 1, "a." * 101 + "id", "Domain ini terlalu panjang", "This domain is too long"),
    (2, 2, "surat kami", "nama komputer tidak boleh berisi spasi", "name of a computer has no blanks"),
    (3, 1, "192.168.10.1", "prefiksnya belum ada", "The prefix is missing"),
    (3, 1, "192.168.10.0/24", "alamat jaringan itu sendiri", "address of the network itself"),
    (3, 1, "192.168.10.255/24", "alamat broadcast", "broadcast address"),
    (3, 1, "127.0.0.1/8", "tidak ada komputer di jaringan", "no computer on a network"),
    (3, 1, "192.168.10.300/24", "192.168.10.1/24", "192.168.10.1/24"),
    (3, 2, "10.99.99.1", "tidak berada di jaringan", "not in the box's own network"),
    (3, 3, "1.1.1.1, satu", "Salah satunya bukan alamat IP", "One of these is not an IP address"),
    (3, 3, "1.1.1.1, 1.1.1.1", "server yang sama ada dua kali", "same server is there twice"),
    (4, 0, "ns", "bukan alamat IP", "not an IP address"),
    (4, 1, "8.8.8.8", "di luar jaringan kotak", "outside the box's network"),
    (5, 1, "123", "terlalu mudah", "too easy"),
    (5, 1, "password", "terlalu mudah", "too easy"),
]


@pytest.mark.parametrize("language", ["id", "en"])
def test_each_bad_answer_has_its_sentence(wizard, language):
    wizard.shows("(*) Bahasa Indonesia")
    if language == "en":
        wizard.press("Right")
        wizard.shows("(*) English")
    for page in sorted({case[0] for case in BAD}):
        enter_to(wizard, page)
        at = 0
        for _, field, bad, indonesian, english in (case for case in BAD if case[0] == page):
            for _ in range(field - at):
                wizard.press("Tab")
            at = field
            fill(wizard, bad)
            wizard.press("Tab")
            says(wizard, indonesian if language == "id" else english)
            wizard.press("BTab")
            fill(wizard, GOOD[page][field])
        wizard.press("F9")
        wait_until(lambda: place(wizard) == page + 1, 10, f"the page after {page}:\n{wizard.screen()}")


GOOD = {
    2: ["SMK Negeri 1 Pendalian", "smkn1pendalian.sch.id", "mail.smkn1pendalian.sch.id"],
    3: [None, "192.168.10.1/24", "", ""],
    4: ["192.168.10.1", "192.168.10.1", "192.168.10.1"],
    5: [None, ""],
}


def test_the_domain_follows_the_school_until_somebody_chooses_one(wizard):
    enter_to(wizard, 2)
    fill(wizard, "SMK Negeri 3 Rokan Hulu")
    wizard.shows("smkn3rokanhulu.sch.id", "mail.smkn3rokanhulu.sch.id")
    fill(wizard, None, "smk3.sch.id")
    wizard.shows("mail.smk3.sch.id")
    wizard.type("BTab")
    fill(wizard, "SMK Swasta Maju")
    wizard.shows("smk3.sch.id")
    assert "smksmaju" not in wizard.screen()


def test_back_keeps_what_was_typed(wizard):
    enter_to(wizard, 2)
    fill(wizard, "SMKN 9 Contoh")
    enter_to(wizard, 6)
    for page in (5, 4, 3, 2):
        wizard.type("Escape")
        wait_until(lambda: place(wizard) == page, 10, f"page {page}")
    wizard.shows("SMKN 9 Contoh", "smkn9contoh.sch.id")


def test_f1_teaches(wizard):
    enter_to(wizard, 4)
    wizard.type("F1")
    says(wizard, "menanyakan MX dari DOMAIN")
    wizard.type("Escape")
    wizard.shows("Alamat ns")
    wizard.type("Escape")
    wait_until(lambda: place(wizard) == 3)
    wizard.type("Tab", "F1")
    says(wizard, "Angka setelah garis miring adalah prefiks")
    wizard.resize(100, 40)
    says(wizard, "Dua alamat di setiap jaringan bukan milik siapa pun")
    wizard.type("F1")
    says(wizard, "misalnya 192.168.10.1/24")
    assert "broadcast" not in wizard.screen()


def test_resizing_draws_anew_and_keeps_what_was_typed(wizard):
    enter_to(wizard, 2)
    fill(wizard, "SMK Layar Lebar")
    wizard.resize(132, 43)
    wait_until(lambda: len(wizard.screen().splitlines()[-1]) > 0 and wizard.screen().count("\n") >= 43, 10, "43 rows")
    wizard.shows("SMK Layar Lebar")
    assert "F10 keluar" in wizard.screen().splitlines()[42]
    wizard.resize(70, 20)
    wizard.shows("70x20 < 80x24")
    wizard.resize(250, 80)
    wizard.shows("SMK Layar Lebar")
    wizard.resize(80, 24)
    wait_until(lambda: "F10 keluar" in wizard.screen().splitlines()[23], 10, "the keys in the last row")
    wizard.shows("SMK Layar Lebar", "smklayarlebar.sch.id")


def test_users_are_added_and_removed_in_rows(wizard):
    enter_to(wizard, 6)
    wizard.press("F8")
    wizard.press("F8")
    assert "X-TKJ-1" not in wizard.screen()
    wizard.type("F3")
    fill(wizard, "Siti Aminah", "", "X TKJ")
    wizard.type("F9")
    says(wizard, "Mohon perbaiki")
    wizard.shows("1 sampai 64")
    fill(wizard, "siti", "kuda:laut")
    wizard.type("F9")
    says(wizard, "tidak boleh berisi titik dua")
    fill(wizard, "siti", "kuda-laut-77", "X-TKJ-2")
    wizard.type("F3")
    fill(wizard, "siti")
    wizard.type("F9")
    says(wizard, "login yang sama ada dua kali")
    fill(wizard, "wati")
    wizard.type("F9")
    wait_until(lambda: place(wizard) == 7, 10, "page 7")
    enter_to(wizard, 8)
    wizard.shows("siti (X-TKJ-2), wati (X-TKJ-2)")


def test_the_strength_of_a_password_is_shown_and_the_password_is_not(wizard):
    enter_to(wizard, 5)
    fill(wizard, None, "123")
    says(wizard, "terlalu mudah")
    fill(wizard, "kuda-laut-77-sawah")
    says(wizard, "sangat kuat")
    assert "kuda" not in wizard.screen() and "*" * 18 in wizard.screen()


def test_a_smart_host_is_asked_about_only_when_it_is_chosen(wizard):
    enter_to(wizard, 7)
    assert "Pengguna di sana" not in wizard.screen()
    while "(*) lewat smart host" not in wizard.screen():
        wizard.press("Right")
    wizard.shows("lewat smart host", "Pengguna di sana")
    fill(wizard, None, "server surat")
    wizard.type("Tab")
    says(wizard, "Ini bukan nama server")
    wizard.type("BTab")
    fill(wizard, "mail.provider.id:465", "smk", "rahasia")
    wizard.type("F9")
    wait_until(lambda: place(wizard) == 8, 10, "the review")
    wizard.shows("mail.provider.id:465", "********")
    assert "rahasia" not in wizard.screen()


def test_without_utf8_everything_is_ascii(box):
    (box.state / "setup-draft").unlink(missing_ok=True)
    with box.wizard(utf8=False, term="xterm") as terminal:
        for picture in enter_to(terminal, 8).values():
            assert picture.isascii()
        # PuTTY's F1 under TERM=xterm, and Alt-1.
        terminal.type("Escape")
        terminal.write("\x1b[11~")
        terminal.shows("Surat di dalam sekolah selalu berjalan. Lalu")
        terminal.write("\x1b1")
        wait_until(lambda: "Lalu surat ke domain" not in terminal.screen(), 10, "the end of the help")


def test_the_review_shows_the_zone_files(wizard):
    enter_to(wizard, 8)
    wizard.resize(100, 60)
    wizard.shows("in-addr.arpa")
    assert re.search(r"MX\s+10 mail\.smkn1pendalian", wizard.screen()), wizard.screen()
    assert re.search(r"www\S*\s+.*\bA\s+\d+\.\d+", wizard.screen()), wizard.screen()
