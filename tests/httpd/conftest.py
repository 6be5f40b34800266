"""Who writes and who reads, for the files about composing."""

import pytest

from httpd.writing import person


@pytest.fixture
def writer(school, fresh):
    return person(school, fresh("penulis"))


@pytest.fixture
def reader(fresh):
    return fresh("pembaca")
