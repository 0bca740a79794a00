"""What `crmload login` keeps: whole again in every store, nowhere in a text, refused where nothing can keep it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import keyring
import keyring.errors
import pytest
from hypothesis import given
from hypothesis import strategies as st
from keyring.backend import KeyringBackend
from keyring.backends.fail import Keyring as NoStore

from loadtests.config.environment import Entrance
from loadtests.config.users import Account
from loadtests.errors import ConfigError, SignInFailed
from loadtests.load.kept_sign_ins import KeptSignIn, KeptSignIns, SystemStore, system_store

ANNA = Account(username="Anna@contoso.test", role="Salesperson", secret="")
ENTRANCE = Entrance(
    url="https://crm.contoso.test/",
    flavour="cloud-9.2",
    sign_in="oauth",
    authority="https://login.contoso.test/tenant",
    client_id="app",
)


class CredentialLocker(KeyringBackend):
    """A store with Windows' limit: 2,560 bytes of UTF-16 an entry."""

    priority = 5.0

    def __init__(self) -> None:
        super().__init__()
        self.entries: dict[tuple[str, str], str] = {}

    def set_password(self, service: str, username: str, password: str) -> None:
        assert len(password.encode("utf-16-le")) <= 2560, "CredWrite: the stub received bad data"
        self.entries[service, username] = password

    def get_password(self, service: str, username: str) -> str | None:
        return self.entries.get((service, username))

    def delete_password(self, service: str, username: str) -> None:
        if self.entries.pop((service, username), None) is None:
            raise keyring.errors.PasswordDeleteError(username)


@pytest.fixture
def locker() -> Iterator[CredentialLocker]:
    before, locker = keyring.get_keyring(), CredentialLocker()
    keyring.set_keyring(locker)
    yield locker
    keyring.set_keyring(before)


@given(
    texts=st.lists(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=4000), min_size=1, max_size=3)
)
def test_a_text_of_any_length_comes_back_from_a_store_of_small_entries(texts: list[str]) -> None:
    before, locker = keyring.get_keyring(), CredentialLocker()
    keyring.set_keyring(locker)
    try:
        for text in texts:  # each replaces the one before, longer or shorter
            SystemStore().write("anna", text)
            assert SystemStore().read("anna") == text
        SystemStore().remove("anna")
        assert locker.entries == {}
    finally:
        keyring.set_keyring(before)


def test_an_account_is_found_whatever_the_case_of_its_name_and_only_at_its_own_authority(
    locker: CredentialLocker,
) -> None:
    sign_ins = KeptSignIns(system_store(), ENTRANCE)
    sign_ins.keep(ANNA, KeptSignIn.given(ANNA.username, "r" * 1800, 3600))
    small = ANNA.model_copy(update={"username": "anna@contoso.test"})
    found = sign_ins.find(small)
    assert found is not None and found.refresh_token == "r" * 1800
    assert timedelta(minutes=59) < found.until - datetime.now(UTC) <= timedelta(hours=1)
    elsewhere = KeptSignIns(
        system_store(), ENTRANCE.model_copy(update={"authority": "https://login.contoso.test/other"})
    )
    assert elsewhere.find(ANNA) is None
    assert (sign_ins.forget(ANNA), sign_ins.forget(ANNA), locker.entries) == (True, False, {})


def test_its_text_form_shows_no_token() -> None:
    kept = KeptSignIn.given("anna@contoso.test", "the-refresh-token")
    assert "the-refresh-token" not in f"{kept} {kept!r}"
    assert kept.until > datetime.now(UTC) + timedelta(days=89), "as long as Entra ID's, where nobody says"


def test_what_has_ended_by_time_must_be_made_anew(locker: CredentialLocker) -> None:
    sign_ins = KeptSignIns(system_store(), ENTRANCE)
    sign_ins.keep(ANNA, KeptSignIn.given(ANNA.username, "r", -1))
    with pytest.raises(
        SignInFailed, match=r"must sign in again: it ended by time\n    -> run `crmload login`"
    ) as refused:
        sign_ins.need(ANNA)
    assert refused.value.kind == "mfa_required"


def test_a_machine_without_a_store_is_refused_with_the_way_out() -> None:
    before = keyring.get_keyring()
    keyring.set_keyring(NoStore())
    try:
        with pytest.raises(ConfigError, match="no store for sign-ins") as refused:
            system_store()
    finally:
        keyring.set_keyring(before)
    assert "token_folder" in refused.value.next_step
