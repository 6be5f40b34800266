"""axe-core, the usual checker of WCAG rules, in the page that the browser shows. It is fetched from the npm registry once, checked
against its digest, and kept in the build folder."""

import hashlib
import io
import json
import tarfile
import urllib.error
import urllib.request

import pytest

from support.appliance import BUILD

VERSION = "4.10.3"
SHA512 = "5e6edba515e70d25f6604d9815f064d859c5d1ea7ab661bbc4f87c88779ef0c21cae0abbeb636471ef39e9d62d2582e4b88a1866f19f4ecfcf6d986275e4dc12"
ADDRESS = f"https://registry.npmjs.org/axe-core/-/axe-core-{VERSION}.tgz"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def script():
    kept = BUILD / f"axe-core-{VERSION}.js"
    if not kept.exists():
        try:
            with urllib.request.urlopen(ADDRESS, timeout=60) as answer:
                packed = answer.read()
        except urllib.error.URLError as error:
            pytest.skip(f"axe-core cannot be fetched here: {error}")
        assert hashlib.sha512(packed).hexdigest() == SHA512, "axe-core is not what it was"
        with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
            text = archive.extractfile("package/axe.min.js").read()
        fresh = kept.with_suffix(".new")
        fresh.write_bytes(text)
        fresh.rename(kept)
    return kept.read_text()


def violations(driver):
    """What the page that is open breaks: the rule, how many places, and the first of them. The browser's scripts must be on."""
    # Past the page's policy, as an extension of the browser would do it.
    context = driver.execute_cdp_cmd("Page.createIsolatedWorld", {"frameId": driver.execute_cdp_cmd("Page.getFrameTree", {})["frameTree"]["frame"]["id"]})
    world = context["executionContextId"]
    driver.execute_cdp_cmd("Runtime.evaluate", {"expression": script(), "contextId": world})
    asked = ("axe.run(document, {runOnly: %s, resultTypes: ['violations'], iframes: false}).then(result => JSON.stringify(result.violations.map("
             "rule => rule.id + ' (' + rule.nodes.length + '): ' + rule.nodes[0].html.slice(0, 200))))" % RULES)
    answer = driver.execute_cdp_cmd("Runtime.evaluate", {"expression": asked, "contextId": world, "awaitPromise": True, "returnByValue": True})
    assert "exceptionDetails" not in answer, answer
    return json.loads(answer["result"]["value"])
