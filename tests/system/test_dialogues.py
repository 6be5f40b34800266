"""Every transcript of tests/dialogues is one test case (support/dialogue.py tells how they are written)."""

import pytest

from support.dialogue import Dialogue, transcripts


@pytest.mark.parametrize("protocol,path", transcripts(), ids=lambda value: getattr(value, "stem", value))
def test_dialogue(school, fresh, protocol, path):
    Dialogue(school, protocol, path, fresh).play()
