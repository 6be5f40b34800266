"""Kotakpos beside NSD, Knot, BIND and a bare UDP echo with batches: the same questions in alternating rounds.

    tests/bench/run dns [--quick] [school] [signed] [threads] [large]

The honest figure where client and server share the processors is the server's CPU seconds for a million questions. All replies are
checked (rcode, number of answers); a wrong one ends the run, a lost one is shown. Differences below 15 % are noise.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.dns_edits import served_after_edits
from bench.dns_servers import (BUILD, LARGE, Echo, Kotakpos, cpu_seconds, first_answer_ms, large_mix, large_zones, peer, pss_megabytes,
                               school_mix, school_zones, signed, write_questions)
from dnsd.differential import Question
from support.appliance import DOMAIN
from support.dns_peers import Bind, Knot, Nsd

QUICK = "--quick" in sys.argv
WANTED = [word for word in sys.argv[1:] if not word.startswith("-")]  # all, or some of: school signed threads large
ROUNDS = int(os.environ.get("KOTAKPOS_BENCH_ROUNDS", "3" if QUICK else "5"))
COUNT = 60_000 if QUICK else 150_000
TCP_COUNT = 10_000 if QUICK else 40_000
EACH_COUNT = 3_000 if QUICK else 10_000
NAMES = ["Kotakpos", "NSD", "Knot", "BIND", "echo"]


class Field:
    """All servers with the same zones at once; they are asked in turn."""

    def __init__(self, zones, threads=1, peer_zones=None, sign=False, echo=True):
        self.servers = []
        try:
            self.servers.append(Kotakpos(zones, threads, sign))
            self.servers += [peer(kind, peer_zones or zones, threads) for kind in (Nsd, Knot, Bind)]
            if echo:
                self.servers.append(Echo(threads))
        except BaseException:
            self.close()
            raise
        self.folder = tempfile.TemporaryDirectory()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        for server in self.servers:
            server.close()

    def only(self, *names):
        return [server for server in self.servers if server.name in names]

    def questions(self, asked):
        """A file for dns_load; what NSD says is expected of all."""
        return write_questions(Path(self.folder.name) / "questions", asked, self.only("NSD")[0].port)


def load(server, way, file, count, *more):
    done = subprocess.run([BUILD / "tests" / "dns_load", way, "--port", str(server.port), "--questions", file, "--count", str(count), *more],
                          capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"bench dns: {server.name}: {done.stderr.strip()}")
    result = json.loads(done.stdout)
    if result["wrong"] and server.name != "echo":
        sys.exit(f"bench dns: {server.name}: {result['wrong']} of {count} answers are not those of NSD")
    return result


def measure(servers, way, file, count, *more):
    """Per server: median and least CPU seconds a million, answers a second, lost."""
    costs, rates, lost = ({server.name: [] for server in servers} for _ in range(3))
    for server in servers:
        load(server, way, file, min(count, 5000), *more)  # warm
    for turn in range(ROUNDS):
        for server in servers[turn % len(servers):] + servers[:turn % len(servers)]:
            before = cpu_seconds(server.process.pid)
            result = load(server, way, file, count, *more)
            costs[server.name].append((cpu_seconds(server.process.pid) - before) * 1e6 / count)
            rates[server.name].append(result["replies"] / result["seconds"])
            lost[server.name].append(result["lost"])
    return costs, {name: statistics.median(values) for name, values in rates.items()}, {name: sum(values) for name, values in lost.items()}


# The table.

def line(words, cells, end=""):
    print(f"{words:<42}" + "".join(f"{cell:>15}" for cell in cells) + "  " + end, flush=True)


def ratios(values):
    """Ours against the best peer and the echo; less is better."""
    best = min((values[name], name) for name in ("NSD", "Knot", "BIND") if values.get(name))
    words = f"{values['Kotakpos'] / best[0]:.2f} x {best[1]}"
    return words + (f", {values['Kotakpos'] / values['echo']:.2f} x echo" if values.get("echo") else "")


def cost_row(words, servers, way, file, count, *more):
    costs, rates, lost = measure(servers, way, file, count, *more)
    middle = {name: statistics.median(values) for name, values in costs.items()}
    line(f"{words}, CPU s per million", [f"{middle[n]:.2f} ({min(costs[n]):.2f})" if n in middle else "" for n in NAMES], ratios(middle))
    line("    answers/s, thousands", [f"{rates[n] / 1000:.0f}" + f" -{lost[n]}" * bool(lost[n]) if n in rates else "" for n in NAMES])


def value_row(words, values, digits=1):
    """`values` by name; a value may be a text."""
    shown = [values.get(name, "") for name in NAMES]
    plain = {name: value for name, value in values.items() if isinstance(value, float)}
    line(words, [f"{value:.{digits}f}" if isinstance(value, float) else value for value in shown], ratios(plain))


def start_row(words, field, question):
    servers = field.only("Kotakpos", "NSD", "Knot", "BIND")
    times = {server.name: [] for server in servers}
    for _ in range(ROUNDS):
        for server in servers:
            times[server.name].append(first_answer_ms(server, question))
    value_row(f"{words}: start to first answer, ms", {name: statistics.median(values) for name, values in times.items()})


def memory_row(words, field):
    value_row(f"{words}: PSS, MB", {s.name: pss_megabytes(s.process.pid) for s in field.servers if s.name != "echo"})


def edits_rows(words, field, zone, counts):
    """`counts` by name: how many edits (reloads)."""
    medians = {}
    for server in field.only(*counts):
        medians[server.name] = served_after_edits(server, zone, counts[server.name])
    value_row(f"{words}: record changed until served, ms", {name: pair[0] for name, pair in medians.items()}, 2)
    line("    of that behind the commit", [f"{medians['Kotakpos'][1]:.2f}"])
    memory_row(f"{words}, after " + "/".join(str(counts.get(name, 0)) for name in NAMES[:4]) + " edits", field)


def school_rows():
    with Field(school_zones()) as field:
        file = field.questions(school_mix())
        cost_row("school mix", field.servers, "udp", file, COUNT)
        peers = field.only("Kotakpos", "NSD", "Knot", "BIND")
        cost_row("TCP kept open", peers, "kept", file, TCP_COUNT)
        cost_row("TCP, a connection each", peers, "each", file, EACH_COUNT)
        start_row("school", field, Question(f"www.{DOMAIN}."))
        memory_row("school", field)
        edits_rows("school", field, f"{DOMAIN}.", {"Kotakpos": 1000, "NSD": 50, "Knot": 50, "BIND": 1000})


def large_rows():
    with Field(large_zones()) as field:
        cost_row("100,000 names", field.servers, "udp", field.questions(large_mix()), COUNT)
        start_row("100,000 names", field, Question(f"host77.{LARGE}"))
        memory_row("100,000 names", field)
        edits_rows("100,000 names", field, LARGE, {"Kotakpos": 1000, "NSD": 5, "Knot": 20, "BIND": 1000})


def signed_row():
    zones = school_zones()
    with Field(zones, peer_zones=signed(zones), sign=True) as field:
        cost_row("signed zone, DO", field.servers, "udp", field.questions(school_mix(do=True)), COUNT)


def threads_row():
    with Field(school_zones(), threads=2) as field:
        cost_row("school mix, 2 threads", field.servers, "udp", field.questions(school_mix()), COUNT)


def main():
    start = time.monotonic()
    print(f"Median (least) of {ROUNDS} alternating rounds, {COUNT:,} questions each, on {os.cpu_count()} cores; load before: "
          f"{os.getloadavg()[0]:.2f}; peers with minimal responses and without rate limits\n")
    line("", NAMES, "ours to the best peer and to the echo")
    for rows in (school_rows, signed_row, threads_row, large_rows):
        if not WANTED or rows.__name__.split("_")[0] in WANTED:
            rows()
    print(f"\n{time.monotonic() - start:.0f} s; load after: {os.getloadavg()[0]:.2f}")


if __name__ == "__main__":
    main()
