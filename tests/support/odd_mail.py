"""Odd and hostile messages, the same ones for the same seed: odd_mail.corpus(seed) gives (name, bytes) pairs.

Whatever a message is, every protocol must give it back byte for byte. Some cannot travel by SMTP (NUL, lines that are too long,
bare CR or LF); `travels_by_smtp` tells. Debian's own test mail (libpython3.11-testsuite) comes along where it is installed.
"""

import random
from base64 import b64encode
from pathlib import Path

DEBIAN = Path("/usr/lib/python3.11/test/test_email/data")
LINE_MAX = 998  # RFC 5321 4.5.3.1.6, without CR LF

TYPES = [b"text/plain", b"text/html", b"TEXT/plain; charset=utf-8", b"text/plain; charset=\"iso-8859-1\"", b"text",
         b"text/x-" + b"y" * 300, b"application/octet-stream", b"image/png; name=\"a.png\"", b"message/rfc822",
         b"message/global", b"message/delivery-status", b"message/partial; id=a; number=1", b"multipart/mixed",
         b"multipart/digest; boundary=x", b"multipart/alternative; boundary=\"\"", b"/", b"", b";", b"a/b; c", b"a/b; =c",
         b"text/plain; charset*=us-ascii'en'utf-8", b"text/plain; charset*0=ut; charset*1=f-8",
         b"application/pdf; name*=utf-8''tugas%20desa%C3.pdf", b"text/plain; x=\"un\\\"closed", b"text/plain (comment (nested)",
         b"text/plain; charset=\xff\xfe", b"text/plain;\r\n\tcharset=utf-8;\r\n format=flowed", b"\"text\"/plain"]
ENCODINGS = [b"7bit", b"8bit", b"base64", b"quoted-printable", b"BASE64 ", b"x-uuencode", b"", b"binary", b"8bit, base64",
             b"quoted-printable (really)"]
DISPOSITIONS = [b"inline", b"attachment; filename=a.txt", b"attachment; filename=\"../../etc/passwd\"",
                b"attachment; filename*0*=utf-8''a%20; filename*1=b", b"attachment; filename=\"=?utf-8?B?w6k=?=\"", b"", b";;;"]
HEADERS = [b"Subject: Rapat", b"Subject: =?utf-8?Q?S=C3=A9nin?=", b"Subject: =?utf-8?B?", b"Subject:", b"Subject: \xe9\xff",
           b"Subject: a\r\n b\r\n\tc", b"From: ali@sekolah.sch.id", b"From: \"Ali \\\" B\" <ali@sekolah.sch.id>", b"From: <>",
           b"From: a, b, c;", b"From: grup: a@b, c@d;", b"To: undisclosed-recipients:;", b"To: <@a,@b:c@d>", b"To: (((((", b"To: ",
           b"Cc: =?utf-8?Q?B=2C?= <b@c>, d@[127.0.0.1]", b"Bcc: x@y", b"Date: Sat, 21 Nov 2026 08:00:00 +0700", b"Date: kemarin",
           b"Date: 32 Foo 99999 25:61 +9999", b"Message-ID: <a@b>", b"Message-ID: a b c", b"In-Reply-To: <x@y> <z@w>",
           b"References: " + b" ".join(b"<%d@a>" % n for n in range(60)), b"X-Long: " + b"x" * 900, b"X\xc3\xa9: y", b"X :y", b"X: \"",
           b"Content-ID: <a@b>", b"Content-Description: \"quoted\" \\ and {5}", b"Content-Language: en, id, (x)", b"Content-MD5: a=b",
           b"Content-Location: http://a/\"b\"", b"MIME-Version: 1.0 (odd)", b"Reply-To:", b"Sender: s@t", b"Received: from a by b; x"]
BODIES = [b"", b"x", b"Isi surat.\r\n", b"\r\n\r\n\r\n", b".\r\n..\r\n.x\r\n", b"From here\r\n>From there\r\n", b"tanpa akhir baris",
          b"--\r\n-- \r\n", b"--b\r\n", b"\xc3\xa9\xff\xfe\r\n", b"=C3=A9=\r\n=zz=\r\n", b"AAAA\r\n====\r\nBB", b"a" * 990 + b"\r\n",
          b"<p>a<b>b</b>&eacute;</p>\r\n", b"{10}\r\n", b")\r\n* 1 EXISTS\r\na1 OK done\r\n", b"begin 644 x\r\n#86)C\r\n`\r\nend\r\n"]


def header(choose, types=TYPES):
    lines = [choose.choice(HEADERS) for _ in range(choose.randrange(6))]
    if choose.random() < 0.8:
        lines.append(b"Content-Type: " + choose.choice(types))
    if choose.random() < 0.5:
        lines.append(b"Content-Transfer-Encoding: " + choose.choice(ENCODINGS))
    if choose.random() < 0.3:
        lines.append(b"Content-Disposition: " + choose.choice(DISPOSITIONS))
    choose.shuffle(lines)
    return b"".join(line + b"\r\n" for line in lines)


def entity(choose, depth=0):
    """A random header and body; multiparts and messages in each other, with all the ways of getting boundaries wrong."""
    kind = choose.random()
    if depth < 5 and kind < 0.35:
        boundary = choose.choice([b"b", b"bb", b"b-", b"b--", b"=_x", b"a b", b"'", b"b" * 70, b"\xc3\xa9"]) + b"%d" % choose.randrange(3)
        quoted = choose.choice([b"%s", b"\"%s\"", b"\"%s \""]) % boundary
        subtype = choose.choice([b"mixed", b"alternative", b"digest", b"related", b"report", b"x-odd"])
        parts = [entity(choose, depth + 1) for _ in range(choose.randrange(4))]
        out = header(choose, [b"multipart/" + subtype + b"; boundary=" + quoted]) + b"\r\n" + choose.choice([b"", b"preamble\r\n"])
        for part in parts:
            out += b"--" + boundary + choose.choice([b"", b"", b"", b" ", b"\t ", b"x"]) + b"\r\n" + part + choose.choice([b"\r\n", b"\r\n", b""])
        return out + choose.choice([b"--" + boundary + b"--\r\n", b"--" + boundary + b"--", b"", b"--" + boundary + b"--\r\nepilogue\r\n"])
    if depth < 5 and kind < 0.45:
        return header(choose, [b"message/rfc822", b"message/global"]) + b"\r\n" + entity(choose, depth + 1)
    return header(choose) + choose.choice([b"\r\n", b"\r\n", b"\r\n", b""]) + choose.choice(BODIES)


def hand_made():
    yield "lone-dot", b"Subject: a\r\n\r\n.\r\n"
    yield "no-header", b"\r\nbody only\r\n"
    yield "no-body", b"Subject: a\r\n"
    yield "blank", b"\r\n"
    yield "no-line-end", b"Subject: a"
    yield "mbox-line", b"From ali Sat Nov 21 2026\r\nSubject: a\r\n\r\nx\r\n"
    yield "deep-200", b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(200)) + b"\r\nx\r\n"
    yield "messages-200", b"Content-Type: message/rfc822\r\n\r\n" * 200 + b"Subject: z\r\n\r\nx\r\n"
    yield "parts-3000", b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 3000 + b"--b--\r\n"
    yield "header-1-mb", b"".join(b"X-%d: %s\r\n" % (n, b"x" * 80) for n in range(11000)) + b"\r\nx\r\n"
    yield "long-value", b"Subject: " + b"a\r\n " * 60000 + b"b\r\n\r\nx\r\n"
    yield "many-same", b"Subject: a\r\nSubject: b\r\n" * 500 + b"\r\nx\r\n"
    yield "many-recipients", b"To: " + b",\r\n ".join(b"u%d@a.test" % n for n in range(3000)) + b"\r\n\r\nx\r\n"
    yield "big-base64", b"Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\n" + b"\r\n".join(
        b64encode(bytes([n % 256]) * 57) for n in range(4000)) + b"\r\n"
    yield "same-boundary-inside", (b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
                                   b"--b\r\n\r\nx\r\n--b--\r\n--b\r\n\r\ny\r\n--b--\r\n")
    yield "prefix-boundaries", (b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: multipart/mixed; boundary=bb\r\n\r\n"
                                b"--bb\r\n\r\nx\r\n--bbb\r\n--bb--\r\n--b--x\r\n--b--\r\n")
    for number, odd in enumerate([b"\n", b"\r", b"a\nb\n", b"a\rb\r", b"Subject: a\n\nb\n", b"Subject: a\rX: b\r\r\nc\r\n",
                                  b"Subject: a\r\n\r\nb\r\r\n\n\rc", b"X: " + b"y" * 5000 + b"\r\n\r\n" + b"z" * 100000]):
        yield f"line-ends-{number}", odd


def debian():
    for path in sorted(DEBIAN.glob("*.txt")) if DEBIAN.is_dir() else []:
        yield "debian-" + path.stem, path.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def corpus(seed=5, count=520):
    """At least `count` messages made by chance, the hand-made ones, and Debian's. None is empty or holds NUL."""
    choose = random.Random(seed)
    messages = [*hand_made(), *debian()]
    messages += [(f"random-{number}", entity(choose)) for number in range(count)]
    return [(name, message) for name, message in messages if message]


def travels_by_smtp(message):
    """Lines end with CR LF, none is too long, and there is one: what DATA can carry unchanged."""
    lines = message.split(b"\r\n")
    return (message.endswith(b"\r\n") and b"\0" not in message
            and all(len(line) <= LINE_MAX and b"\r" not in line and b"\n" not in line for line in lines))
