"""A disk (fixture small_disk) without a free byte."""

import os


def fill(folder):
    """Takes all the room that is left there, to the last byte; gives the file that holds it."""
    path = os.path.join(folder, "ballast")
    with open(path, "wb", buffering=0) as file:
        for piece in (1 << 20, 1 << 12, 1):
            try:
                while file.write(bytes(piece)):
                    pass
            except OSError:
                pass
    return path
