"""kotakpos site: the school's page from an archive, all or nothing, and what hostile or unlucky archives get."""

import io
import os
import stat
import tarfile
import zipfile

import pytest

from support.appliance import Appliance, wait_until


@pytest.fixture(scope="module")
def school():
    with Appliance() as box:
        yield box


@pytest.fixture
def folder(school):
    school.run("site", "clear")
    return school.state / "site"


def packed(files, **options):
    """A ZIP archive: name -> bytes."""
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED, **options) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return memory.getvalue()


def tarred(*members):
    memory = io.BytesIO()
    with tarfile.open(fileobj=memory, mode="w:gz") as archive:
        for name, kind, link in members:
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, link
            archive.addfile(member)
    return memory.getvalue()


def upload(school, archive, tmp_path):
    file = tmp_path / "halaman.zip"
    file.write_bytes(archive)
    return school.run("site", "upload", str(file))


def shown(folder):
    return {str(path.relative_to(folder)): path.read_text() for path in sorted(folder.rglob("*"))
            if path.is_file() and not str(path.relative_to(folder)).startswith(".")}


def test_a_page_goes_up_and_the_one_before_comes_back(school, folder, tmp_path):
    one = {"index.html": "<h1>SMK satu</h1>", "foto/gedung.txt": "gedung"}
    two = {"index.html": "<h1>SMK dua</h1>"}
    assert "2 berkas" in upload(school, packed(one), tmp_path).stdout
    assert shown(folder) == one
    assert "foto/gedung.txt" in school.kotakpos("site", "list")
    upload(school, packed(two), tmp_path)
    assert shown(folder) == two  # as a whole: nothing of the old one is left
    school.kotakpos("site", "restore")
    assert shown(folder) == one
    school.kotakpos("site", "restore")
    assert shown(folder) == two
    school.kotakpos("site", "clear")
    assert shown(folder) == {}
    school.kotakpos("site", "restore")
    assert shown(folder) == two


def test_a_folder_around_everything_is_taken_off_and_rubbish_left_out(school, folder, tmp_path):
    files = {"web/index.html": "a", "web/b/c.css": "c", "__MACOSX/web/._index.html": "x", "web/.git/config": "x", "web/Thumbs.db": "x", "web\\d.txt": "d"}
    done = upload(school, packed(files), tmp_path)
    assert shown(folder) == {"index.html": "a", "b/c.css": "c", "d.txt": "d"}
    assert "3 berkas tersembunyi" in done.stdout
    for path in folder.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o755 if path.is_dir() else 0o644)


def test_names_of_all_languages(school, folder, tmp_path):
    upload(school, packed({"index.html": "a", "foto/gédung é 北.txt": "b"}), tmp_path)
    assert shown(folder)["foto/gédung é 北.txt"] == "b"


def test_without_index_html_it_says_so(school, folder, tmp_path):
    assert "index.html" in upload(school, packed({"profil.html": "a"}), tmp_path).stdout


LOCKED = (b"PK\x03\x04\x14\x00\x01\x00\x00\x00\x00\x00\x21\x50\x00\x00\x00\x00\x10\x00\x00\x00\x04\x00\x00\x00\x05\x00\x00\x00a.txt" + b"\x55" * 16 +
          b"PK\x01\x02\x14\x00\x14\x00\x01\x00\x00\x00\x00\x00\x21\x50\x00\x00\x00\x00\x10\x00\x00\x00\x04\x00\x00\x00\x05\x00" + b"\x00" * 16 + b"a.txt" +
          b"PK\x05\x06\x00\x00\x00\x00\x01\x00\x01\x00\x33\x00\x00\x00\x33\x00\x00\x00\x00\x00")

HOSTILE = {
    "upwards": (packed({"index.html": "a", "../../etc/kotakpos.conf": "x"}), "luar folder"),
    "upwards with backslashes": (packed({"index.html": "a", "..\\..\\x": "x"}), "luar folder"),
    "absolute": (packed({"/etc/passwd": "x"}), "luar folder"),
    "a drive": (packed({"C:/x.txt": "x"}), "luar folder"),
    "a control character": (packed({"a\x1b[2J.txt": "x"}), "luar folder"),
    "a symbolic link": (tarred(("x", tarfile.SYMTYPE, "/etc")), "bukan tautan"),
    "a hard link": (tarred(("x", tarfile.LNKTYPE, "index.html")), "bukan tautan"),
    "a device": (tarred(("x", tarfile.CHRTYPE, "")), "bukan tautan"),
    "a link, then a file through it": (tarred(("x", tarfile.SYMTYPE, "/tmp"), ("x/y", tarfile.REGTYPE, "")), "bukan tautan"),
    "a file that is a folder, too": (packed({"a": "x", "a/b": "y"}), "berkas dan folder"),
    "too deep": (packed({"a/" * 40 + "b": "x"}), "bersarang"),
    "a name of 300 letters": (packed({"n" * 300: "x"}), "luar folder"),
    "too many files": (packed({f"{number}.txt": "" for number in range(5001)}), "5000"),
    "a bomb": (packed({"index.html": "a", "nol": b"\0" * (201 << 20)}, compresslevel=9), "200 MB"),
    "nothing in it": (packed({}), "arsip"),
    "hidden files alone": (packed({".htaccess": "x"}), "tidak ada berkas"),
    "no archive": (b"<html>halo</html>", "bukan arsip ZIP"),
    "empty": (b"", "arsip"),
    "locked": (LOCKED, "kata sandi"),
    "cut off": (packed({"index.html": "a" * 100000, "b": bytes(range(256)) * 400})[:-300], "rusak"),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_what_is_no_page_changes_nothing(school, folder, tmp_path, what):
    archive, sentence = HOSTILE[what]
    upload(school, packed({"index.html": "tetap"}), tmp_path)
    before = {path: path.stat().st_mtime_ns for path in (school.state).rglob("site/*")}
    done = upload(school, archive, tmp_path)
    assert done.returncode == 3 and sentence in done.stderr, done.stderr
    assert done.stderr.count("\n") == 1 and "\x1b" not in done.stderr
    assert shown(folder) == {"index.html": "tetap"}
    assert not (folder / ".incoming").exists() and {path: path.stat().st_mtime_ns for path in (school.state).rglob("site/*")} == before


def test_a_changed_byte_is_found(school, folder, tmp_path):
    archive = bytearray(packed({"index.html": "isi yang cukup panjang " * 50}))
    archive[70] ^= 0xFF
    assert upload(school, bytes(archive), tmp_path).returncode == 3
    assert shown(folder) == {}


@pytest.mark.parametrize("step", range(5))
def test_after_a_crash_in_the_middle_the_page_is_whole(school, folder, tmp_path, step):
    """The folders as they are after each step of an exchange; the desk ends it when it starts."""
    upload(school, packed({"index.html": "lama", "x": "lama"}), tmp_path)
    new = folder / (".next" if step < 2 else ".arriving")
    new.mkdir()
    for name in ("index.html", "y"):
        (new / name).write_text("baru")
    if step > 0:
        (folder / ".leaving").mkdir()
        for name in ("index.html", "x") if step > 1 else ("x",):
            (folder / name).rename(folder / ".leaving" / name)
    if step == 3:
        (folder / ".previous" / "sisa").mkdir(parents=True)
    if step == 4:
        (folder / ".leaving").rename(folder / ".previous")
        (new / "y").rename(folder / "y")
    for path in folder.rglob("*"):
        os.chown(path, folder.stat().st_uid, folder.stat().st_gid)
    school.kotakpos("service", "restart", "desk")
    wait_until(lambda: not new.exists(), 10, "the end of the exchange")
    assert shown(folder) == {"index.html": "baru", "y": "baru"}
    school.kotakpos("site", "restore")
    assert shown(folder) == {"index.html": "lama", "x": "lama"}


def test_root_follows_nothing_in_the_folder_of_kp_desk(school, folder, tmp_path):
    """`kotakpos site` as root works as the folder's owner: what that user put in the way leads nowhere."""
    owner, victim = folder.stat(), tmp_path / "korban"
    victim.mkdir(mode=0o755)
    (victim / "penting").write_text("penting")
    for name in (".incoming", ".next"):
        (folder / name).symlink_to(victim)
        os.lchown(folder / name, owner.st_uid, owner.st_gid)
        upload(school, packed({"index.html": "baru", "x/y": "z"}), tmp_path)
        (folder / name).unlink(missing_ok=True)
        assert (victim.stat().st_uid, os.listdir(victim)) == (os.getuid(), ["penting"])
        assert (victim / "penting").stat().st_uid == os.getuid() and (victim / "penting").read_text() == "penting"
    upload(school, packed({"index.html": "baru", "x/y": "z"}), tmp_path)
    assert {path.stat().st_uid for path in folder.rglob("*")} == {owner.st_uid}


def test_a_folder_that_root_put_there_is_named_with_what_to_do(school, folder, tmp_path):
    if os.getuid() != 0:
        pytest.skip("everything belongs to the same user")
    upload(school, packed({"index.html": "lama"}), tmp_path)
    (folder / "tangan").mkdir()
    (folder / "tangan" / "a.txt").write_text("a")
    for done in (upload(school, packed({"index.html": "baru"}), tmp_path), school.run("site", "restore"), school.run("site", "clear")):
        assert done.returncode == 1 and "chown -R" in done.stderr and done.stderr.count("\n") == 1, done
        assert shown(folder) == {"index.html": "lama", "tangan/a.txt": "a"}
    os.chown(folder / "tangan", folder.stat().st_uid, folder.stat().st_gid)
    upload(school, packed({"index.html": "baru"}), tmp_path)
    assert shown(folder) == {"index.html": "baru"}
