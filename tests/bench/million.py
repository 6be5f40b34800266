"""A mailbox of very many small messages, ours alone: what the usual commands cost, in time and in memory.

    million.py [--messages N]

While STORE, COPY and EXPUNGE of everything run, somebody else's mail goes on arriving: its slowest APPEND is in the last column.
"""

import argparse
import imaplib
import tempfile
import threading
import time

from bench.mail_servers import LOGIN, OTHERS, PASSWORD, Kotakpos, load, seconds_of, settled

WORDS = ["jaringan", "server", "kabel", "nilai", "ujian", "laporan", "praktik", "domain", "ruang", "jadwal"]
AT_ONCE = 50_000


def write_small(path, numbers):
    """As `imap_load append` reads it: 300 bytes each, four messages a thread, one in a thousand about zamrud."""
    with open(path, "wb") as file:
        for number in numbers:
            root = number - number % 4
            subject = f"{'Re: ' if number % 4 else ''}{WORDS[root // 4 % 10]} {root}{' zamrud' if number % 1000 == 0 else ''}"
            references = f"References: <{root}@a.example>\r\n" if number % 4 else ""
            raw = (f"From: Siswa {number % 97} <siswa{number % 97}@a.example>\r\nTo: {LOGIN}@a.example\r\nSubject: {subject}\r\n"
                   f"Date: Sat, 21 Nov 2026 {number % 24:02}:{number % 60:02}:00 +0700\r\nMessage-ID: <{number}@a.example>\r\n"
                   f"{references}\r\nIsi {WORDS[number % 10]} nomor {number}.\r\n").encode()
            file.write(b"\n21-Nov-2026 01:00:00 +0000\n" + f"{len(raw)}\n".encode() + raw)


def peak_bytes(server):
    with open(f"/proc/{server.workers()[0]}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))


def forget_peak(server):
    with open(f"/proc/{server.workers()[0]}/clear_refs", "w", encoding="ascii") as file:
        file.write("5")


class Neighbour(threading.Thread):
    """Puts small mail into a mailbox of his own, one after the other, and notes how long each took."""

    def __init__(self, server):
        super().__init__()
        self.seconds, self.stopping = [], False
        self.imap = imaplib.IMAP4("127.0.0.1", server.ports["imap"])
        self.imap.login(OTHERS[0], PASSWORD)

    def run(self):
        while not self.stopping:
            begun = time.monotonic()
            self.imap.append("INBOX", None, None, f"Subject: {begun}\r\n\r\nisi\r\n".encode())
            self.seconds.append(time.monotonic() - begun)
        self.imap.logout()


def measure(server, words, command, before=("SELECT INBOX",)):
    forget_peak(server)
    neighbour = Neighbour(server)
    neighbour.start()
    try:
        seconds = seconds_of(server, command, before)
    finally:
        neighbour.stopping = True
        neighbour.join()
    print(f"{words:44}{seconds * 1000:12.1f} ms{peak_bytes(server) / 2**20:9.0f} MiB{max(neighbour.seconds) * 1000:9.0f} ms", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--messages", type=int, default=1_000_000)
    count = parser.parse_args().messages
    server = Kotakpos()
    try:
        begun = time.monotonic()
        for start in range(0, count, AT_ONCE):
            with tempfile.NamedTemporaryFile(prefix="kotakpos-bench-", dir="/tmp") as file:
                write_small(file.name, range(start, min(count, start + AT_ONCE)))
                load(server, "append", port=server.ports["imap"], mailbox="INBOX", messages=file.name, together=500)
        print(f"{count:,} messages in {time.monotonic() - begun:.0f} s; then at rest after ", end="", flush=True)
        settled(server, longest=600)
        print(f"{time.monotonic() - begun:.0f} s\n{'':44}{'time':>15}{'peak memory':>13}{'neighbour':>12}")
        middle = count // 2
        rows = [("SELECT", "SELECT INBOX", ()),
                ("FETCH of 50 in the middle (ENVELOPE FLAGS)", f"FETCH {middle}:{middle + 49} (ENVELOPE FLAGS)"),
                ("FETCH 1:* (FLAGS UID)", "FETCH 1:* (FLAGS UID)"),
                ("FETCH 1:* (ENVELOPE)", "FETCH 1:* (ENVELOPE)"),
                ("SEARCH UNSEEN", "SEARCH UNSEEN"),
                ("SEARCH FROM siswa13", "SEARCH FROM siswa13"),
                ("SEARCH SUBJECT zamrud", "SEARCH SUBJECT zamrud"),
                ("SEARCH BODY word of one message", f"SEARCH BODY \"nomor {middle}.\""),
                ("SORT (SUBJECT)", "SORT (SUBJECT) UTF-8 ALL"),
                ("SORT (DATE), again", "SORT (DATE) UTF-8 ALL"),
                ("THREAD REFERENCES", "THREAD REFERENCES UTF-8 ALL"),
                ("STORE 1:* +FLAGS.SILENT (\\Seen)", "STORE 1:* +FLAGS.SILENT (\\Seen)"),
                ("COPY 10,000", f"COPY 1:{min(count, 10_000)} Salinan", ("CREATE Salinan", "SELECT INBOX")),
                ("EXPUNGE 10,000", "EXPUNGE", ("SELECT Salinan", "STORE 1:* +FLAGS.SILENT (\\Deleted)")),
                ("COPY 1:*", "COPY 1:* Semua", ("CREATE Semua", "SELECT INBOX")),
                ("EXPUNGE of all", "EXPUNGE", ("SELECT Semua", "STORE 1:* +FLAGS.SILENT (\\Deleted)"))]
        for row in rows:
            measure(server, *row)
    finally:
        server.close()


if __name__ == "__main__":
    main()
