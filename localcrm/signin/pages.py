"""The HTML that AD FS shows. Field names and ids are those of its pages (wire facts 3.5)."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

_STYLE = (
    "body{font-family:Segoe UI,Helvetica,Arial,sans-serif;margin:0;background:#f3f2f1;color:#201f1e}"
    "main{max-width:22rem;margin:12vh auto;background:#fff;padding:2rem;box-shadow:0 2px 6px #0003}"
    "input[type=email],input[type=password]{width:100%;box-sizing:border-box;padding:.5rem;margin:.3rem 0}"
    "#submitButton{background:#2672ec;color:#fff;border:0;padding:.5rem 1.2rem;cursor:pointer}#errorText{color:#a4262c}"
)


def _document(title: str, body: str) -> str:
    return (
        '<!DOCTYPE html>\n<html lang="en-US"><head><meta charset="utf-8"/>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"/><link rel="icon" href="data:,"/>'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>\n<body>{body}</body></html>\n"
    )


def sign_in_form(*, username: str = "", error: str = "") -> str:
    """The forms-authentication page; it posts to the URL it was fetched from."""
    return _document(
        "Sign In",
        "<main><h1>Contoso</h1><p>Sign in with your organizational account</p>"
        '<form method="post" id="loginForm" autocomplete="off" novalidate="novalidate">'
        f'<p id="error" role="alert"><span id="errorText">{escape(error)}</span></p>'
        '<input id="userNameInput" name="UserName" type="email" spellcheck="false" placeholder="someone@example.com" '
        f'value="{escape(username)}"/>'
        '<input id="passwordInput" name="Password" type="password" autocomplete="off" placeholder="Password"/>'
        '<p><input type="checkbox" name="Kmsi" id="kmsiInput" value="true"/>'
        '<label for="kmsiInput">Keep me signed in</label></p>'
        '<button type="submit" id="submitButton">Sign in</button>'
        '<input id="optionForms" type="hidden" name="AuthMethod" value="FormsAuthentication"/></form></main>',
    )


def second_factor() -> str:
    """The page of AD FS's adapter for Azure MFA: it waits for a telephone."""
    return _document(
        "Sign In",
        "<main><h1>Contoso</h1><p>For security reasons, we require additional information to verify your account</p>"
        '<form method="post" id="loginForm" autocomplete="off">'
        '<input id="authMethod" type="hidden" name="AuthMethod" value="AzureMfaAuthentication"/>'
        '<input id="context" type="hidden" name="Context" value="0"/>'
        '<input name="VerificationCode" type="text" autocomplete="off"/>'
        '<button type="submit" id="submitButton">Verify</button></form></main>',
    )


def hidden_form(realm: str, *, wresult: str, wctx: str) -> str:
    """The page that carries the token to the relying party, by script or by a button without it."""
    return (
        '<html><head><title>Working...</title><link rel="icon" href="data:,"/></head><body>'
        f'<form method="POST" name="hiddenform" action="{escape(realm)}">'
        '<input type="hidden" name="wa" value="wsignin1.0" />'
        f'<input type="hidden" name="wresult" value="{escape(wresult)}" />'
        f'<input type="hidden" name="wctx" value="{escape(wctx)}" />'
        "<noscript><p>Script is disabled. Click Submit to continue.</p>"
        '<input type="submit" value="Submit" /></noscript></form>'
        "<script language=\"javascript\">window.setTimeout('document.forms[0].submit()', 0);</script></body></html>"
    )


def signed_out(cleanup_urls: Sequence[str]) -> str:
    """The page after sign-out; its frames let the relying parties clear their cookies. URLs come HTML-escaped."""
    frames = "".join(f'<iframe title="sign-out" width="1" height="1" src="{url}"></iframe>' for url in cleanup_urls)
    return _document("Sign Out", f"<main><h1>Contoso</h1><p>You have successfully signed out.</p>{frames}</main>")


def error(message: str) -> str:
    """AD FS's error page."""
    return _document("Error", f'<main><h1>An error occurred</h1><p id="errorMessage">{escape(message)}</p></main>')


def entra_sign_in(username: str, error: str) -> str:
    """Entra's sign-in page with both fields at once; it posts to the URL it was fetched from."""
    return _document(
        "Sign in to your account",
        '<main><h1>Sign in</h1><form method="post" id="i0281" autocomplete="off">'
        f'<p role="alert"><span id="errorText">{escape(error)}</span></p>{_entra_fields(username)}'
        '<button type="submit" id="submitButton">Sign in</button></form></main>',
    )


def entra_device(error: str) -> str:
    """Entra's page for the code that a device shows."""
    return _document(
        "Sign in to your account",
        '<main><h1>Enter code</h1><form method="post" autocomplete="off">'
        f'<p role="alert"><span id="errorText">{escape(error)}</span></p>'
        f'<input id="otc" name="otc" type="email" spellcheck="false" placeholder="Code"/>{_entra_fields("")}'
        '<button type="submit" id="submitButton">Next</button></form></main>',
    )


def adfs_device(error: str) -> str:
    """AD FS's page for the code that a device shows."""
    return _document(
        "Device sign-in",
        '<main><h1>Contoso</h1><p>Enter the code displayed on your device</p><form method="post" autocomplete="off">'
        f'<p role="alert"><span id="errorText">{escape(error)}</span></p>'
        '<input id="otc" name="otc" type="email" spellcheck="false" placeholder="Code"/>'
        '<input id="userNameInput" name="UserName" type="email" spellcheck="false" placeholder="someone@example.com"/>'
        '<input id="passwordInput" name="Password" type="password" autocomplete="off" placeholder="Password"/>'
        '<button type="submit" id="submitButton">Sign in</button></form></main>',
    )


def note(message: str) -> str:
    """A page that only says something."""
    return _document("Contoso", f'<main><h1>Contoso</h1><p id="errorMessage">{escape(message)}</p></main>')


def _entra_fields(username: str) -> str:
    return (
        '<input id="i0116" name="login" type="email" spellcheck="false" placeholder="Email, phone, or Skype" '
        f'value="{escape(username)}"/>'
        '<input id="i0118" name="passwd" type="password" autocomplete="off" placeholder="Password"/>'
    )
