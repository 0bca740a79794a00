"""Signing in by a code on a page at both kinds of authority, and what is kept is renewed at each use."""

import re
import threading
from pathlib import Path

import pytest

from loadtests.config.identity import Identity
from loadtests.config.local_crm import environment_of
from loadtests.config.secrets import Secrets
from loadtests.config.users import read_users
from loadtests.errors import SignInFailed
from loadtests.load.kept_sign_ins import KeptSignIn, KeptSignIns
from loadtests.load.login import log_in
from loadtests.load.plain_session import PlainSession
from tests.localcrm.serving import RunningCrm


@pytest.mark.parametrize("flavour", ["onprem-9.1", "cloud-9.2"])
def test_who_entered_the_code_comes_in_silently_until_the_authority_forgets_them(
    flavour: str, local_crm: RunningCrm, tmp_path: Path
) -> None:
    environment = environment_of(local_crm.ready, "local", flavour)
    environment = environment.model_copy(update={"identity": Identity(login=True, token_folder=tmp_path / "kept")})
    account = next(user for user in read_users(environment.users_file) if user.kind == "person")
    password = local_crm.password(account.username)

    def enter(message: str) -> None:
        """What the account's owner does in a browser, a moment later."""
        found = re.search(r"(https://\S+) .*enter the code (\w+)", message)
        assert found, message
        fields = {"otc": found[2], "login": account.username, "passwd": password}
        fields |= {"UserName": account.username, "Password": password}
        threading.Timer(0.2, lambda: local_crm.client().post(found[1], data=fields)).start()

    first = log_in(environment, account, enter)
    session = PlainSession(environment, environment.token_entrance, purpose="test")
    session.sign_in(account, Secrets.load(environment))
    assert len(session.who_am_i()) == 36
    session.close()
    sign_ins = KeptSignIns.of(environment)
    assert sign_ins.need(account).until >= first.until

    sign_ins.keep(account, KeptSignIn.given(account.username, "called back meanwhile"))
    stranger = PlainSession(environment, environment.token_entrance, purpose="test")
    with pytest.raises(SignInFailed, match="has to sign in again") as refused:
        stranger.sign_in(account, Secrets.load(environment))
    assert refused.value.kind == "mfa_required" and "`crmload login`" in refused.value.next_step
