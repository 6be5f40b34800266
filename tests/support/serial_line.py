"""A machine's serial line in this terminal: serial_line.py SOCKET. It reads all the time: an unread line stops the guest."""

import os
import select
import socket
import sys
import tty

line = socket.socket(socket.AF_UNIX)
line.connect(sys.argv[1])
tty.setraw(0)
while True:
    for ready in select.select([0, line], [], [])[0]:
        data = os.read(0, 4096) if ready == 0 else line.recv(65536)
        if not data:
            sys.exit(0)
        if ready == 0:
            line.sendall(data)
        else:
            os.write(1, data)
