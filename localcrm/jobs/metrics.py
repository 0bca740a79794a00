"""The backlog of system jobs as Prometheus text."""

from __future__ import annotations

from localcrm.jobs.queue import Backlog


def job_metrics(backlog: Backlog) -> str:
    """Jobs that wait and run now, and how many have ended: what the queue would say in a server's counters."""
    return (
        "# HELP crm_async_operations System jobs that have not ended\n"
        "# TYPE crm_async_operations gauge\n"
        f'crm_async_operations{{host="async",state="waiting"}} {backlog.waiting}\n'
        f'crm_async_operations{{host="async",state="in_progress"}} {backlog.in_progress}\n'
        "# HELP crm_async_operations_total System jobs that have ended since the server started\n"
        "# TYPE crm_async_operations_total counter\n"
        f'crm_async_operations_total{{host="async",outcome="succeeded"}} {backlog.succeeded}\n'
        f'crm_async_operations_total{{host="async",outcome="failed"}} {backlog.failed}\n'
    )
