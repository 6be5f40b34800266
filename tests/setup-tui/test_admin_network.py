"""The administrator changes the network alone: one page, review, apply, proof; and back in the same session."""

import json

from support.admin_screens import AdminScreens
from support.appliance import Appliance
from support.wizard import enter_to, fill


def forwarders(school):
    settings = json.loads(school.kotakpos("setting", "list", "--json"))
    return next(setting["value"] for setting in settings if "forwarders" in (setting.get("name"), setting.get("key")))


def test_only_the_network_is_asked_and_the_session_goes_on():
    with Appliance() as school, AdminScreens(school) as admin:
        admin.open("Jaringan")
        admin.shows("F4 ubah")
        admin.type("F4")
        admin.shows("langkah 1 dari 4", "Gateway")
        admin.type("Escape")  # from the first page back to where one came from
        admin.shows("Kotakpos · Jaringan", "F4 ubah")
        assert not (school.state / "setup-draft").exists()
        before = forwarders(school)
        admin.type("F4")
        admin.shows("langkah 1 dari 4")
        fill(admin, None, None, None, "9.9.9.9")
        enter_to(admin, 4)
        admin.type("Enter")
        admin.shows("Kotakpos · Jaringan", "Jaringan sudah diubah.")
        assert forwarders(school) != before and "9.9.9.9" in forwarders(school)
        assert not (school.state / "setup-draft").exists()
        admin.back()
        admin.open("Pengguna")  # the school is as it was
        admin.shows("5 pengguna", "kepala sekolah")
