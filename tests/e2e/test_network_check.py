"""The parts of the check about network and limits, against the local CRM's real entrances."""

from loadtests.checks.inspection import Inspection
from loadtests.checks.limits import check_limits
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


def test_limits_are_the_clouds_alone(site: Site) -> None:
    plan = read_plan(site.plan(people_per_group=1))
    with Inspection(plan, needs_of(plan), Secrets.load(plan.environment)) as inspection:
        assert check_limits(inspection).sentence.startswith("none: an organisation of its own servers throttles nobody")


def test_people_alone_with_an_account_come_nowhere_near_a_limit_of_the_cloud(site: Site) -> None:
    path = site.plan(people_per_group=1)
    (site.folder / "site.yaml").write_text("name: site\nready_file: ready.json\nflavour: cloud-9.2\n")
    only_web = [line for line in path.read_text().splitlines() if "channel: ifd" not in line]
    path.write_text("\n".join(only_web).replace("people: 4,", "people: 2,") + "\n")
    plan = read_plan(path)
    with Inspection(plan, needs_of(plan), Secrets.load(plan.environment)) as inspection:
        part = check_limits(inspection)
    assert part.sentence.startswith("the busiest account asks ")
    assert part.grid is not None
    assert [row[0] for row in part.grid.rows] == ["1 Salesperson on web", "1 Customer Service Representative on web"]
    assert part.findings == []
