"""Builds what lets people in: accounts, AD FS, the Entra-shaped authority, sessions, Windows sign-in."""

from __future__ import annotations

import os
from dataclasses import dataclass

from localcrm.data.database import Database
from localcrm.server.authentication import Authentication
from localcrm.server.connections import Connections
from localcrm.server.entra_paths import EntraPaths
from localcrm.server.identity_provider import IdentityProvider
from localcrm.server.people_files import write_people
from localcrm.server.private_files import write_private
from localcrm.server.state import State
from localcrm.signin import pages
from localcrm.signin.accounts import ENTRA_ONLY, NOT_WINDOWS, Accounts, Refusal
from localcrm.signin.addresses import DOMAIN, Addresses
from localcrm.signin.applications import Applications
from localcrm.signin.authorization import Authorization, Look
from localcrm.signin.clock import Clock
from localcrm.signin.crm_session import CrmSessions
from localcrm.signin.entra import Entra
from localcrm.signin.entra_errors import describe
from localcrm.signin.grants import Fault, Grants
from localcrm.signin.keys import CookieSeal, SigningKey
from localcrm.signin.oauth import OAuth
from localcrm.signin.single_sign_on import SingleSignOn
from localcrm.signin.tokens import TokenGate, TokenLife, TokenMint, Trust
from localcrm.signin.windows import USER_FILE_VARIABLE, user_file
from localcrm.signin.wsfederation import WsFederation, words


@dataclass(frozen=True, slots=True)
class Doors:
    """The ways in, and the dials on them."""

    accounts: Accounts
    applications: Applications
    life: TokenLife
    clock: Clock
    connections: Connections
    sessions: CrmSessions
    authentication: Authentication
    adfs: IdentityProvider
    entra: EntraPaths


def build_doors(database: Database, addresses: Addresses, state: State, *, token_seconds: int) -> Doors:
    """Make passwords, keys and everything that knows them; writes the files that tell clients of the passwords."""
    people = database.users_of_people()
    accounts = Accounts(person.username for person in people)
    applications = Applications(next(person.username for person in people if person.kind == "housekeeper"))
    write_people(people, accounts, applications, state.users_file, state.secrets_file)
    write_private(state.windows_users_file, user_file(accounts))
    os.environ[USER_FILE_VARIABLE] = str(state.windows_users_file)

    life, clock, connections = TokenLife(token_seconds), Clock(), Connections()
    adfs_key, entra_key = SigningKey(), SigningKey()
    sessions = CrmSessions(addresses, adfs_key, CookieSeal())
    trusted = [Trust(key, applications.user_of) for key in (adfs_key, entra_key)]
    authentication = Authentication(
        addresses, TokenGate(life, *trusted), sessions, accounts.blind_to(NOT_WINDOWS), connections, domain=DOMAIN
    )

    adfs_sso = SingleSignOn("MSISAuth", path="/adfs")
    of_adfs = accounts.blind_to(ENTRA_ONLY)
    adfs_grants = Grants(of_adfs, applications)
    adfs = IdentityProvider(
        OAuth(addresses, TokenMint(adfs_key, life, clock), adfs_key, adfs_grants),
        WsFederation(addresses, adfs_key, of_adfs, adfs_sso, clock),
        Authorization(adfs_grants, applications, of_adfs, adfs_sso, _ADFS),
    )

    entra_sso = SingleSignOn("ESTSAUTHPERSISTENT", path="/")
    entra_grants = Grants(accounts, applications)
    object_ids = {
        name.lower(): object_id
        for name, object_id in database.reader().fetch(
            "SELECT domainname, azureactivedirectoryobjectid FROM systemuser"
        )
        if object_id
    }
    entra = EntraPaths(
        Entra(addresses, TokenMint(entra_key, life, clock), entra_key, entra_grants, object_ids, accounts),
        Authorization(entra_grants, applications, accounts, entra_sso, _ENTRA),
    )
    return Doors(accounts, applications, life, clock, connections, sessions, authentication, adfs, entra)


def _adfs_words(reason: Fault | Refusal, about: str) -> str:
    if isinstance(reason, Refusal):
        return words(reason)
    if reason is Fault.UNKNOWN_CLIENT:
        return f"MSIS9223: Received invalid OAuth authorization request. The client '{about}' is not registered."
    return f"MSIS9224: Received invalid OAuth authorization request. The redirect uri '{about}' is not registered."


def _entra_words(reason: Fault | Refusal, about: str) -> str:
    return describe(reason, about)[2]


_ADFS = Look(
    user_field="UserName",
    password_field="Password",
    sign_in_page=lambda username, error: pages.sign_in_form(username=username, error=error),
    device_page=pages.adfs_device,
    note_page=pages.note,
    words=_adfs_words,
    comes_back=True,
)
_ENTRA = Look(
    user_field="login",
    password_field="passwd",
    sign_in_page=pages.entra_sign_in,
    device_page=pages.entra_device,
    note_page=pages.note,
    words=_entra_words,
    comes_back=False,
)
