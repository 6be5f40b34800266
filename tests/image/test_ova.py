"""The OVA: descriptor and manifest hold, its disk is the disk, and it starts from there. No machine but the last test's."""

import re
import subprocess
import tarfile
from pathlib import Path

import pytest

from image.box import first_page
from support.machine import Machine, image_file

SCHEMA = Path(__file__).parent / "ovf" / "envelope.xsd"


@pytest.fixture(scope="module")
def parts(tmp_path_factory):
    """Descriptor, manifest and disk, as an importer finds them."""
    folder = tmp_path_factory.mktemp("ova")
    with tarfile.open(image_file("ova")) as archive:
        names = archive.getnames()
        archive.extractall(folder)
    assert [name.rsplit(".", 1)[1] for name in names] == ["ovf", "mf", "vmdk"]
    return [folder / name for name in names]


def without_virtualbox(text):
    """The descriptor without what VirtualBox alone understands: there the standard allows anything."""
    return re.sub(r"\s*<vbox:(\w+).*?</vbox:\1>", "", text, flags=re.S)


def complaints(text, folder):
    file = folder / "checked.ovf"
    file.write_text(text)
    return subprocess.run(["xmllint", "--noout", "--nonet", "--schema", SCHEMA, file], capture_output=True, text=True)


def test_manifest(parts):
    lines = re.findall(r"SHA256\((.+)\)= ([0-9a-f]{64})\n", parts[1].read_text())
    assert [name for name, _ in lines] == [parts[0].name, parts[2].name]
    for name, digest in lines:
        assert subprocess.run(["sha256sum", parts[0].parent / name], capture_output=True, text=True).stdout.startswith(digest)


def test_descriptor_is_of_the_standard(parts, tmp_path):
    text = without_virtualbox(parts[0].read_text())
    assert "<vbox:" not in text
    found = complaints(text, tmp_path)
    assert found.returncode == 0, found.stderr


@pytest.mark.parametrize("good, bad", [('ovf:fileRef="file1"', 'ovf:fileRef="file2"'), ("<rasd:Connection>Bridged", "<rasd:Connection>NAT"),
                                       ("<rasd:ResourceType>17</rasd:ResourceType>", ""), ("<Info>Kotakpos</Info>", ""),
                                       (' ovf:id="Kotakpos"', ""), ("VirtualQuantity>512", "VirtualQuantity>much")])
def test_the_schema_finds_what_is_wrong(parts, tmp_path, good, bad):
    text = without_virtualbox(parts[0].read_text())
    assert good in text
    assert complaints(text.replace(good, bad), tmp_path).returncode != 0


def test_its_size_and_disk_are_what_it_says(parts):
    text = parts[0].read_text()
    assert f'ovf:size="{parts[2].stat().st_size}"' in text
    compared = subprocess.run(["qemu-img", "compare", parts[2], image_file("qcow2")], capture_output=True, text=True)
    assert compared.returncode == 0, compared.stdout


def test_it_starts(parts):
    with Machine(disk=parts[2]) as box:
        first_page(box)
