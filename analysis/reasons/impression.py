"""Fourth step of the rule: did enough people keep a good first impression?"""

from collections.abc import Iterator

from analysis.bounds import people_needed
from analysis.findings import Findings
from analysis.reasons.reason import Reason, listed
from analysis.words import count_words, percent_words
from loadtests.config.owners import TESTER


def score_too_low(findings: Findings) -> Iterator[Reason]:
    """The lower end of the score's interval is under the plan's minimum.

    Where not one impression broke, that is no fault of the CRM but too few people: then the run is inconclusive.
    """
    score, minimum = findings.impression.overall, findings.plan.first_impression_min
    if score.people == 0 or score.low >= minimum:
        return
    if score.broken == 0:
        yield Reason(
            "few_people",
            "inconclusive",
            f"{score.people} people are too few to promise {percent_words(minimum)}",
            f"All {count_words(score.people, 'person', 'people')} kept a good first impression, but so few can only "
            f"promise {percent_words(score.low)} (asked: {percent_words(minimum)}).",
            TESTER,
            f"Send at least {people_needed(minimum)} people.",
        )
        return
    stories = [story.text for story in findings.impression.stories]
    yield Reason(
        "score",
        "fail",
        f"only {score.kept} of {score.people} people kept a good first impression",
        f"{score.kept} of {score.people} people kept a good first impression ({percent_words(score.score)}; at least "
        f"{percent_words(score.low)} with 95 % confidence, asked: {percent_words(minimum)}). {_told(stories)}",
        findings.plan.owners.business,
        "Hold the launch until what broke these impressions is mended (each story stands under “First "
        "impressions” below), then run again"
        + (
            f"; with so few people a clean run needs at least {people_needed(minimum)} of them."
            if score.score >= minimum
            else "."
        ),
    )


def _told(stories: list[str], most: int = 2) -> str:
    """The commonest stories, and that there are others."""
    if len(stories) <= most:
        return f"{listed(stories)}."
    return f"{', '.join(stories[:most])}; {count_words(len(stories) - most, 'other group')} met something else."
