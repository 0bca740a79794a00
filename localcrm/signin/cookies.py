"""Session cookies written as AD FS and the CRM write them: ``MSISAuth=…; path=/adfs; HttpOnly; Secure``."""

from __future__ import annotations

from starlette.responses import Response


def set_session_cookie(answer: Response, name: str, value: str, *, path: str, seconds: int | None = None) -> None:
    """Add one cookie. ``seconds`` None lets it live as long as the browser. The value goes out as it stands.

    Starlette's own ``set_cookie`` would put Base64 values in double quotes, which the real servers do not.
    """
    lifetime = "" if seconds is None else f"; Max-Age={seconds}"
    answer.headers.append("set-cookie", f"{name}={value}; path={path}{lifetime}; HttpOnly; Secure")


def take_back_cookie(answer: Response, name: str, *, path: str) -> None:
    """Let the browser forget one cookie."""
    answer.headers.append(
        "set-cookie", f"{name}=; expires=Thu, 01 Jan 1970 00:00:00 GMT; path={path}; HttpOnly; Secure"
    )
