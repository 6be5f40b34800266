"""A program in a real terminal: tmux of a given size and kind, keys in, the screen out.

    with Terminal([program, "--config", config], size=(80, 24), term="vt100") as terminal:
        terminal.shows("Log in")
        terminal.type("123", "Enter")
"""

import os
import shlex
import subprocess
import uuid

from support.appliance import wait_until


class Terminal:
    def __init__(self, command, size=(80, 24), term=None, env=None, utf8=True):
        """`command`: words, or a line for the shell. When it ends, "ended with CODE" and the terminal's modes are shown.
        `term`: the TERM that the program sees (default: tmux's own). `utf8`: whether its locale says UTF-8."""
        self.socket = f"kotakpos-{uuid.uuid4().hex}"
        line = command if isinstance(command, str) else shlex.join(str(word) for word in command)
        locale = "LC_ALL=C.UTF-8" if utf8 else "LC_ALL=C"
        kind = f"TERM={term} " if term else ""
        # exec: a signal to the shell's child is a signal to the program.
        script = f"{locale} {kind}{line}; echo ended with $?; stty -a; exec cat"
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", str(size[0]), "-y", str(size[1]), "-s", "t",
                  "bash", "-c", script, env={**os.environ, **(env or {})})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        subprocess.run(["tmux", "-L", self.socket, "kill-server"], capture_output=True)

    def tmux(self, *words, env=None):
        return subprocess.run(["tmux", "-u", "-L", self.socket, *words], capture_output=True, text=True, check=True,
                              env={**(env or os.environ), "LC_ALL": "C.UTF-8"}).stdout

    def screen(self, colours=False):
        return self.tmux("capture-pane", "-p", *(["-e", "-N"] if colours else []), "-t", "t")

    def state(self):
        """What is on the screen and where the cursor is: it changes with every key that does something."""
        return self.screen(), self.tmux("display-message", "-p", "-t", "t", "#{cursor_x} #{cursor_y} #{cursor_flag}")

    def press(self, key, seconds=10):
        """One key, and the wait for what it does."""
        before = self.state()
        self.type(key)
        wait_until(lambda: self.state() != before, seconds, f"an effect of {key} on:\n{before[0]}")

    def type(self, *keys):
        """tmux's names of keys ("Enter", "F1", "C-c"), or text."""
        self.tmux("send-keys", "-t", "t", *keys)

    def write(self, text):
        """Text as it is, whatever it spells."""
        self.tmux("send-keys", "-t", "t", "-l", text)

    def resize(self, columns, rows):
        self.tmux("resize-window", "-t", "t", "-x", str(columns), "-y", str(rows))

    def pid(self):
        """Of the program: the child of the pane's shell."""
        shell = self.tmux("display-message", "-p", "-t", "t", "#{pane_pid}").strip()
        child = subprocess.run(["ps", "-o", "pid=", "--ppid", shell], capture_output=True, text=True).stdout.split()
        assert child, f"the program has ended:\n{self.screen()}"
        return int(child[0])

    def shows(self, *texts, seconds=10):
        """Waits until all of the texts are on the screen."""
        for text in texts:
            try:
                wait_until(lambda: text in self.screen(), seconds, f"'{text}' on the screen")
            except AssertionError as error:
                raise AssertionError(f"{error}:\n{self.screen()}") from None

    def ended(self, code, seconds=10):
        """Waits for the program's end and asserts that the terminal is as a shell needs it."""
        self.shows(f"ended with {code}", "icanon", "extproc", seconds=seconds)
        modes = self.screen().split()
        assert {"icanon", "isig", "echo", "icrnl", "opost"} <= set(modes), self.screen()
