"""Sane mail of many kinds, chosen by dice: plain, in parts, with attachments, forwarded, in several charsets and encodings; CR LF."""

import base64
import quopri
import time
from email.header import Header

WORDS = ["jaringan", "kelas", "tugas", "ujian", "guru", "surat", "zamrud", "Selamat", "pagi", "laporan", "señor", "komputer"]
PEOPLE = ["Ali <ali@a.example>", "budi@b.example", '"Guru, Satu" <guru1@c.example>', "=?utf-8?q?Se=C3=B1or?= <senor@d.example>",
          "Siti Rahma <siti.rahma@e.example>"]


def random_mail(dice, number):
    date = 1_700_000_000 + dice.randrange(40 * 86400)
    lines = [f"From: {dice.choice(PEOPLE)}", f"To: {', '.join(dice.sample(PEOPLE, dice.randint(1, 3)))}"]
    if dice.random() < 0.3:
        lines.append(f"Cc: {dice.choice(PEOPLE)}")
    if dice.random() < 0.1:
        lines.append("Bcc: rahasia@kelas.example")
    subject = " ".join(dice.choices(WORDS, k=dice.randint(1, 3)))
    subject = dice.choice(["", "Re: ", "Fwd: ", "Re: Re: "]) + (subject if subject.isascii() else Header(subject, "utf-8").encode())
    lines += [f"Subject: {subject}", "Date: " + time.strftime("%a, %d %b %Y %H:%M:%S +0700", time.gmtime(date)),
              f"Message-ID: <{number}@beda.example>"]
    if number > 1 and dice.random() < 0.5:
        earlier = dice.randint(max(1, number - 10), number - 1)
        lines.append(f"In-Reply-To: <{earlier}@beda.example>")
        if dice.random() < 0.7:
            lines.append(f"References: <{max(1, earlier - 1)}@beda.example> <{earlier}@beda.example>")
    if dice.random() < 0.2:
        lines.append("X-Kelas: X-TKJ-1")
    if dice.random() < 0.1:
        return crlf(lines + ["", text(dice)])  # no MIME at all
    return crlf(lines + ["MIME-Version: 1.0"] + entity(dice, 2))


def crlf(lines):
    return "\r\n".join(lines).encode() + b"\r\n"


def text(dice):
    return "\r\n".join(" ".join(dice.choices(WORDS, k=dice.randint(3, 9))) for _ in range(dice.randint(1, 8))).replace("ñ", "n")


def entity(dice, depth, kinds=("mixed", "alternative", "forwarded")):
    """Header lines, an empty one, and a body, of a part or of a whole message. `kinds`: of those that hold others."""
    kind = dice.choice(["plain", "plain", "html", "base64", "quoted", "file", *(kinds if depth else ())])
    body = text(dice)
    if kind == "plain":
        return ["Content-Type: text/plain; charset=us-ascii", "", body]
    if kind == "html":
        return ["Content-Type: text/html; charset=utf-8", "Content-Transfer-Encoding: 7bit", "", f"<p>{body}</p>"]
    if kind == "base64":
        coded = base64.encodebytes((body + " señor").encode()).decode().strip().replace("\n", "\r\n")
        return ["Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: base64", "", coded]
    if kind == "quoted":
        coded = quopri.encodestring((body + " señor").encode("iso-8859-1")).decode().replace("\r\n", "\n").replace("\n", "\r\n")
        return ["Content-Type: text/plain; charset=iso-8859-1; format=flowed", "Content-Transfer-Encoding: quoted-printable",
                "Content-Language: id", "", coded]
    if kind == "file":
        coded = base64.encodebytes(dice.randbytes(dice.randint(10, 900))).decode().strip().replace("\n", "\r\n")
        return ['Content-Type: application/pdf; name="tugas.pdf"', 'Content-Disposition: attachment; filename="tugas.pdf"',
                "Content-Transfer-Encoding: base64", f"Content-ID: <{dice.randrange(1000)}@beda.example>", "", coded]
    if kind == "forwarded":
        # None of WORDS in its header, and no second message at once: SEARCH BODY looks there with us, and not with Dovecot.
        inner = ["From: budi@b.example", "Subject: terusan", "MIME-Version: 1.0"]
        inner += entity(dice, depth - 1, ("mixed", "alternative"))
        return ["Content-Type: message/rfc822", "Content-Description: terusan", "", *inner]
    boundary = f"batas-{dice.randrange(10 ** 9)}"
    lines = [f'Content-Type: multipart/{kind}; boundary="{boundary}"', ""]
    for _ in range(dice.randint(1, 3)):
        lines += [f"--{boundary}", *entity(dice, depth - 1)]
    return lines + [f"--{boundary}--"]
