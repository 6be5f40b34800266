"""Power cuts as a disk sees them: QEMU records every write and flush of a machine; a cut keeps all writes before the last flush, and of
those after it any, as a disk with a cache of its own does. So one run of the box gives as many cuts as wanted, at any octet."""

import random
import struct
import subprocess

SECTOR = 512
FLUSH, DISCARD = 1, 4  # flags of an entry (QEMU's blklogwrites: the format of Linux's dm-log-writes)


def flat(qcow2, target):
    """The disk as raw octets, before the recorded run."""
    subprocess.run(["qemu-img", "convert", "-O", "raw", qcow2, target], check=True)
    return target


def now(record):
    """The place in the record: everything that the disk has been told is before it."""
    return record.stat().st_size


def entries(record, end):
    """(place behind it, sector, count, flags, place of the data) of each entry that is whole before `end`."""
    with open(record, "rb") as file:
        place = SECTOR  # behind the head
        while place + SECTOR <= end:
            file.seek(place)
            sector, count, flags, _ = struct.unpack("<QQQQ", file.read(32))
            data = place + SECTOR
            place = data if flags & DISCARD else data + count * SECTOR
            if place <= end:
                yield place, sector, count, flags, data


def cut(before, record, end, target, seed):
    """Writes into `target` the disk of a cut when the record had `end` octets. Gives how many writes were lost."""
    chance = random.Random(seed)
    told = list(entries(record, end))
    flushed = max((number for number, entry in enumerate(told) if entry[3] & FLUSH), default=-1)
    lost = 0
    subprocess.run(["cp", "--sparse=always", before, target], check=True)
    with open(record, "rb") as source, open(target, "r+b") as disk:
        for number, (_, sector, count, flags, data) in enumerate(told):
            if not count or flags & DISCARD:
                continue
            if number > flushed and chance.random() < 0.5:
                lost += 1
                continue
            source.seek(data)
            disk.seek(sector * SECTOR)
            disk.write(source.read(count * SECTOR))
    return lost
