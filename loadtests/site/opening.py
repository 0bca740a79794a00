"""From what the user gave to a signed-in inspector, and from there to the site's files."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from loadtests.config.environment import Environment, origin_of
from loadtests.config.files import PROJECT
from loadtests.config.load import read_environment
from loadtests.config.local_crm import environment_of, read_ready_file
from loadtests.config.names import slug
from loadtests.config.secret_sources import Told
from loadtests.config.secrets import Secrets
from loadtests.config.users import Account, read_users
from loadtests.errors import ConfigError, CrmloadError
from loadtests.load.plain_session import PlainSession
from loadtests.site.draft import Draft
from loadtests.site.draft_environment import environment_file, local_environment_file
from loadtests.site.draft_plan import users_file
from loadtests.site.draft_site import SiteDraft, Wishes, draft_site
from loadtests.site.facts import SiteFacts
from loadtests.site.folder import Written, write
from loadtests.site.product import Product
from loadtests.site.reading import read_site
from loadtests.site.way_in import Asked, environment_at, find_way_in

Tell = Callable[[str], None]
AskPassword = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Source:
    """What the user gave: an address, the local CRM's ready file, or an environment file; empty where left out."""

    asked: Asked
    name: str = ""
    inspector: str = ""
    secret: str = ""
    secrets_file: Path | None = None
    users: Path | None = None
    ready_file: Path | None = None
    environment: Path | None = None
    into: Path | None = None


@dataclass(frozen=True, slots=True)
class OpenSite:
    """A site whose inspector has been named."""

    name: str
    folder: Path
    environment: Environment
    inspector: Account
    secrets: Secrets = field(repr=False)
    accounts: Sequence[Account] | None
    """Accounts that exist; None where the users file is drafted too."""
    drafts: Sequence[Draft]
    """The environment file, where there is none yet."""

    @property
    def accounts_exist(self) -> bool:
        """Whether the plan's accounts are those of somebody's users file."""
        return self.accounts is not None

    @property
    def main_channel(self) -> str:
        """The channel by which most people are taken to come: the web client."""
        return next((channel for channel in ("web", "ifd") if channel in self.environment.channels), "web")


def open_site(source: Source, ask_password: AskPassword | None, tell: Tell) -> OpenSite:
    """Find out what the user did not say. Raises `ConfigError` that says what to pass, or `Unreachable`."""
    given = [bool(source.asked.url), source.ready_file is not None, source.environment is not None]
    if sum(given) != 1:
        raise ConfigError(
            "one CRM is wanted: the URL of the organisation, --ready-file, or --environment",
            next_step="crmload init https://crm.contoso.com/contoso/ --inspector NAME",
        )
    if source.asked.proxy is not None and not source.asked.url:
        raise ConfigError(
            "--proxy goes with a URL; an environment file says it itself",
            next_step="write the lines of `proxy:` into the environment file (docs/your-own-crm.md, Through a proxy)",
        )
    if source.ready_file:
        return _local(source, source.ready_file, tell)
    if source.environment:
        return _described(source, source.environment, ask_password)
    return _at_address(source, ask_password, tell)


def site_files(
    site: OpenSite, product: Product, people: int, *, update: bool, tell: Tell
) -> tuple[SiteFacts, SiteDraft, list[Written]]:
    """Read the CRM and write the files. `SignInFailed` or `Unreachable` when the inspector cannot read it."""
    session = PlainSession(site.environment, site.environment.token_entrance, purpose="init")
    try:
        session.sign_in(site.inspector, site.secrets)
        session.who_am_i()
        facts = read_site(session, list(product.tables), lambda what: tell(f"reading {what} ..."))
    finally:
        session.close()
    if not facts.tables:
        raise CrmloadError(
            f"{site.inspector.username} may not read what the CRM consists of: {facts.unread[0].why}",
            next_step="give the inspector the role that docs/security-review.md describes: it reads tables, forms, "
            "views, roles and users of the whole organisation",
        )
    wishes = Wishes(
        name=site.name,
        main_channel=site.main_channel,
        channels=list(site.environment.channels),
        people=people,
        accounts=site.accounts,
    )
    draft = draft_site(facts, product, wishes)
    files = [*site.drafts, *draft.files]
    if not site.accounts_exist:
        domain = _domain(site)
        inspector = site.inspector
        files.append(users_file(site.name, draft.population, domain, inspector.username, inspector.secret))
    # So that the plan finds this folder as its own, whatever else is missing.
    (site.folder / "roles").mkdir(parents=True, exist_ok=True)
    return facts, draft, write(site.folder, files, update=update)


def _local(source: Source, ready_file: Path, tell: Tell) -> OpenSite:
    ready = read_ready_file(ready_file)
    name = source.name or "local-site"
    environment = environment_of(ready, name)
    tell("the local CRM: it says itself how to get in")
    accounts = read_users(environment.users_file)
    return OpenSite(
        name=_checked(name),
        folder=_folder(source, name),
        environment=environment,
        inspector=_inspector(source, accounts),
        secrets=Secrets.load(environment),
        accounts=accounts,
        drafts=[local_environment_file(name, ready_file)],
    )


def _described(source: Source, path: Path, ask_password: AskPassword | None) -> OpenSite:
    if path.parent.name != "environments":
        raise ConfigError(
            f"{path.name} does not lie in a folder `environments`",
            next_step=f"move it to {path.parent / 'environments' / path.name}: the other files go beside that folder",
            place=str(path),
        )
    environment = read_environment(path)
    users = source.users or environment.users_file
    accounts = read_users(users) if users.is_file() else None
    inspector = _inspector(source, accounts or [])
    return OpenSite(
        name=_checked(source.name or path.stem),
        folder=source.into or path.parent.parent,
        environment=environment,
        inspector=inspector,
        secrets=_secrets(environment, inspector, ask_password),
        accounts=accounts,
        drafts=[],
    )


def _at_address(source: Source, ask_password: AskPassword | None, tell: Tell) -> OpenSite:
    way = find_way_in(source.asked, source.secrets_file)
    how = "Windows sign-in" if way.windows else f"tokens of {way.authority}"
    tell(f"{source.asked.url} is {way.flavour}, signed in to by {how}")
    name = _checked(source.name or name_of(source.asked.url))
    folder = _folder(source, name)
    drafted = folder / "environments" / f"{name}-users.csv"
    users = source.users or drafted
    environment = environment_at(source.asked, way, name, users, source.secrets_file)
    accounts = read_users(users) if source.users else None
    inspector = _inspector(source, accounts or [])
    secrets_file = str(source.secrets_file) if source.secrets_file else ""
    shown = str(source.users) if source.users else drafted.name
    return OpenSite(
        name=name,
        folder=folder,
        environment=environment,
        inspector=inspector,
        secrets=_secrets(environment, inspector, ask_password),
        accounts=accounts,
        drafts=[environment_file(name, environment, shown, secrets_file)],
    )


def name_of(url: str) -> str:
    """A name for the organisation of an address: its part of the path, else the first label of the host."""
    parts = urlsplit(url)
    path = [part for part in parts.path.split("/") if part]
    host = parts.hostname or ""
    word = path[-1] if path else host if host.replace(".", "").isdigit() else host.split(".")[0]
    return slug(word) or "site"


def _checked(name: str) -> str:
    if slug(name) != name:
        raise ConfigError(
            f"`{name}` is no name for a site",
            next_step=f"write small letters, digits and hyphens: --site {slug(name) or 'contoso'}",
        )
    return name


def _folder(source: Source, name: str) -> Path:
    return (source.into or PROJECT / "configs" / "sites" / name).resolve()


def _inspector(source: Source, accounts: Sequence[Account]) -> Account:
    """Who reads: whoever the user names, else the inspector of the users file."""
    for account in accounts:
        if source.inspector and account.username.lower() == source.inspector.lower():
            return account
    if source.inspector:
        return Account(username=source.inspector, role="", kind="inspector", secret=source.secret)
    for account in accounts:
        if account.kind == "inspector":
            return account
    raise ConfigError(
        "nobody is named who may read the CRM",
        next_step="pass --inspector NAME, an account that may read customisations, roles and users, and put its "
        f"password into the environment variable {source.secret} (or name another with --secret)",
    )


def _secrets(environment: Environment, inspector: Account, ask_password: AskPassword | None) -> Secrets:
    secrets = Secrets.load(environment)
    try:
        secrets.require([inspector])
    except ConfigError:
        if ask_password is None or os.environ.get(inspector.secret):
            raise
        return Secrets([Told({inspector.secret: ask_password(inspector.username)}, "what was typed")])
    return secrets


def _domain(site: OpenSite) -> str:
    name = site.inspector.username
    if "@" in name:
        return name.partition("@")[2]
    host = origin_of(next(iter(site.environment.entrances.values())).url)[1]
    return ".".join(host.split(".")[-2:])
