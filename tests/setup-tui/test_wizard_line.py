"""What goes over the line: a key costs little, a page fits 9,600 baud, and nothing is sent while nobody types."""

import os
import pty
import select
import signal
import struct
import fcntl
import termios

import pytest

from support.appliance import wait_until
from support.wizard import PROGRAM, NewBox

BYTES_PER_SECOND = 960  # 9,600 baud, 8N1


class Line:
    """The program on a pseudo-terminal of its own, as a serial line of a vt100 sees it."""

    def __init__(self, box, term):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execve(PROGRAM, [str(PROGRAM), "--config", str(box.config)],
                      {**os.environ, "TERM": term, "LC_ALL": "C", "LINES": "24", "COLUMNS": "80"})
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.text = b""

    def read_until_quiet(self, seconds=0.3):
        """The bytes until none came for so long."""
        new = b""
        while select.select([self.fd], [], [], seconds)[0]:
            try:
                data = os.read(self.fd, 65536)
            except OSError:
                break
            if not data:
                break
            new += data
        self.text += new
        return new

    def costs(self, keys):
        os.write(self.fd, keys)
        return len(self.read_until_quiet())

    def close(self):
        os.kill(self.pid, signal.SIGTERM)
        os.close(self.fd)
        os.waitpid(self.pid, 0)


@pytest.fixture
def line():
    with NewBox() as box:
        line = Line(box, "vt100")
        wait_until(lambda: b"10" in line.read_until_quiet() or b"10" in line.text, 10, "the first page")
        yield line
        line.close()


def test_keys_and_pages_are_cheap(line):
    line.read_until_quiet()
    assert len(line.text) < BYTES_PER_SECOND * 1.5, "the first page in a second and a half"
    page = line.costs(b"\r")
    assert 0 < page < BYTES_PER_SECOND, f"a page of {page} bytes"
    letter = line.costs(b"x")
    assert 0 < letter < 400, f"a letter of {letter} bytes (the domain follows it)"
    assert line.costs(b"\t") < 300
    last = line.costs(b"\t") and line.costs(b"y")
    assert 0 < last < 60, f"a letter of {last} bytes"
    assert line.read_until_quiet(1.5) == b"", "nothing is drawn while nobody types"
    assert line.text.isascii()
