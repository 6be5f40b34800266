"""Fixtures for every pytest file below: one appliance per file, fresh users per test."""

import itertools
import os
import subprocess
import tempfile

import pytest

from support.appliance import Appliance

numbers = itertools.count(1)


@pytest.fixture(scope="module")
def school():
    """A demo school of its own, started; ali, budi, guru1, kepsek and admin with the password 123."""
    with Appliance() as appliance:
        yield appliance


@pytest.fixture
def fresh(school):
    """fresh("ali") makes a new user with an empty mailbox and gives the login, like ali-7."""

    def make(name="user", **options):
        return school.add_user(f"{name}-{next(numbers)}", **options)

    return make


@pytest.fixture
def small_disk():
    """A file system of 192 MB (twice what the mail store keeps free), if this user may mount one."""
    folder = tempfile.mkdtemp(prefix="kotakpos-disk-")
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=192m,mode=755", "tmpfs", folder], capture_output=True)
    if done.returncode != 0:
        os.rmdir(folder)
        pytest.skip("only root can mount a small disk")
    yield folder
    subprocess.run(["umount", "-l", folder], check=False)
    os.rmdir(folder)
