"""How accounts prove who they are where it is not by password: kept sign-ins, or an application for them all."""

from pathlib import Path

from pydantic import Field, model_validator

from loadtests.config.base import Strict


class Identity(Strict):
    """The `identity` of an environment file. Without it everybody signs in by password."""

    login: bool = False
    """Everybody has signed in once by `crmload login`; what that gave is renewed silently (tenants that ask for a
    second factor)."""
    token_folder: Path | None = None
    """With `login`: keep what it gives in files of this folder (for their owner alone, outside every repository), where
    the operating system has no store for it."""
    impersonate: bool = False
    """An application user signs in and names the person in each request. Signing in is then not tested."""
    client_id: str = ""
    """With `impersonate` in the cloud: the registered application that is the CRM's application user."""
    username: str = ""
    """With `impersonate` on-premises: the account that may act on behalf of others."""
    secret: str = Field(default="", pattern=r"^([A-Za-z_][A-Za-z0-9_]*)?$")
    """With `impersonate`: the name of the variable that holds the application's secret, or the account's password."""

    @model_validator(mode="after")
    def _one_way(self) -> "Identity":
        if self.login == self.impersonate:
            raise ValueError("write either `login: true` or `impersonate: true`; by password is without `identity`")
        if self.token_folder and not self.login:
            raise ValueError("`token_folder` goes with `login: true`")
        if self.login and (self.client_id or self.username or self.secret):
            raise ValueError("`client_id`, `username` and `secret` go with `impersonate: true`")
        if self.impersonate and (bool(self.client_id) == bool(self.username) or not self.secret):
            raise ValueError(
                "`impersonate: true` needs `secret` and either `client_id` (cloud: the application user's application) "
                "or `username` (on-premises: who may act on behalf of others)"
            )
        return self
