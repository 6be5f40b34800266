"""Every text that setup-tui shows has an Indonesian translation."""

import ast
import re
import subprocess

from support.appliance import ROOT

FOLDERS = ("admin", "wizard", "widgets", "steps", "apply", "proof")
TOKEN = re.compile(r"""//[^\n]*|/\*.*?\*/|^\#[^\n]*|'(?:[^'\\\n]|\\.)+'|(?P<text>"(?:[^"\\\n]|\\.)*"(?:\s*"(?:[^"\\\n]|\\.)*")*)""",
                   re.M | re.S)
WORDS = re.compile(r"[a-z,.;:] [a-z{'(]", re.I)  # a sentence, a title or keys, and not SQL, a path or a key
# A single word is a text where one of these stands before it.
SHOWN = re.compile(r"""(?:text|plural|sentence)\(\s*$|\.(?:title|label|help|lesson|empty|leave)\s*=\s*$|columns = \{\{$|\{\{?\d,\s*$""")
# What is the same in every language: protocols, examples; and the usage of the program, which is English as every program's.
NOT_TRANSLATED = re.compile(r"""^(?:EHLO|AUTH|MAIL|RCPT|SELECT|Content-|v=|# |\r\n|; rua=|_|setup-tui|: https|, line $|, key '$|kotakpos run$|mail\.$|SMK Negeri 1 Pendalian$|ali::)""")


def literals(source):
    """Each string literal with what stands before it; adjacent ones are one."""
    for found in TOKEN.finditer(source):
        if found["text"]:
            parts = re.findall(r'"(?:[^"\\\n]|\\.)*"', found["text"])
            yield source[max(0, found.start() - 40):found.start()], "".join(ast.literal_eval(part) for part in parts)


def texts():
    found = {}
    for folder in FOLDERS:
        for file in sorted((ROOT / "setup-tui" / folder).glob("*.[ch]*")):
            for before, text in literals(file.read_text()):
                if NOT_TRANSLATED.match(text) or not re.search("[a-zA-Z]{2}", text):
                    continue
                if WORDS.search(text) or SHOWN.search(before):
                    found.setdefault(text, file.name)
    return found


def translated():
    files = sorted(str(file) for file in ROOT.glob("*/po/id.po"))
    merged = subprocess.run(["msgcat", "--no-wrap", "--use-first", *files], capture_output=True, text=True, check=True).stdout
    have = set()
    for entry in merged.split("\n\n"):
        said = dict(re.findall(r'^(msgid|msgid_plural|msgstr(?:\[0\])?) "(.*)"$', join(entry), re.M))
        if said.get("msgstr") or said.get("msgstr[0]"):
            have.update(ast.literal_eval(f'"{said[key]}"') for key in ("msgid", "msgid_plural") if key in said)
    return have


def join(entry):
    """Lines of one string as one line."""
    return re.sub(r'"\n"', "", entry)


def test_every_text_is_translated():
    have, shown = translated(), texts()
    missing = [f"{file}: {text!r}" for text, file in shown.items() if text not in have]
    assert len(shown) > 400 and not missing, "\n".join(missing)


def test_every_text_has_one_translation():
    """All files become one catalogue: of two translations the first would be shown everywhere."""
    found, faults = {}, []
    for file in sorted(ROOT.glob("*/po/id.po")):
        for entry in re.split(r"\n{2,}", file.read_text()):
            said = dict(re.findall(r'^(msgid|msgstr(?:\[0\])?) "(.*)"$', join(entry), re.M))
            text, translation = said.get("msgid", ""), said.get("msgstr") or said.get("msgstr[0]")
            if not text:
                continue
            where, before = found.setdefault(text, (file.parent.parent.name, translation))
            if before != translation:
                faults.append(f"{text!r}: {before!r} in {where}, {translation!r} in {file.parent.parent.name}")
    assert len(found) > 2000 and not faults, "\n".join(faults)


def test_the_scan_finds_what_is_missing(tmp_path):
    source = 'screen.put(1, desk.text("Nobody has "\n    "translated this.")); // "nor this one"\nchar c = \'"\';\n'
    assert [text for _, text in literals(source)] == ["Nobody has translated this."]
    assert "Nobody has translated this." not in translated()
