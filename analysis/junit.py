"""The JUnit format, as CI servers read it: suites of cases, each passed, failed or skipped.

Only elements and attributes of the schema that CI servers share (junit-10.xsd of Jenkins' xUnit plugin; what
PublishTestResults of Azure DevOps maps). JUnit knows no third answer: what cannot be told is `skipped` with a message.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

from analysis.reasons.reason import Effect

# What XML 1.0 does not allow even when escaped.
_FORBIDDEN = dict.fromkeys([*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF])


@dataclass(frozen=True, slots=True)
class Case:
    """One line of a CI server's list of tests."""

    classname: str
    """What groups it, with dots; the same in every build."""
    name: str
    effect: Effect = "pass"
    message: str = ""
    """The line beside a case that did not pass."""
    detail: str = ""
    """What is shown when it is opened; of a passed case too."""
    time_s: float = 0.0
    """CI servers chart it over builds."""


@dataclass(frozen=True, slots=True)
class Suite:
    """Cases of one kind."""

    name: str
    cases: Sequence[Case]


def junit(name: str, suites: Sequence[Suite]) -> str:
    """One document, newline at the end; the same suites give the same bytes."""
    root = ElementTree.Element("testsuites", name=name)
    for suite in suites:
        element = ElementTree.SubElement(root, "testsuite", name=suite.name)
        for case in suite.cases:
            _add(element, case)
        _count(element, element)
    _count(root, *root)
    ElementTree.indent(root, " ")
    text = ElementTree.tostring(root, encoding="unicode", xml_declaration=False)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'


def _add(suite: ElementTree.Element, case: Case) -> None:
    element = ElementTree.SubElement(
        suite, "testcase", classname=_allowed(case.classname), name=_allowed(case.name), time=f"{case.time_s:.3f}"
    )
    if case.effect == "pass":
        if case.detail:
            ElementTree.SubElement(element, "system-out").text = _allowed(case.detail)
        return
    tag = "failure" if case.effect == "fail" else "skipped"
    outcome = ElementTree.SubElement(element, tag, message=_allowed(case.message), type="crmload")
    outcome.text = _allowed(case.detail)


def _count(element: ElementTree.Element, *suites: ElementTree.Element) -> None:
    element.set("tests", str(sum(len(suite) for suite in suites)))
    element.set("failures", str(sum(len(suite.findall("testcase/failure")) for suite in suites)))
    element.set("errors", "0")
    if element.tag == "testsuite":
        # The schema lets the root count everything but these.
        element.set("skipped", str(len(element.findall("testcase/skipped"))))


def _allowed(text: str) -> str:
    return text.translate(_FORBIDDEN)
