"""Bodies in JSON: written as browsers write them, read as leniently."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.load.json_body import from_body, to_body

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(VALUES)
def test_what_is_written_reads_as_the_standard_library_reads_it(value: object):
    assert from_body(to_body(value)) == json.loads(to_body(value)) == json.loads(json.dumps(value))


def test_no_blanks_are_sent_and_letters_stay_letters():
    assert to_body({"name": "Größe", "lines": [1, 2]}) == '{"name":"Größe","lines":[1,2]}'.encode()


def test_a_text_that_was_cut_off_within_a_character_is_read():
    assert from_body(b'{"description": "a smile \\ud83d"}') == {"description": "a smile \ud83d"}


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"a": 1', b'{"a": 1} more', b"\xff\xfe{"])
def test_what_is_no_json_is_a_value_error(body: bytes):
    with pytest.raises(ValueError):
        from_body(body)


def test_half_a_character_that_a_plan_says_is_sent_escaped():
    assert to_body({"name": "\ud83d"}) == b'{"name":"\\ud83d"}'
