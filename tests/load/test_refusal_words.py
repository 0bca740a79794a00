"""The words about a refusal: names filled in, nobody's name recorded, an unknown reason in the server's own words."""

import pytest

from loadtests.load.outcomes import masked
from loadtests.load.refusals import adfs, crm, entra, windows
from loadtests.load.refusals.refusal import SIGN_IN_KINDS, Sign, Who

ANNA = Who(
    username="anna@contoso.com",
    secret="ANNA_PASSWORD",
    url="https://crm.contoso.com/",
    authority="https://adfs.contoso.com/adfs",
    client_id="5a1e0000-1111-2222-3333-444455556666",
    audience="https://crm.contoso.com/",
    adfs=True,
)
BEN = Who("CONTOSO\\ben", "BEN_PASSWORD", "https://crm.contoso.com/contoso/", "", "", "https://crm.contoso.com/", False)
SIGNS: list[Sign] = [*adfs.TOKEN_SIGNS, *adfs.PAGE_SIGNS, *crm.SIGNS, *dict.fromkeys(entra.SIGNS.values())]


@pytest.mark.parametrize("sign", SIGNS, ids=[f"{sign.kind}: {sign.pattern}" for sign in SIGNS])
def test_every_sign_has_words_and_a_step_with_all_names_filled_in(sign: Sign) -> None:
    refusal = sign.refusal(ANNA.names(), "CODE1")
    assert refusal.kind in SIGN_IN_KINDS
    assert len(refusal.text) > 20 and len(refusal.next_step) > 20
    for left in ("{user", "{secret", "{ad}", "{client", "{audience", "{code", "{{", "}}"):
        assert left not in refusal.text + refusal.next_step
    assert "anna@contoso.com" not in masked(refusal.words)


def test_a_windows_name_is_asked_for_as_active_directory_knows_it() -> None:
    assert "`$u = Get-ADUser ben -Properties LockedOut" in windows.refused(["NTLM"], BEN).next_step
    odd = Who("o'neil@contoso.com", "X", "", "", "", "", True)
    assert "UserPrincipalName -eq 'o''neil@contoso.com'" in windows.refused(["NTLM"], odd).next_step


def test_of_several_codes_the_one_that_says_something_counts() -> None:
    said = "AADSTS70002: Error validating credentials. AADSTS50053: You've tried to sign in too many times"
    assert entra.no_token({"error": "invalid_grant", "error_description": said}, ANNA).kind == "locked"
    bare = {"error": "invalid_grant", "error_description": "", "error_codes": [50057]}
    assert entra.no_token(bare, ANNA).text == "is disabled in Entra ID (AADSTS50057)"


def test_an_unknown_reason_is_told_in_the_servers_words_without_names() -> None:
    said = "AADSTS99999: User anna@contoso.com did what nobody did before. Trace ID: 1 Correlation ID: 2"
    refusal = entra.no_token({"error": "invalid_grant", "error_description": said}, ANNA)
    assert refusal.kind == "unknown"
    assert refusal.text.endswith("invalid_grant: AADSTS99999: User <user> did what nobody did before.")
    assert refusal.next_step.startswith("https://login.microsoftonline.com/error?code=99999 explains the code")
    assert "events 364, 1021" in adfs.no_token({"error": "server_error"}, ANNA).next_step


def test_in_another_language_the_form_shown_again_still_says_what_it_may_be() -> None:
    refusal = adfs.shown_again("Benutzer-ID oder Kennwort ist falsch.", ANNA)
    assert refusal.kind == "wrong_password"
    assert refusal.text.startswith("is shown the sign-in form again (Benutzer-ID oder Kennwort ist falsch.) by AD FS")
