"""The tables of the benchmarks: us, the peer, how many times better."""

import os
import statistics

ROUNDS = int(os.environ.get("KOTAKPOS_BENCH_ROUNDS", "3"))


def row(words, ours, theirs, ratio, unit, aim=""):
    print(f"{words:<44} {ours:>12} {theirs:>18} {ratio:>8}  {unit:<12} {aim}", flush=True)


def compare(words, ours, theirs, unit, better, aim=""):
    """One line; `better`: "more" or "less"."""
    ratio = f"{ours / theirs if better == 'more' else theirs / ours:.1f} x" if ours and theirs else ""
    row(words, shown(ours), shown(theirs), ratio, unit, aim)


def shown(value):
    """Three digits that say something."""
    if value is None:
        return "-"
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def alternate(servers, measure, rounds=ROUNDS):
    """`measure(server)` gives figures by name; the median of each, the servers taking turns."""
    figures = [{} for _ in servers]
    for _ in range(rounds):
        for server, lists in zip(servers, figures):
            for name, value in measure(server).items():
                lists.setdefault(name, []).append(value)
    return [{name: statistics.median(values) for name, values in lists.items()} for lists in figures]
