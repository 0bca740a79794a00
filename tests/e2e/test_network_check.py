"""The network part of the check against the local CRM's real entrances."""

from loadtests.checks.inspection import Inspection
from loadtests.checks.network import check_network
from loadtests.cli.plans import needs_of, read_plan
from loadtests.config.secrets import Secrets
from tests.e2e.site import Site, log_rows


def test_every_entrance_of_the_plan_is_measured_gently(site: Site) -> None:
    plan = read_plan(site.plan(people_per_group=1))
    with Inspection(plan, needs_of(plan), Secrets.load(plan.environment)) as inspection:
        for account, channel in inspection.people:
            inspection.session(account, channel)
        before = len(log_rows(site.crm))
        part = check_network(inspection)
    sent = len(log_rows(site.crm)) - before
    assert part.grid is not None
    assert part.grid.columns == ["", "intranet", "ifd"]
    cells = {row[0]: row[1:] for row in part.grid.rows}
    assert all(cell.endswith("/s") for cell in cells["carries"]), cells
    assert all(cell.startswith("TLSv1.") for cell in cells["TLS"])
    assert part.sentence.startswith("first byte of a tiny answer: intranet ")
    assert part.findings == []
    assert sent < 100 * 2
