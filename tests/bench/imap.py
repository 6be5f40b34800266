"""IMAP, seconds and rates: Kotakpos beside Dovecot (Maildir, fsync on) with the same messages, in alternating rounds.

    imap.py [--quick] [--messages N] [--row WORDS]... [--us] [--huge]

Warm: every command was given once before. Cold: the server started anew, and what the kernel has read forgotten. --quick leaves
out the 100,000 messages; --huge adds 1,000,000, for us alone. --row: only rows whose name contains the words. --us: without Dovecot.
"""

import argparse
import os
import tempfile
from dataclasses import dataclass, field

from bench import school_mail
from bench.mail_servers import LOGIN, OTHERS, Kotakpos, TunedDovecot, drop_page_cache, load, seconds_of, settled
from bench.peers import cpu_seconds
from bench.table import ROUNDS, alternate, compare, row

THUNDERBIRD = ("UID FETCH 1:* (UID RFC822.SIZE FLAGS BODY.PEEK[HEADER.FIELDS (From To Cc Bcc Subject Date Message-ID Priority X-Priority "
               "References Newsgroups In-Reply-To Content-Type Reply-To)])")
COPY = "Salinan"
# At most so many messages are fetched one by one, and imported, in a round.
ONE_BY_ONE = 5000
IMPORTED = 1000


@dataclass
class Row:
    """A command whose time counts; in `command`, % is a number from 1 to `each`."""

    words: str
    command: str
    before: list = field(default_factory=lambda: ["SELECT INBOX"])
    after: list = field(default_factory=list)
    each: int = 1
    # Messages a second instead of seconds.
    messages: int = 0
    aim: str = ""
    cold: bool = False

    def measure(self, server):
        seconds = seconds_of(server, self.command, self.before, self.each)
        if self.after:
            seconds_of(server, "NOOP", self.after)
        return {"value": self.messages / seconds if self.messages else seconds * 1000}

    def measure_cold(self, server):
        server.stop()
        drop_page_cache()
        server.start()
        return self.measure(server)

    def compare(self, words, figures):
        ours, theirs = [figure["value"] for figure in (*figures, {"value": None})][:2]
        unit, better = ("messages/s", "more") if self.messages else ("ms", "less")
        compare(words, ours, theirs, unit, better, self.aim)


def rows(count):
    thousand, single = min(count, 1000), min(count, ONE_BY_ONE)
    copied = ["SELECT INBOX", f"CREATE {COPY}"]
    return [
        Row("SELECT", "SELECT INBOX", before=[], cold=True),
        Row("FETCH 1:* (FLAGS UID)", "FETCH 1:* (FLAGS UID)", cold=True),
        Row("FETCH 1:* (ENVELOPE)", "FETCH 1:* (ENVELOPE)", cold=True),
        Row("FETCH 1:* BODY.PEEK[HEADER]", "FETCH 1:* BODY.PEEK[HEADER]", cold=True),
        Row("list as Thunderbird fetches it", THUNDERBIRD, cold=True),
        Row("SEARCH TEXT word", f"SEARCH TEXT {school_mail.RARE}", aim="50 x", cold=True),
        Row("SEARCH BODY word", f"SEARCH BODY {school_mail.RARE}", aim="50 x", cold=True),
        Row("SEARCH BODY part of a word", f"SEARCH BODY {school_mail.RARE[1:5]}", aim="50 x"),
        Row("SEARCH BODY word of most messages", "SEARCH BODY jaringan"),
        Row("SEARCH FROM x UNSEEN", "SEARCH FROM wayan UNSEEN", cold=True),
        Row("SORT (SUBJECT)", "SORT (SUBJECT) UTF-8 ALL", cold=True),
        Row("THREAD REFERENCES", "THREAD REFERENCES UTF-8 ALL", cold=True),
        Row("STORE 1:* +FLAGS (\\Seen)", "STORE 1:* +FLAGS (\\Seen)", before=["SELECT INBOX", "STORE 1:* -FLAGS.SILENT (\\Seen)"],
            after=["SELECT INBOX"] + [f"STORE {numbers} -FLAGS.SILENT (\\Seen)" for numbers in school_mail.unread_sets(count)]),
        Row(f"COPY 1:{thousand}", f"COPY 1:{thousand} {COPY}", before=copied, after=[f"DELETE {COPY}"]),
        Row(f"EXPUNGE {thousand}", "EXPUNGE", after=[f"DELETE {COPY}"],
            before=copied + [f"COPY 1:{thousand} {COPY}", f"SELECT {COPY}", "STORE 1:* +FLAGS.SILENT (\\Deleted)"]),
        Row("FETCH BODY.PEEK[], one command", "FETCH 1:* BODY.PEEK[]", messages=count, cold=True),
        Row("FETCH BODY.PEEK[], one each", "FETCH % BODY.PEEK[]", each=single, messages=single),
    ]


def wanted(words, options):
    return not options.row or any(name.lower() in words.lower() for name in options.row)


def commands(servers, count, options):
    """The rows on a mailbox of so many messages, warm and cold."""
    chosen = [line for line in rows(count) if wanted(line.words, options)]
    usable = []
    for line in chosen:
        try:
            for server in servers:
                line.measure(server)
            usable.append(line)
        except SystemExit as error:
            print(error, flush=True)
    for server in servers:
        settled(server)
    for line in usable:
        # A short answer is a noisy one, and costs nothing to ask again.
        line.compare(f"{line.words}, warm", alternate(servers, line.measure, ROUNDS if options.quick else 2 * ROUNDS - 1))
    for line in usable:
        if line.cold:
            line.compare(f"{line.words}, cold", alternate(servers, line.measure_cold, 1 if options.quick else ROUNDS))


def import_messages(servers, options):
    with tempfile.NamedTemporaryFile(prefix="kotakpos-bench-", dir="/tmp") as file:
        school_mail.write_for_append(file.name, range(IMPORTED))
        for words, together in (("APPEND import, one by one", 1), ("APPEND import, 100 in a MULTIAPPEND", 100)):
            if not wanted(words, options):
                continue

            def measure(server):
                seconds_of(server, "CREATE Impor")
                figures = load(server, "append", port=server.ports["imap"], mailbox="Impor", messages=file.name, together=together)
                seconds_of(server, "DELETE Impor")
                return figures

            figures = [figure["per_s"] for figure in alternate(servers, measure)] + [None]
            compare(words, figures[0], figures[1], "messages/s", "more")


def logins(servers, options):
    def measure(server, clients, count, tls, login=LOGIN):
        before = cpu_seconds(server.roots())
        figures = load(server, "logins", port=server.ports["imaps" if tls else "imap"], tls="yes" if tls else "no", clients=clients,
                       count=count, login=login)
        return {"per_s": figures["per_s"], "cpu": (cpu_seconds(server.roots()) - before) * 1000 / count}

    def show(words, figures, aim=""):
        figures = figures + [{"per_s": None, "cpu": None}]
        compare(f"{words}", figures[0]["per_s"], figures[1]["per_s"], "logins/s", "more", aim)
        compare("... CPU", figures[0]["cpu"], figures[1]["cpu"], "ms a login", "less")

    for clients in (1, 8):
        for tls in (False, True):
            words = f"repeated logins{', TLS' if tls else ''}, {clients} client{'s' if clients > 1 else ''}"
            if wanted(words, options):
                show(words, alternate(servers, lambda server: measure(server, clients, 400, tls)), "" if tls else "1,000/s")

    words = "first logins, 8 clients"
    if wanted(words, options):
        names = ",".join(OTHERS)

        def first(server):
            measure(server, 8, len(OTHERS), False, names)  # their mailboxes are made
            server.restart()
            return measure(server, 8, len(OTHERS), False, names)

        show(words, alternate(servers, first, 1 if options.quick else ROUNDS))


def table(sizes, options, make):
    for number, count in enumerate(sizes):
        servers = [kind() for kind in make]
        try:
            for server in servers:
                for start in range(0, count, 20000):
                    server.fill(range(start, min(count, start + 20000)))
            print(f"\n{count:,} messages")
            commands(servers, count, options)
            if number == 0:
                import_messages(servers, options)
                logins(servers, options)
        finally:
            for server in servers:
                server.close()


def main():
    parser = argparse.ArgumentParser()
    for name in ("quick", "us", "huge"):
        parser.add_argument(f"--{name}", action="store_true")
    parser.add_argument("--row", action="append", default=[])
    parser.add_argument("--messages", type=int)
    options = parser.parse_args()
    print(f"Medians of alternating rounds on {os.cpu_count()} cores; fsync on; mail of 2 to 8 KB"
          f"{'' if drop_page_cache() else '; the kernel keeps its page cache: cold is only a new start'}\n")
    row("", "Kotakpos", "Dovecot", "better", "", "aim")
    sizes = [options.messages] if options.messages else [10_000] if options.quick else [10_000, 100_000]
    table(sizes, options, [Kotakpos] if options.us else [Kotakpos, TunedDovecot])
    if options.huge:
        table([1_000_000], options, [Kotakpos])


if __name__ == "__main__":
    main()
