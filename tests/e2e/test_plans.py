"""Every plan that we ship fits the local CRM: its files, its day, and every account of it signs in."""

from collections.abc import Iterator

import pytest

from loadtests.checks.checkup import check_plan, refusal
from loadtests.checks.needs import Needs
from loadtests.cli.plans import look_at_day, read_plan
from loadtests.config.resolved import ResolvedPlan
from tests.e2e.site import PROJECT, Site, make_site
from tests.localcrm.serving import start, stop

PLANS = sorted((PROJECT / "configs" / "plans").glob("*.yaml"))


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A local CRM with as many people as the plans say they need, and little data."""
    folder = tmp_path_factory.mktemp("company")
    crm = start(folder, "--scale", "0.02", "--hardware", "free", "--roles", "tight", "--people", "240")
    yield make_site(folder, crm)
    stop(crm)


@pytest.fixture(scope="module")
def plans(company: Site) -> dict[str, ResolvedPlan]:
    """Every shipped plan, resolved against that CRM."""
    return {path.stem: read_plan(path, company.folder / "site.yaml") for path in PLANS}


def test_the_ready_plans_are_there() -> None:
    assert {path.stem for path in PLANS} >= {"demo", "prelaunch", "gate", "capacity", "soak", "training-day"}


def test_every_shipped_plan_is_whole_and_its_people_are_enough_for_it(plans: dict[str, ResolvedPlan]) -> None:
    for plan in plans.values():
        assert any(line.startswith("stages:") for line in look_at_day(plan))


def test_every_account_of_the_launch_signs_in(plans: dict[str, ResolvedPlan]) -> None:
    record = check_plan(plans["prelaunch"], Needs())
    assert refusal(record) is None, record.of("stop")
    assert record.accounts == plans["prelaunch"].people + 2, "and the inspector's and the housekeeper's"


def test_together_the_plans_have_every_role_and_every_way_in(plans: dict[str, ResolvedPlan]) -> None:
    assert {group.channel for plan in plans.values() for group in plan.everybody} == {"web", "ifd", "outlook", "mobile"}
    assert {role for plan in plans.values() for role in plan.roles} == {
        "salesperson", "sales-manager", "customer-service-representative", "csr-manager", "marketing-professional",
        "data-steward",
    }  # fmt: skip
    assert {name: plans[name].models for name in ("demo", "prelaunch", "soak", "training-day")} == {
        "demo": ["closed"], "prelaunch": ["paced", "open"], "soak": ["paced", "open"],
        "training-day": ["closed", "class"],
    }  # fmt: skip
