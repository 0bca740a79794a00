"""What CI servers' common schema allows (junit-10.xsd of Jenkins' xUnit plugin): elements, attributes, children."""

import re
from xml.etree import ElementTree

# element: (attributes that must be there, those that may be, children)
SCHEMA: dict[str, tuple[set[str], set[str], set[str]]] = {
    "testsuites": (set(), {"name", "time", "tests", "failures", "errors"}, {"testsuite"}),
    "testsuite": (
        {"name", "tests", "failures", "errors"},
        {"group", "time", "skipped", "timestamp", "hostname", "id", "package", "file", "log", "url"},
        {"testsuite", "properties", "testcase", "system-out", "system-err"},
    ),
    "testcase": (
        {"name"},
        {"time", "classname", "group"},
        {"skipped", "error", "failure", "system-out", "system-err"},
    ),
    "failure": (set(), {"type", "message"}, set()),
    "skipped": (set(), {"type", "message"}, set()),
    "system-out": (set(), set(), set()),
}


def assert_valid(text: str) -> ElementTree.Element:
    """The document's root, after every element was held against the schema and every count was counted."""
    root = ElementTree.fromstring(text.encode())
    assert root.tag == "testsuites"
    for element in root.iter():
        must, may, children = SCHEMA[element.tag]
        assert must <= set(element.keys()) <= must | may, ElementTree.tostring(element)
        assert {child.tag for child in element} <= children, ElementTree.tostring(element)
        if element.tag == "testcase":
            assert element.get("classname") and re.fullmatch(r"\d+\.\d{3}", element.get("time", ""))
        if element.tag in ("testsuites", "testsuite"):
            assert element.get("tests") == str(len(element.findall(".//testcase")))
            assert element.get("failures") == str(len(element.findall(".//failure")))
    return root
