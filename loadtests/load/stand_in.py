"""Impersonation: one application (cloud) or account (on-premises) signs in and names the person in each request.

Headers: `CallerObjectId` (the person's id in Entra ID) and `MSCRMCallerID` (the person's systemuser): "Impersonate
another user using the Web API", learn.microsoft.com. The CRM takes the rights that both have.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from loadtests.config.environment import Environment
from loadtests.config.identity import Identity
from loadtests.config.secrets import Secrets
from loadtests.config.users import Account
from loadtests.errors import ConfigError, SignInFailed
from loadtests.load.plain_session import PlainSession


@dataclass(frozen=True, slots=True)
class StandIn:
    """Who signs in for the people. The secret is in no text form of it."""

    account: Account
    """The application by its client id, or the account by its name."""
    secret: str = field(repr=False)
    callers: Mapping[str, Mapping[str, str]]
    """User name in lower case -> the header that names them to the CRM."""

    @classmethod
    def of(cls, environment: Environment, people: Iterable[Account], secrets: Secrets) -> "StandIn | None":
        """None where people sign in themselves; else signed in once to learn who everybody is in the CRM.

        `SignInFailed` names somebody whom the CRM does not know, `ConfigError` says what the stand-in lacks.
        """
        identity = environment.identity
        if identity is None or not identity.impersonate:
            return None
        account = account_of(identity)
        session = PlainSession(environment, environment.token_entrance, purpose="impersonation")
        try:
            session.sign_in(account, secrets)
            callers = {person.username.lower(): caller(session, person, identity) for person in people}
        finally:
            session.close()
        return cls(account, secrets.value(identity.secret, account.username), callers)


def account_of(identity: Identity) -> Account:
    """The stand-in as an account: helpers sign in themselves, so that it is never looked for among the people."""
    return Account(
        username=identity.client_id or identity.username, role="", kind="housekeeper", secret=identity.secret
    )


def caller(session: PlainSession, person: Account, identity: Identity) -> dict[str, str]:
    """The header that names a person, as the CRM knows them; asked for by the stand-in's session."""
    name = person.username.replace("'", "''")
    answer = session.get(
        "systemusers?$select=systemuserid,azureactivedirectoryobjectid"
        f"&$filter=domainname eq '{name}' or internalemailaddress eq '{name}'"
    )
    if answer.status_code != 200:
        raise ConfigError(
            f"{identity.client_id or identity.username} may not look up who people are in the CRM "
            f"(HTTP {answer.status_code})",
            next_step="give the application user the security role Delegate, and one that reads users (prvReadUser, "
            "organisation); Delegate has prvActOnBehalfOfAnotherUser",
        )
    rows = answer.json().get("value", [])
    if not rows:
        raise SignInFailed(
            f"{person.username} is no user of the CRM",
            kind="not_a_user",
            next_step="add the user to the CRM, or write the user name as the CRM has it (its column domainname)",
        )
    object_id = rows[0].get("azureactivedirectoryobjectid")
    if identity.client_id and object_id:
        return {"CallerObjectId": str(object_id)}
    return {"MSCRMCallerID": str(rows[0]["systemuserid"])}
