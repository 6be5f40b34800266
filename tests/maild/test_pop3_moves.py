"""The POP3 unique ids survive moves: a client that leaves its mail on the server fetches nothing twice."""

import pytest

from support.appliance import Appliance


def unique_ids(school, login):
    client = school.pop3(login)
    ids = client.uidl()[1]
    client.quit()
    return ids


@pytest.mark.parametrize("form", ["maildir", "mbox"])
def test_unique_ids_survive_export_and_import_on_another_box(form, tmp_path):
    with Appliance() as old:
        client = old.imap("ali")
        for number in range(4):
            client.append("INBOX", None, None, f"Subject: {number}\r\n\r\nisi\r\n".encode())
        client.select("INBOX")
        client.store("2", "+FLAGS", "\\Deleted")
        client.expunge()
        client.logout()
        ids = unique_ids(old, "ali")
        assert len(set(ids)) == 3
        old.stop()
        old.start()
        assert unique_ids(old, "ali") == ids
        old.kotakpos("mailbox", "export", "ali", str(tmp_path / "surat"), "--format", form)
    with Appliance() as new:
        new.add_user("baru")  # nobody of that name was there before
        new.kotakpos("mailbox", "import", "baru", str(tmp_path / "surat"))
        assert unique_ids(new, "baru") == ids
        client = new.imap("baru")
        client.append("INBOX", None, None, b"Subject: sesudah\r\n\r\n")
        client.logout()
        assert unique_ids(new, "baru")[:3] == ids and len(set(unique_ids(new, "baru"))) == 4
