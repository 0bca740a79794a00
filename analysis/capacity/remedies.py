"""What helps where hardware does not: for each cause who acts, and what he does first. And work that nobody waits
for."""

from collections.abc import Iterator

from analysis.capacity.advice import Finding
from analysis.capacity.backlog import LEAST_BACKLOG, grows
from analysis.capacity.forecast import Cause
from analysis.capacity.measured import Measured
from analysis.capacity.refusals import usable_steps
from loadtests.config.owners import TESTER, Owners

NO_CASE_FOR_BUYING: tuple[Cause, ...] = ("network", "client", "lock", "throttling", "one_transaction", "unknown")
CAUSE_WORDS: dict[Cause, str] = {
    "servers": "people wait for the servers",
    "network": "people wait for the network",
    "client": "the time passes in the client that asks, not in the servers",
    "lock": "something that no server's counter shows holds requests back",
    "throttling": "something refuses work before the servers are full",
    "one_transaction": "one transaction is slow by itself",
    "fast_enough": "nothing was slow as far as it was tested",
    "unknown": "what people wait for is not in the counters",
}
TRACE_LOG = (
    "Plug-ins: under Settings > Administration > System Settings, tab Customization, set “Enable logging to plug-in "
    "trace log” to All (where there is no such tab: Plug-in Registration Tool, Settings > Logging to plug-in trace "
    "log). Do the step once and read Settings > Plug-in Trace Log; each record tells its duration, the list only when "
    "Advanced Find adds the column. Switch it off afterwards."
)
"""Where plug-ins tell how long they took: since CRM 2016, by Microsoft's page on tracing and logging."""
_STEPS: dict[Cause, str] = {
    "network": "Ask for one slow transaction from the generator and again on the web server itself (a browser there, "
    "F12, Network). Slow in both: look for plug-ins that call another service. Slow from the generator alone: have "
    "the network team look at what lies between (`pathping`, the logs of proxy and load balancer; docs/network.md).",
    "client": "First make sure that it is not the load generator: use more processes (`crmload run PLAN --processes "
    "N`) or another machine, and run the steps again. If it stays, the client takes in too much: fewer columns and "
    "rows in the view, fewer scripts and sub-grids on the form, compression switched on in IIS.",
    "lock": "Ask the database administrator who waits for whose lock while the last step runs. SQL Server "
    "tells it: SELECT session_id, blocking_session_id, wait_type, wait_time, wait_resource FROM sys.dm_exec_requests "
    "WHERE blocking_session_id <> 0. Then look for "
    "plug-ins and workflows that all update one record (a counter, an autonumber, the parent account), and take that "
    "update out of the transaction people wait for.",
    "throttling": "Give each person an account of their own, as in life, spread integrations over several application "
    "users, and run the steps again. If 429 stays: find who sends it (in the cloud the CRM itself; on-premises a "
    "proxy, a firewall or IIS), and have its limit raised.",
    "one_transaction": f"Look at what this one does beyond the others. {TRACE_LOG} Then its form (scripts, sub-grids, "
    "quick views) or its view (columns of the filter without an index). Mend it and run the same steps again.",
    "unknown": "Count what is missing and run the steps again: every server that answers for the CRM, its disks, and "
    "the waits of SQL Server (`crmload counters kit` writes the request to the server team).",
}


def remedy(cause: Cause, cause_text: str, owners: Owners) -> Iterator[Finding]:
    """What to do instead of buying; nothing for the causes that speak for servers, or for nothing at all."""
    if cause in _STEPS:
        owner = TESTER if cause in ("client", "unknown") else owners.technical
        yield Finding(cause, cause_text or f"{CAUSE_WORDS[cause].capitalize()}.", owner, _STEPS[cause])


def background_work(measured: Measured, owners: Owners) -> Iterator[Finding]:
    """Whether asynchronous jobs piled up while people worked, where somebody counted them."""
    counted = [(step, step.backlog) for step in usable_steps(measured) if step.backlog is not None]
    if not counted:
        return
    for step, (begin, end) in counted:
        if grows(step):
            rate = (end - begin) / step.seconds * 60
            yield Finding(
                "backlog",
                f"Background jobs pile up from {step.people:.0f} people on: {begin:,.0f} waited when the step "
                f"“{step.name}” began, {end:,.0f} when it ended ({rate:,.0f} more a minute). Workflows, duplicate "
                "detection and mails come later and later while people work.",
                owners.technical,
                "Settings > System Jobs, by type, shows which jobs they are. Make fewer of them (workflows that begin "
                "on every change of a record), or give the asynchronous service more: its server is in the table "
                "above.",
            )
            return
    step, (begin, end) = counted[-1]
    if begin > LEAST_BACKLOG and end < begin:
        yield Finding(
            "backlog_drained",
            f"Background jobs that had piled up were worked off: {begin:,.0f} waited when the step “{step.name}” "
            f"began, {end:,.0f} when it ended.",
        )
        return
    yield Finding(
        "backlog_steady",
        f"Background jobs keep up: {end:,.0f} waited at the end of the highest step ({step.people:.0f} people).",
    )
