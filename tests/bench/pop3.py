"""POP3: Kotakpos beside Dovecot (Maildir) with the same messages, in alternating rounds.

    pop3.py [--quick] [--messages N] [--row WORDS]... [--us]
"""

import argparse
import os

from bench.mail_servers import Kotakpos, TunedDovecot, load
from bench.table import ROUNDS, alternate, compare, row

ROWS = [("login, STAT, LIST and UIDL", "list"), ("RETR one by one", "each"), ("RETR pipelined", "pipelined")]


def main():
    parser = argparse.ArgumentParser()
    for name in ("quick", "us"):
        parser.add_argument(f"--{name}", action="store_true")
    parser.add_argument("--row", action="append", default=[])
    parser.add_argument("--messages", type=int)
    options = parser.parse_args()
    sizes = [options.messages] if options.messages else [1000] if options.quick else [1000, 10_000]
    print(f"Medians of alternating rounds on {os.cpu_count()} cores; fsync on; mail of 2 to 8 KB\n")
    row("", "Kotakpos", "Dovecot", "better", "")
    for count in sizes:
        servers = [kind() for kind in ([Kotakpos] if options.us else [Kotakpos, TunedDovecot])]
        try:
            print(f"\n{count:,} messages")
            for server in servers:
                server.fill(range(count))
            for words, how in ROWS:
                if options.row and not any(name.lower() in words.lower() for name in options.row):
                    continue

                def measure(server):
                    figures = load(server, "pop3", port=server.ports["pop3"], how=how)
                    assert figures["messages"] == count, (server.name, figures)
                    return {"value": figures["seconds"] * 1000 if how == "list" else count / figures["seconds"]}

                for server in servers:
                    measure(server)  # warm
                figures = [figure["value"] for figure in alternate(servers, measure, 2 * ROUNDS - 1)] + [None]
                compare(words, figures[0], figures[1], *(("ms", "less") if how == "list" else ("messages/s", "more")))
        finally:
            for server in servers:
                server.close()


if __name__ == "__main__":
    main()
