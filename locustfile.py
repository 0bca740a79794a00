"""What Locust loads: the people of every channel, and the wiring that runs a plan.

`crmload run PLAN` starts it; plain Locust does too: `locust -f locustfile.py --plan configs/plans/demo.yaml`.
"""

from loadtests.load.locust_setup import install
from scenarios.pools import pools_of
from scenarios.users import IfdUser, MobileUser, OutlookUser, WebUser

install([WebUser, IfdUser, OutlookUser, MobileUser], pools_of)

__all__ = ["IfdUser", "MobileUser", "OutlookUser", "WebUser"]
