"""choose.py BUILD NAME...: the names of the tests that contain a NAME or carry it as a label, one per line."""

import json
import re
import subprocess
import sys

shown = subprocess.run(["ctest", "--test-dir", sys.argv[1], "--show-only=json-v1"], capture_output=True, text=True, check=True)
for test in json.loads(shown.stdout)["tests"]:
    labels = [label for p in test.get("properties", []) if p["name"] == "LABELS" for label in p["value"]]
    if any(word in test["name"] or word in labels for word in sys.argv[2:]):
        print(re.escape(test["name"]).replace("\\-", "-"))
