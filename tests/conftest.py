"""Fixtures for every pytest file below: one appliance per file, fresh users per test."""

import itertools

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
