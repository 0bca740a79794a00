"""Signing accounts in once, with their owner at the screen: by OAuth's device code, which works on any desk."""

from collections.abc import Callable, Mapping
from typing import Any

from loadtests.config.environment import Entrance, Environment
from loadtests.config.users import Account
from loadtests.errors import SignInFailed
from loadtests.load.authority import extra, scopes
from loadtests.load.kept_sign_ins import KeptSignIn, KeptSignIns
from loadtests.load.plain_session import PlainSession
from loadtests.load.refusals.refusal import Refused, Who


def log_in(environment: Environment, account: Account, tell: Callable[[str], None]) -> KeptSignIn:
    """Sign one account in by a code that its owner enters on a page, and keep what that gives.

    `tell` gets the authority's instruction; this returns when it was followed. `SignInFailed` when it was not, or when
    somebody else signed in.
    """
    entrance = environment.token_entrance
    session, who = PlainSession(environment, entrance, purpose="login"), Who.of(account, entrance)
    try:
        with session.asking_for_tokens(who) as application:
            flow: dict[str, Any] = application.initiate_device_flow(scopes(entrance) or [_of_adfs(entrance)])
        if "user_code" not in flow:
            raise SignInFailed(
                f"{entrance.authority} gives no device codes: {_reason(flow)}",
                kind="client_not_registered",
                next_step="Entra admin center > App registrations > the application > Authentication > Allow "
                "public client flows: Yes. AD FS gives device codes since Windows Server 2016",
            )
        tell(str(flow["message"]))
        with session.asking_for_tokens(who) as application:
            answer: Mapping[str, Any] = application.acquire_token_by_device_flow(flow, data=extra(entrance))
    except Refused as refused:
        raise refused.refusal.error(who) from None
    finally:
        session.close()
    if "refresh_token" not in answer:
        raise SignInFailed(
            f"{account.username} has not signed in: {_reason(answer)}",
            next_step="run `crmload login` again; the code is good for some minutes only",
        )
    came = _who_came(answer)
    if came.lower() != account.username.lower():
        raise SignInFailed(
            f"{came or 'somebody unnamed'} signed in where {account.username} should have",
            next_step="run `crmload login` again, in a private window of the browser, and choose the right account",
        )
    kept = KeptSignIn.from_answer(account, answer)
    KeptSignIns.of(environment).keep(account, kept)
    return kept


def _of_adfs(entrance: Entrance) -> str:
    """AD FS takes the relying party before the scope; MSAL has no other way to name it when it asks for a code."""
    return f"{entrance.audience.rstrip('/')}/user_impersonation"


def _reason(answer: Mapping[str, Any]) -> str:
    return str(answer.get("error_description") or answer.get("error") or "no reason given").splitlines()[0]


def _who_came(answer: Mapping[str, Any]) -> str:
    """The user name in the ID token, as Entra ID and AD FS write it."""
    claims = answer.get("id_token_claims") or {}
    return str(claims.get("preferred_username") or claims.get("upn") or claims.get("unique_name") or "")
