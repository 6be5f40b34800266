"""setup-tui --console: the box's own screen, and who may pass it; the wizard on two screens at once."""

from contextlib import contextmanager

from support.appliance import BUILD, wait_until
from support.terminal import Terminal
from support.wizard import PAGES, NewBox, cut_power, enter_to, passwords, place

PROGRAM = BUILD / "setup-tui" / "setup-tui"


def console(school, *words):
    environment = school.environment()
    environment.pop("NO_COLOR", None)
    return Terminal([PROGRAM, "--config", school.config, "--console", *words], env=environment)


@contextmanager
def two_screens(box, page):
    """The wizard on both, at that page."""
    with box.wizard("--console") as first, box.wizard("--console") as second:
        for terminal in (first, second):
            wait_until(lambda terminal=terminal: place(terminal) == page, 20, f"page {page}")
        yield first, second


def test_state_then_login(school):
    with console(school) as terminal:
        terminal.shows("mail.smkn1pendalian.sch.id", "Semua layanan berjalan", seconds=60)
        terminal.type("F2")
        terminal.shows("All services run and answer")
        terminal.type("x", "Escape")  # only Enter leads further
        terminal.shows("Enter log in as administrator")
        terminal.type("Enter")
        terminal.shows("Password", seconds=30)


def test_who_logged_in_by_ssh_is_not_asked_again(school):
    environment = school.environment()
    with Terminal([PROGRAM, "--config", school.config, "--as", "admin"], env=environment) as terminal:
        terminal.shows("Antrean surat", seconds=30)


def test_the_first_screen_that_answers_has_the_wizard():
    with NewBox() as box, two_screens(box, 1) as (first, second):
        enter_to(first, 2)
        second.type("Enter")
        second.shows("layar lain kotak ini")
        second.type("Enter")
        second.ended(1)
        enter_to(first, 3)


def test_after_a_power_cut_too_it_is_the_first_that_answers():
    """Both screens come back where the answers were; that one of them starts first gives it nothing."""
    with NewBox() as box:
        with box.wizard() as terminal:
            enter_to(terminal, 4)
            cut_power(terminal)
        with two_screens(box, 4) as (first, second):
            enter_to(second, 5)
            for _ in range(9):  # through the fields of the page
                if "layar lain kotak ini" not in first.screen():
                    first.press("Enter")
            first.shows("layar lain kotak ini")
            first.type("Enter")
            first.ended(1)
            enter_to(second, 6)


def test_what_another_screen_has_completed_after_a_power_cut_is_not_done_again():
    with NewBox() as box:
        with box.wizard() as terminal:
            enter_to(terminal, 9)
            terminal.shows("Semuanya bekerja.", seconds=60)
            cut_power(terminal)
        with two_screens(box, PAGES - 3) as (first, second):  # the review: a school that is there has a page less
            enter_to(second, PAGES - 1)
            words = passwords(second.screen())
            first.type("Enter")
            first.shows("sudah disiapkan di layar lain")
        done = box.run("user", "verify", "ali", "--password-stdin", input=words["ali"] + "\0")
        assert done.returncode == 0, done.stderr


def test_verify_says_whether_a_password_is_right(school):
    for password, role, code in (("123", "admin", 0), ("1234", "admin", 1)):
        assert school.run("user", "verify", "admin", "--role", role, "--password-stdin", input=password + "\0").returncode == code
    assert school.run("user", "verify", "ali", "--role", "admin", "--password-stdin", input="123\n").returncode == 1
