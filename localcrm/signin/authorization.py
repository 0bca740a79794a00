"""Where browsers sign in for a program: the authorization endpoint and the page for device codes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from starlette.responses import HTMLResponse, RedirectResponse, Response

from localcrm.signin.accounts import Accounts, Refusal
from localcrm.signin.applications import Applications, may_return_to
from localcrm.signin.grants import Fault, Grant, Grants
from localcrm.signin.single_sign_on import SingleSignOn

_UNCACHED = {"Cache-Control": "no-cache, no-store", "Pragma": "no-cache", "Expires": "-1"}
#: The field of the page for device codes.
USER_CODE_FIELD = "otc"


@dataclass(frozen=True, slots=True)
class Look:
    """How a provider's pages differ. ``comes_back``: after the form the browser is sent to the same page once more."""

    user_field: str
    password_field: str
    sign_in_page: Callable[[str, str], str]
    device_page: Callable[[str], str]
    note_page: Callable[[str], str]
    words: Callable[[Fault | Refusal, str], str]
    comes_back: bool


class Authorization:
    """One provider's pages. Each call returns the answer and the user it is about (empty for nobody)."""

    def __init__(
        self, grants: Grants, applications: Applications, accounts: Accounts, sso: SingleSignOn, look: Look
    ) -> None:
        self._grants = grants
        self._applications = applications
        self._accounts = accounts
        self._sso = sso
        self._look = look

    def show(self, query: Mapping[str, str], cookies: Mapping[str, str]) -> tuple[Response, str]:
        """GET: the sign-in form, or back to the program with a code for who is signed in already."""
        problem = self._problem(query)
        if problem:
            return self._note(problem, status=400), ""
        if query.get("response_type") != "code":
            return _back(query, error="unsupported_response_type", error_description="Only 'code' is supported."), ""
        username = "" if query.get("prompt") == "login" else self._sso.username(cookies)
        if username and not self._accounts.standing(username):
            return self._code(query, username), username
        if query.get("prompt") == "none":
            return _back(query, error="login_required", error_description="Nobody is signed in."), ""
        return self._form(query.get("login_hint", ""), ""), ""

    def sign_in(self, url: str, query: Mapping[str, str], form: Mapping[str, str]) -> tuple[Response, str]:
        """POST of the form: on to the program with a code, or the form again saying why not."""
        problem = self._problem(query)
        if problem:
            return self._note(problem, status=400), ""
        username, refused = self._who(form)
        if refused:
            return self._form(username, refused), username
        if self._look.comes_back:
            answer: Response = RedirectResponse(url, status_code=302, headers=_UNCACHED)
        else:
            answer = self._code(query, username)
        self._sso.begin(answer, username, kept=form.get("Kmsi", "").lower() == "true")
        return answer, username

    def show_device(self) -> Response:
        """GET of the page where the code of a device is entered."""
        return HTMLResponse(self._look.device_page(""), headers=_UNCACHED)

    def sign_in_device(self, form: Mapping[str, str]) -> tuple[Response, str]:
        """POST of it: lets the device have tokens for whom name and password say, or tells it that nobody wants to."""
        device = self._grants.waiting_device(form.get(USER_CODE_FIELD, ""))
        if device is None:
            return HTMLResponse(self._look.device_page("That code didn't work. Check it and try again.")), ""
        if form.get("decline"):
            self._grants.settle_device(device, "")
            return self._note("You have declined. You may now close this window."), ""
        username, refused = self._who(form)
        if refused:
            return HTMLResponse(self._look.device_page(refused), headers=_UNCACHED), username
        self._grants.settle_device(device, username)
        return self._note("You have signed in. You may now close this window."), username

    def sign_out(self, query: Mapping[str, str]) -> Response:
        """End the session here; on to ``post_logout_redirect_uri`` if that is a place one may be sent to."""
        back = query.get("post_logout_redirect_uri", "")
        if back and may_return_to(back):
            answer: Response = RedirectResponse(back, status_code=302, headers=_UNCACHED)
        else:
            answer = self._note("You have signed out of your account.")
        self._sso.end(answer)
        return answer

    def _who(self, form: Mapping[str, str]) -> tuple[str, str]:
        """The user of a posted form and, if he is not let in, why not."""
        username = self._accounts.name(form.get(self._look.user_field, "").strip())
        refusal = self._accounts.refusal(username, form.get(self._look.password_field, ""))
        return username, self._look.words(refusal, username) if refusal else ""

    def _problem(self, query: Mapping[str, str]) -> str:
        client_id = query.get("client_id", "")
        if not self._applications.knows(client_id):
            return self._look.words(Fault.UNKNOWN_CLIENT, client_id)
        redirect_uri = query.get("redirect_uri", "")
        if not may_return_to(redirect_uri):
            return self._look.words(Fault.OTHER_REDIRECT, redirect_uri)
        return ""

    def _code(self, query: Mapping[str, str], username: str) -> Response:
        grant = Grant(
            query["client_id"],
            username,
            scope=query.get("scope", ""),
            resource=query.get("resource", ""),
            nonce=query.get("nonce", ""),
        )
        code = self._grants.new_code(
            grant,
            redirect_uri=query["redirect_uri"],
            challenge=query.get("code_challenge", ""),
            method=query.get("code_challenge_method", ""),
        )
        return _back(query, code=code)

    def _form(self, username: str, error: str) -> Response:
        return HTMLResponse(self._look.sign_in_page(username, error), headers=_UNCACHED)

    def _note(self, text: str, status: int = 200) -> Response:
        return HTMLResponse(self._look.note_page(text), status_code=status, headers=_UNCACHED)


def _back(query: Mapping[str, str], **values: str) -> Response:
    """Send the browser back to the program with these values, in the way it asked for."""
    if "state" in query:
        values["state"] = query["state"]
    uri, mode = query["redirect_uri"], query.get("response_mode", "query")
    if mode == "form_post":
        fields = "".join(
            f'<input type="hidden" name="{name}" value="{escape(text)}"/>' for name, text in values.items()
        )
        return HTMLResponse(
            "<html><head><title>Working...</title></head><body>"
            f'<form method="POST" name="hiddenform" action="{escape(uri)}">{fields}'
            '<noscript><input type="submit" value="Submit"/></noscript></form>'
            '<script>window.setTimeout("document.forms[0].submit()", 0);</script></body></html>',
            headers=_UNCACHED,
        )
    parts = urlsplit(uri)
    if mode == "fragment":
        target = urlunsplit(parts._replace(fragment=urlencode(values)))
    else:
        target = urlunsplit(parts._replace(query=urlencode([*parse_qsl(parts.query), *values.items()])))
    return RedirectResponse(target, status_code=302, headers=_UNCACHED)
