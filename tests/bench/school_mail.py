"""The mail of a school, the same for every run: 2 to 8 KB in two parts, threads, some with an attachment.

    mail = school_mail.message(7)      mail.flags, mail.date (POSIX seconds), mail.raw (CR LF)
"""

import base64
import random
import time
from dataclasses import dataclass
from email.header import Header

NAMES = ["Ali Rahman", "Budi Santoso", "Siti Nurhaliza", "Dewi Lestari", "Wayan Sudana", "Putri Aminah", "Agus Salim",
         "Rina Hartati", "Joko Susilo", "Fitri Handayani", "Sari Señora", "Bambang Wijaya"]
TOPICS = ["Tugas jaringan komputer", "Jadwal ujian", "Rapat kelas", "Laporan praktikum", "Praktik kerja lapangan",
          "Nilai semester", "Kegiatan pramuka", "Peminjaman alat lab", "Undangan orang tua", "Proyek akhir – kelas X"]
WORDS = ("yang dan untuk dengan pada kelas siswa guru sekolah tugas jaringan komputer alamat server surat kirim lihat jawab hari "
         "minggu depan harap segera kumpulkan laporan praktik kabel saklar router konfigurasi domain halaman nilai ujian tanggal "
         "jam ruang lab nomor daftar hadir terima kasih selamat pagi belajar bersama kelompok hasil gambar berkas lampiran pesan "
         "kotak masuk keluar sandi nama pengguna layanan perangkat lunak keras sistem operasi perintah layar").split()
# One in a hundred messages has it in its text, one in seven hundred in its subject; nothing else contains it.
RARE = "zamrud"
RARE_EVERY = 100
# Read and unread messages alternate in blocks of so many: a STORE can put it back with a short list.
SEEN_BLOCK = 250
START = 1_700_000_000  # 2023-11-14
DOMAIN = "smkn1pendalian.sch.id"


@dataclass
class Mail:
    flags: str
    date: int
    raw: bytes


def sentence(dice):
    return " ".join(dice.choices(WORDS, k=dice.randint(6, 14))).capitalize() + "."


def paragraph(dice, size):
    lines, total = [], 0
    while total < size:
        lines.append(sentence(dice))
        total += len(lines[-1]) + 2
    return "\r\n".join(lines)


def header(value):
    return value if value.isascii() else Header(value, "utf-8").encode()


def message(number):
    dice = random.Random(number)
    sender, reader = dice.sample(NAMES, 2)
    thread = number - number % 4  # four to a thread, the first is its root
    topic = f"{random.Random(thread).choice(TOPICS)} {thread}"
    if number % 700 == 0:
        topic = f"{topic} {RARE}"
    date = START + number * 61
    lines = [
        f"Return-Path: <{address(sender)}>",
        f"Received: from client.example (client.example [192.168.10.{number % 250}]) by mail.{DOMAIN} with ESMTPS id {number:x};",
        f"\t{date_text(date)}",
        f"From: {header(sender)} <{address(sender)}>",
        f"To: {header(reader)} <{address(reader)}>",
    ]
    if number % 3 == 0:
        lines.append(f"Cc: {header(dice.choice(NAMES))} <kelas-x-tkj-1@{DOMAIN}>")
    lines += [
        f"Subject: {header(topic if number == thread else 'Re: ' + topic)}",
        f"Date: {date_text(date)}",
        f"Message-ID: <{number}.surat@{DOMAIN}>",
    ]
    if number != thread:
        chain = " ".join(f"<{earlier}.surat@{DOMAIN}>" for earlier in range(thread, number))
        lines += [f"In-Reply-To: <{number - 1}.surat@{DOMAIN}>", f"References: {chain}"]
    text = paragraph(dice, dice.randint(500, 2200))
    if number % RARE_EVERY == 0:
        text += f"\r\nKata kuncinya {RARE}.\r\n"
    lines += ["MIME-Version: 1.0", "User-Agent: Mozilla Thunderbird"]
    boundary = f"----=_batas_{number}"
    html = "<html><body><p>" + text.replace("\r\n", "<br>\r\n") + "</p></body></html>"
    alternative = [
        f'Content-Type: multipart/alternative; boundary="{boundary}"', "",
        f"--{boundary}", "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: 8bit", "", text,
        f"--{boundary}", "Content-Type: text/html; charset=utf-8", "Content-Transfer-Encoding: 8bit", "", html,
        f"--{boundary}--", ""]
    if number % 10 == 5:
        outer = f"----=_lampiran_{number}"
        file = base64.encodebytes(dice.randbytes(dice.randint(1500, 6000))).decode().replace("\n", "\r\n")
        lines += [f'Content-Type: multipart/mixed; boundary="{outer}"', "", f"--{outer}", *alternative, f"--{outer}",
                  f'Content-Type: application/pdf; name="tugas-{number}.pdf"', "Content-Transfer-Encoding: base64",
                  f'Content-Disposition: attachment; filename="tugas-{number}.pdf"', "", file + f"--{outer}--", ""]
    else:
        lines += alternative
    flags = [name for name, every in (("\\Answered", 7), ("\\Flagged", 23)) if number % every == 0]
    if number // SEEN_BLOCK % 2 == 0:
        flags.append("\\Seen")
    return Mail(" ".join(flags), date, "\r\n".join(lines).encode())


def unread_sets(count):
    """Sequence sets, together all unread ones of the messages 0 to `count` in a mailbox of their own."""
    ranges = [f"{start + 1}:{min(start + SEEN_BLOCK, count)}" for start in range(SEEN_BLOCK, count, 2 * SEEN_BLOCK)]
    return [",".join(ranges[at:at + 200]) for at in range(0, len(ranges), 200)]


def address(name):
    return name.lower().replace(" ", ".").replace("ñ", "n") + "@" + DOMAIN


def date_text(date):
    return time.strftime("%a, %d %b %Y %H:%M:%S +0700", time.gmtime(date + 7 * 3600))


def write_for_append(path, numbers):
    """The file that `imap_load append` reads."""
    with open(path, "wb") as file:
        for number in numbers:
            mail = message(number)
            when = time.strftime("%d-%b-%Y %H:%M:%S +0000", time.gmtime(mail.date))
            file.write(f"{mail.flags}\n{when}\n{len(mail.raw)}\n".encode() + mail.raw)
