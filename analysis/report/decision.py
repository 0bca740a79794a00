"""What the business owner does with the page, in one sentence; and how hard the test pushed."""

from analysis.findings import Findings
from analysis.verdict import Verdict


def what_to_do_now(verdict: Verdict) -> str:
    """One instruction that needs no engineer to follow."""
    if verdict.findings.plan.environment.simulated:
        return "nothing to decide. Ask the test engineer for this page about your own CRM."
    return {
        "pass": "see whether these are your business processes and your volumes, then decide below.",
        "fail": "hold the launch. Agree a date for each finding with the person beside it, and ask for a new report.",
        "inconclusive": "nothing to decide yet. The people named below put the test right and run it again.",
    }[verdict.verdict]


def load_words(findings: Findings) -> str:
    """How the work done compares with what was agreed; empty where nothing was agreed."""
    shares = [
        process.volume.done_per_hour / process.agreed_per_hour
        for process in findings.processes
        if process.agreed_per_hour
    ]
    if not shares:
        return ""
    low, high = min(shares), max(shares)
    span = f"{low:.1f}" if f"{low:.1f}" == f"{high:.1f}" else f"{low:.1f} to {high:.1f}"
    return f"That is {span} times what was agreed."
