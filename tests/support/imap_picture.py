"""What one IMAP client knows of the mailbox it has selected, from what the server has told it; a contradiction fails.

    client = Watcher(port, "ali")
    client.select("INBOX")
    client.command("NOOP")
    client.uids, client.flags[uid], client.modseq[uid]
"""

from support.imap_wire import Wire

# RFC 9051 7.5.1: while one of these runs, no number may change.
FIXED_NUMBERS = ("FETCH", "STORE", "SEARCH", "SORT", "THREAD")


def uid_set(text):
    """1:3,7 -> [1, 2, 3, 7]"""
    found = []
    for part in text.split(","):
        low, _, high = part.partition(":")
        ends = sorted((int(low), int(high or low)))
        found += range(ends[0], ends[1] + 1)
    return found


class Watcher(Wire):
    def __init__(self, *arguments, extensions=(), **options):
        self.forget()
        self.running, self.told = "", set()
        super().__init__(*arguments, **options)
        capabilities = self.command("CAPABILITY").all("CAPABILITY")[0]
        self.enabled = [name for name in extensions if name in capabilities]
        if self.enabled:
            assert self.command("ENABLE " + " ".join(self.enabled))

    def forget(self):
        self.uids = []  # by place; None: not told yet
        self.flags = {}
        self.modseq = {}
        self.validity = self.uid_next = None
        self.highest = None  # HIGHESTMODSEQ as told by SELECT or with a tagged answer
        self.earlier = []  # VANISHED (EARLIER), as SELECT or FETCH told it
        self.went = set()  # since SELECT, also between its picture and its tagged answer

    def send(self, *parts):
        words = str(parts[0]).split()
        self.running = words[0]
        self.told = set()
        if words[0] in ("SELECT", "EXAMINE"):
            self.forget()
        return super().send(*parts)

    def select(self, name, more=""):
        answer = self.command(f"SELECT {name}{more}")
        assert answer, answer
        return answer

    def store_silently(self, uid, sign, flag):
        """UID STORE with .SILENT: the client notes its own change, unless it is told more (RFC 9051 6.4.6)."""
        answer = self.command(f"UID STORE {uid} {sign}FLAGS.SILENT ({flag})")
        if answer and uid in self.flags and uid not in self.told:
            self.flags[uid] = self.flags[uid] | {flag} if sign == "+" else self.flags[uid] - {flag}
        return answer

    def known(self, uid):
        """A message's place, from 1."""
        return self.uids.index(uid) + 1

    def check(self, condition, what):
        if not condition:
            raise AssertionError(f"{what}\nmy picture: {self.uids}\n{self.history(60)}")

    # What the server says.

    def response(self):
        words = super().response()
        if words[0] not in ("+", "BYE", "CAPABILITY"):
            self.take(words)
        return words

    def take(self, words):
        if words[0] == "VANISHED":
            self.vanished(words[1:])
        elif words[0] == "OK" and words[1] == "CLOSED":
            self.forget()
        elif words[1:2] == ["EXISTS"]:
            count = int(words[0])
            self.check(count >= len(self.uids), f"{count} EXISTS, but nothing was expunged")
            self.uids += [None] * (count - len(self.uids))
        elif words[1:2] == ["EXPUNGE"]:
            self.expunged(int(words[0]))
        elif words[1:2] == ["FETCH"]:
            self.fetched(int(words[0]), dict(zip(words[2][::2], words[2][1::2])))
        code = words[1] if words[0] == "OK" else words[2] if len(words) == 4 and words[1] == "OK" else None
        if code and code.startswith("UIDVALIDITY"):
            self.validity = int(code.split()[1])
        elif code and code.startswith("UIDNEXT"):
            self.uid_next = int(code.split()[1])
        elif code and code.startswith("HIGHESTMODSEQ"):
            self.highest = int(code.split()[1])

    def expunged(self, place):
        self.check(self.running not in FIXED_NUMBERS, f"{place} EXPUNGE during {self.running}")
        self.check(1 <= place <= len(self.uids), f"{place} EXPUNGE")
        self.drop(self.uids.pop(place - 1))

    def vanished(self, words):
        if words[0] == ["EARLIER"]:
            self.earlier = uid_set(words[1])
            return
        self.check(self.running not in FIXED_NUMBERS, f"VANISHED during {self.running}")
        for uid in uid_set(words[0]):
            if uid in self.uids:
                self.uids.remove(uid)
            else:  # one of those whose UID was not told yet
                unknown = [at for at, known in enumerate(self.uids) if known is None and self.fits(at, uid)]
                self.check(unknown, f"VANISHED {uid}, which is not in the mailbox")
                self.uids.pop(unknown[0])
            self.drop(uid)

    def fits(self, at, uid):
        before = [known for known in self.uids[:at] if known]
        after = [known for known in self.uids[at + 1:] if known]
        return (not before or before[-1] < uid) and (not after or uid < after[0])

    def drop(self, uid):
        self.went.add(uid)
        self.flags.pop(uid, None)
        self.modseq.pop(uid, None)

    def fetched(self, place, items):
        self.check(1 <= place <= len(self.uids), f"{place} FETCH")
        uid = int(items["UID"]) if "UID" in items else self.uids[place - 1]
        if "UID" in items:
            self.check(self.uids[place - 1] in (None, uid), f"{place} has UID {uid}")
            self.check(self.fits(place - 1, uid), f"UID {uid} at {place} is not between its neighbours")
            self.uids[place - 1] = uid
        if uid is None:
            return
        modseq = int(items["MODSEQ"][0]) if "MODSEQ" in items else None
        flags = {flag for flag in items["FLAGS"] if flag != "\\Recent"} if "FLAGS" in items else None
        if modseq is not None:
            before = self.modseq.get(uid, 0)
            self.check(modseq >= before, f"MODSEQ of UID {uid} went back from {before} to {modseq}")
            if flags is not None and modseq == before and uid in self.flags:
                self.check(flags == self.flags[uid], f"UID {uid}: flags changed without its MODSEQ")
            self.modseq[uid] = modseq
        if flags is not None:
            self.flags[uid] = flags
            self.told.add(uid)
