"""Lists, the catch-all and the limits of people, as those who write and read the mail see them."""

import email
import json
import smtplib

import pytest

from support.appliance import Appliance, wait_until

PUPILS = [f"murid{number}" for number in range(30)]
CONF = "limits.exempt = 192.0.2.0/24\n"  # 127.0.0.1 is counted here


@pytest.fixture(scope="module")
def school():
    with Appliance(conf=CONF) as appliance:
        rows = "".join(f"{login},XII-TKJ-3,123\n" for login in PUPILS)
        people = appliance.config.parent / "people.csv"
        people.write_text("login,class,password\n" + rows)
        appliance.kotakpos("class", "add", "XII-TKJ-3")
        appliance.kotakpos("user", "import", str(people))
        yield appliance


def send(client, school, sender, to, subject):
    text = f"From: {school.address(sender)}\r\nTo: {to}\r\nSubject: {subject}\r\n\r\n" + "Halo\r\n" * 20000
    return client.sendmail(school.address(sender), [to], text)


def read(school, login, subject):
    school.wait_for_subject(login, subject)
    with school.imap(login) as client:
        client.select("INBOX", readonly=True)
        found = client.search(None, "SUBJECT", subject)[1][0].split()
        return [email.message_from_bytes(client.fetch(number, "(RFC822)")[1][0][1]) for number in found]


def is_body(file):
    return file.is_file() and ".db" not in file.name and file.stat().st_size > 100000


def test_a_class_mail_is_in_every_mailbox_and_once_on_the_disk(school):
    bodies = school.state / "mail"
    before = sum(1 for file in bodies.rglob("*") if is_body(file))
    with school.submission("guru1") as client:
        send(client, school, "guru1", school.address("xii-tkj-3"), "pengumuman")
    for login in PUPILS:
        message, = read(school, login, "pengumuman")
        assert message["List-Id"] == f'"XII-TKJ-3" <xii-tkj-3.{school.domain}>'
        assert message["List-Post"] == f"<mailto:{school.address('xii-tkj-3')}>"
        assert message["List-Unsubscribe"] is None
    after = sum(1 for file in bodies.rglob("*") if is_body(file))
    assert after - before == 1


def test_the_catch_all_is_off_until_somebody_gets_it(school):
    nobody = school.address("tidak.ada")
    with school.submission("ali") as client, pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        send(client, school, "ali", nobody, "hilang")
    assert refused.value.recipients[nobody][0] == 550
    school.kotakpos("setting", "set", "mail.catch-all", "kepsek")

    def accepted():
        with school.submission("ali") as client:
            client.ehlo_or_helo_if_needed()
            client.mail(school.address("ali"))
            return client.rcpt(nobody)[0] == 250

    wait_until(accepted, 2, "the catch-all takes the mail")
    with school.submission("ali") as client:
        send(client, school, "ali", nobody, "salah-alamat")
    assert read(school, "kepsek", "salah-alamat")
    assert json.loads(school.kotakpos("status", "--json"))["mail"]["catch_all"] == "kepsek"
    assert "kepsek" in school.kotakpos("status")
    school.kotakpos("setting", "unset", "mail.catch-all")


def test_who_sends_too_much_waits_and_nobody_else(school):
    school.kotakpos("setting", "set", "mail.limit.pupil.messages-per-hour", "3")

    def sent(login, subject):
        with school.submission(login) as client:
            try:
                send(client, school, login, school.address("guru1"), subject)
                return ""
            except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as refused:  # the setting may arrive within a mail
                assert refused.smtp_code == 450
                return refused.smtp_error.decode()

    wait_until(lambda: "4.7.1 You have sent 3 mails in an hour" in sent("murid0", "banyak"), 10)
    assert sent("murid1", "sedikit") == ""
    assert sent("guru1", "guru") == ""
    status = json.loads(school.kotakpos("status", "--json"))["mail"]
    murid, = [use for use in status["senders"] if use["login"] == "murid0"]
    assert murid["messages"] >= 3 and murid["full"]
    assert status["limits"]["mail.limit.pupil.messages-per-hour"] == "3"
    assert "murid0" in school.kotakpos("status")
    school.kotakpos("setting", "unset", "mail.limit.pupil.messages-per-hour")
    wait_until(lambda: sent("murid0", "lagi") == "", 2, "the change is served within a second")


def refusal(school, login, to):
    """The reply to RCPT that `login` (None: a stranger on port 25) gets for `to`; '' when it is taken."""
    with (school.submission(login) if login else school.smtp()) as client:
        client.ehlo_or_helo_if_needed()
        client.mail(school.address(login) if login else "asing@far.example")
        code, text = client.rcpt(school.address(to))
        return "" if code == 250 else f"{code} {text.decode()}"


WRITERS = [  # rule; who may write to the class XII-TKJ-3 then: a member, another pupil, a teacher, a stranger
    ("everyone", [True, True, True, True]),
    ("school", [True, True, True, False]),
    ("teachers", [False, False, True, False]),
    ("members", [True, False, True, False]),
    ("named", [False, False, False, False]),
]


@pytest.mark.parametrize("rule, expected", WRITERS)
def test_who_may_write_to_a_class(school, rule, expected):
    school.kotakpos("class", "writers", "XII-TKJ-3", rule)

    def allowed():
        return [refusal(school, login, "xii-tkj-3") == "" for login in ("murid2", "ali", "guru1", None)]

    wait_until(lambda: allowed() == expected, 3, f"the rule '{rule}'")
    if rule == "named":
        assert "5.7.1" in refusal(school, "guru1", "xii-tkj-3")
    # No spelling of the address goes round the rule.
    for spelling in ("XII-TKJ-3", "xii-tkj-3+lain", '"xii-tkj-3"'):
        assert (refusal(school, "ali", spelling) == "") == expected[1], spelling


def test_an_alias_may_hold_classes_and_other_aliases_and_is_as_strict_as_they_are(school):
    school.kotakpos("class", "writers", "XII-TKJ-3", "teachers")
    school.kotakpos("alias", "add", "panitia", "murid3", "kepsek")
    school.kotakpos("alias", "add", "semua-panitia", "panitia", "xii-tkj-3")
    wait_until(lambda: refusal(school, "guru1", "semua-panitia") == "", 3, "the alias")
    assert refusal(school, "ali", "panitia") == ""
    assert "5.7.1" in refusal(school, "ali", "semua-panitia")
    with school.submission("guru1") as client:
        send(client, school, "guru1", school.address("semua-panitia"), "rapat-panitia")
    for login in ("murid3", "murid4", "kepsek"):  # murid3 is in both, and gets it once
        assert len(read(school, login, "rapat-panitia")) == 1


def test_aliases_that_lead_to_each_other_are_refused(school):
    school.kotakpos("alias", "add", "putar1", "kepsek")
    school.kotakpos("alias", "add", "putar2", "putar1")
    refused = school.run("alias", "add", "putar1", "putar2")
    assert refused.returncode == 3 and "putar1" in refused.stderr


def test_postmaster_cannot_be_shut(school):
    for name in ("postmaster", "abuse", "Postmaster", "hostmaster", "webmaster"):
        assert refusal(school, None, name) == "", name
    assert school.run("class", "writers", "postmaster", "named").returncode == 3
    with school.smtp() as client:  # RFC 5321 4.5.1: also without a domain
        client.ehlo_or_helo_if_needed()
        client.mail("asing@far.example")
        assert client.rcpt("postmaster")[0] == 250


def test_a_disabled_person_gets_no_mail_and_sends_none(school):
    school.add_user("pindah")
    school.kotakpos("user", "disable", "pindah")
    wait_until(lambda: "5.2.1" in refusal(school, "ali", "pindah"), 3, "the refusal")
    with pytest.raises(smtplib.SMTPAuthenticationError):
        school.submission("pindah").close()
