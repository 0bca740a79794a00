"""The proxy that the options of `crmload init` name, in the words of the environment file's `proxy`."""

from collections.abc import Iterable

from pydantic import ValidationError

from loadtests.config.proxy import Proxy
from loadtests.config.source import in_plain_words
from loadtests.errors import ConfigError

SECRET = "PROXY_PASSWORD"
"""Where the password is looked for when nobody names a variable."""


def proxy_asked(url: str | None, user: str = "", secret: str = "", no_proxy: Iterable[str] = ()) -> Proxy | None:
    """None where none is named. `ConfigError` for what `proxy:` of an environment file would be refused for."""
    spared = tuple(name.strip() for entry in no_proxy for name in entry.split(",") if name.strip())
    if url is None:
        if user or secret or spared:
            raise ConfigError(
                "--proxy-user, --proxy-secret and --no-proxy say more of a proxy, and none is named",
                next_step="pass --proxy http://HOST:PORT too: what the shell says in HTTPS_PROXY is never read",
            )
        return None
    try:
        return Proxy(url=url, user=user, secret=secret or (SECRET if user else ""), no_proxy=spared)
    except ValidationError as error:
        # Without what was given: a URL may carry a password.
        raise ConfigError(
            "; ".join(in_plain_words(detail["msg"]) for detail in error.errors()),
            next_step="the options are --proxy URL, --proxy-user NAME (`user`), --proxy-secret VARIABLE (`secret`) and "
            "--no-proxy HOST (`no_proxy`)",
            place="--proxy",
        ) from None
