"""The network between the generator and each entrance: how far, how wide, and what stands in between. No load."""

import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from requests.utils import get_environ_proxies

from loadtests.checks.download import Download, download
from loadtests.checks.inspection import Inspection
from loadtests.config.day import Site
from loadtests.config.environment import Entrance
from loadtests.load.gateway import Gateway, NoWay
from loadtests.load.plain_session import PlainSession
from loadtests.load.probing import Handshake, Line, Probe, clock_ahead, probe, shake_hands
from loadtests.load.refusals.wire import INSPECTORS
from loadtests.results.check_record import Finding, Grid, Part

AREA = "network"
RECOMMENDED_S = 0.150
"""Microsoft's recommendation for the web client (MicrosoftDocs power-platform,
verify-network-capacity-throughput-clients)."""
LEAST_BYTES_PER_S = 50_000.0
"""A floor for one client that is often quoted as Microsoft's; its page names no number for bandwidth today."""
_UNSTEADY, _UNSTEADY_S = 3.0, 0.050
"""The slow end is this many times the middle, and this much above it."""
_CLOCK_NOTE_S, _CLOCK_DOUBT_S = 5.0, 300.0
"""An interval of the run; and what Kerberos and most tokens forgive."""
_FARTHER_S = 0.005
_BALANCERS = re.compile(
    r"^(ARRAffinity|BIGipServer|AWSALB|AWSELB|NSC_|citrix_ns|KEMP|SERVERID|ApplicationGatewayAffinity)", re.I
)
_FRONT_ENDS = ("x-served-by", "x-backend-server", "x-server-name", "x-machine-name")
_PROXIES = ("via", "x-bluecoat-via", "x-squid-error", "x-zscaler-via", "proxy-connection")
_CLOUD_ISSUERS = re.compile(r"microsoft|digicert", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Looked:
    """An entrance as it was found."""

    name: str
    entrance: Entrance
    probes: Sequence[Probe]
    handshake: Handshake
    carried: Download | None
    proxy: str = ""
    """The proxy on the way there, by its name; empty where the way is direct."""

    @property
    def new(self) -> list[Probe]:
        """Probes that opened a connection of their own."""
        return [one for one in self.probes if one.opened]

    @property
    def kept(self) -> list[Probe]:
        """Probes on a connection that was there."""
        return [one for one in self.probes if not one.opened]

    @property
    def round_trip_s(self) -> float:
        """The quickest opening of a TCP connection (or of a proxy's tunnel): one round trip, as in the verdict."""
        return min(one.round_trip_s or one.connect_s for one in self.new)

    @property
    def latency(self) -> Line:
        """First byte of a tiny answer, on kept connections where the server keeps them."""
        return Line.of(one.first_byte_s for one in self.kept or self.new)

    @property
    def front_ends(self) -> set[str]:
        """The servers behind the address, by the balancer's cookies or the servers' own headers."""
        cookies = {value for one in self.probes for key, value in one.headers if key == "set-cookie"}
        found = {cookie.partition(";")[0] for cookie in cookies if _BALANCERS.match(cookie)}
        return found or {one.header(name) for one in self.probes for name in _FRONT_ENDS if one.header(name)}


def check_network(inspection: Inspection) -> Part:
    """Measures each entrance that the plan's people go through."""
    environment = inspection.plan.environment
    used = {environment.channels[group.channel] for group in inspection.plan.everybody}
    sessions: dict[str, PlainSession] = {}
    for _, _, session in inspection.signed_in():
        sessions.setdefault(session.entrance.url, session)
    names = [name for name in environment.entrances if name in used]
    gateway = Gateway.of(environment)

    def look(name: str) -> Looked | Finding:
        return _look(name, environment.entrances[name], gateway, sessions.get(environment.entrances[name].url))

    with ThreadPoolExecutor(max(len(names), 1)) as pool:
        looked = list(pool.map(look, names))
    well = [one for one in looked if isinstance(one, Looked)]
    # Where nobody came in, why is told already.
    findings = [one for one in looked if isinstance(one, Finding) and sessions]
    for one in well:
        findings += _findings(one, simulated=environment.simulated)
    if well:
        findings += _of_sites(inspection.plan.sites, max(well, key=lambda one: one.round_trip_s))
    return Part(area=AREA, sentence=_sentence(well, names), findings=findings, grid=_grid(well) if well else None)


def _look(name: str, entrance: Entrance, gateway: Gateway | None, session: PlainSession | None) -> Looked | Finding:
    by = gateway.proxy.name if gateway and gateway.proxy.serves(entrance.origin[1]) else ""
    try:
        probes, hands = probe(entrance, gateway), shake_hands(entrance, gateway)
        return Looked(name, entrance, probes, hands, download(session) if session else None, by)
    except NoWay as why:
        return _not_measured(name, why.refusal.text, why.refusal.next_step)
    except OSError as error:
        step = f"open {entrance.url} in a browser on this machine; mend the address, the firewall or `ca_file`"
        return _not_measured(name, str(error), step)


def _sentence(well: Sequence[Looked], names: Sequence[str]) -> str:
    if not well:
        return "no entrance could be measured"
    told = ", ".join(f"{one.name} {_ms(one.latency.middle)}" for one in well)
    least = "" if len(well) == len(names) else f" ({len(names) - len(well)} not measured)"
    return f"first byte of a tiny answer: {told} (Microsoft recommends 150 ms at most){least}"


def _findings(one: Looked, *, simulated: bool) -> Iterator[Finding]:
    yield from _of_distance(one)
    yield from _of_carrying(one)
    yield from _of_the_clock(one)
    yield from _of_what_is_between(one)
    yield from _of_front_ends(one, simulated=simulated)


def _not_measured(name: str, why: str, step: str) -> Finding:
    text = f"could not be measured: {why}"
    return Finding(kind="not_measured", severity="doubt", place=name, text=text, next_step=step)


def _note(kind: str, place: str, text: str, next_step: str = "") -> Finding:
    return Finding(kind=kind, severity="note", place=place, text=text, next_step=next_step)


def _of_distance(one: Looked) -> Iterator[Finding]:
    latency = one.latency
    if latency.middle > RECOMMENDED_S:
        yield _note(
            "latency",
            one.name,
            f"is {_ms(latency.middle)} away from this machine (Microsoft recommends 150 ms at most): every wait of the "
            "run has that in it several times",
            "if your people sit nearer, run the generator where they are; if they are as far, this is what they feel",
        )
    if latency.slow > _UNSTEADY * latency.middle and latency.slow - latency.middle > _UNSTEADY_S:
        yield _note(
            "unsteady",
            one.name,
            f"answers in {_ms(latency.middle)} as a rule, but one in twenty takes {_ms(latency.slow)}: the line, or "
            "what stands in between, is unsteady without any load",
            "ask the network team to look at loss and queues between this machine and the CRM before the load does",
        )
    if not one.kept:
        yield _note(
            "no_keep_alive",
            one.name,
            "closes every connection after one answer: each request costs people three round trips more",
            "let the web server and the balancer keep connections (IIS: HTTP Response Headers > Set Common Headers > "
            "Enable HTTP keep-alive)",
        )


def _of_carrying(one: Looked) -> Iterator[Finding]:
    carried = one.carried
    if carried is None:
        return
    if carried.bytes_per_s < LEAST_BYTES_PER_S:
        yield Finding(
            kind="bandwidth",
            severity="doubt",
            place=one.name,
            text=f"carried {_size(carried.bytes)} ({carried.what}) at {_size(carried.bytes_per_s)}/s; one client alone "
            "should have 50 KB/s, and all people of the run share this line",
            next_step="run the generator where the line is wider, or ask the network team what limits it",
        )
    if carried.uncompressed:
        yield _note(
            "no_compression",
            one.name,
            f"sends texts uncompressed ({', '.join(carried.uncompressed[:3])}): four times the bytes on every line",
            "switch on static and dynamic compression in IIS (Server > Compression), and in the balancer if it unpacks",
        )


def _of_the_clock(one: Looked) -> Iterator[Finding]:
    bounds = clock_ahead(one.probes)
    if bounds is None:
        return
    low, high = bounds
    surely = max(low, -high, 0.0)
    if surely > _CLOCK_NOTE_S:
        yield Finding(
            kind="clock_difference",
            severity="doubt" if surely > _CLOCK_DOUBT_S else "note",
            place=one.name,
            text=f"has another clock than this machine ({_clock(bounds)}): the servers' counters are laid beside the "
            "waits of another moment, and tokens may be refused",
            next_step="let both take their time from the same source (Windows: `w32tm /resync`; Linux: `timedatectl`)",
        )


def _of_what_is_between(one: Looked) -> Iterator[Finding]:
    via = {f"{name}: {value}" for each in one.probes for name, value in each.headers if name in _PROXIES}
    if via:
        yield _note(
            "proxy",
            one.name,
            f"answers through something in between ({', '.join(sorted(via))}): it may answer by itself or keep files",
            "find out whether your people pass the same one; if not, let this machine pass it by",
        )
    issuer = one.handshake.issuer
    cloud = one.entrance.flavour == "cloud-9.2" and one.entrance.origin[1].endswith(".dynamics.com")
    if re.search(INSPECTORS, issuer, re.IGNORECASE) or (cloud and issuer and not _CLOUD_ISSUERS.search(issuer)):
        yield Finding(
            kind="tls_inspection",
            severity="doubt",
            place=one.name,
            text=f"shows a certificate of `{issuer}`: its traffic is unpacked on the way, which costs time and limits "
            "how much this machine can send",
            next_step="ask the network team to let this machine pass the inspection by for this host, as Microsoft "
            "recommends for people too",
        )
    proxy = get_environ_proxies(one.entrance.url).get("https")
    if one.proxy:
        yield _note(
            "through_proxy",
            one.name,
            f"is reached through the proxy {one.proxy}, so every wait of the run includes the proxy's time, and the "
            "proxy carries the whole load"
            + (f"; this machine's own setting ({_without_password(str(proxy))}) is not read" if proxy else ""),
            "tell whoever runs the proxy when the load comes; if your people do not pass it, run the generator where "
            "it is not needed",
        )
    elif proxy:
        yield _note(
            "proxy_passed_by",
            one.name,
            f"would be reached through the proxy {_without_password(str(proxy))} by browsers on this machine; crmload "
            "never reads that setting (HTTPS_PROXY, NO_PROXY, the system's) and goes straight there, so the proxy's "
            "time is not in the run",
            "if your people go through it too, name it as `proxy` in the environment file; if not, nothing is to be "
            "done",
        )


def _of_front_ends(one: Looked, *, simulated: bool) -> Iterator[Finding]:
    seen = one.front_ends
    if len(seen) > 1:
        yield _note(
            "front_ends",
            one.name,
            f"has at least {len(seen)} front ends behind it; each person keeps the one first given (by cookie), and "
            "new people are spread",
        )
    elif not seen and not simulated:
        yield _note(
            "one_address",
            one.name,
            "shows no sign of a load balancer. If there is one that keeps people by their IP address, all people of "
            "the run, who share this machine's, land on one front end",
            "ask whoever runs the balancer; if so, switch to cookies for the test, or use several generator machines",
        )


def _of_sites(sites: Sequence[Site], farthest: Looked) -> Iterator[Finding]:
    for site in sites:
        if site.rtt > RECOMMENDED_S:
            yield _note(
                "site_latency",
                site.name,
                f"is {_ms(site.rtt)} from the CRM by the plan; Microsoft recommends 150 ms at most",
                "expect waits there that hardware does not mend; see docs/network.md",
            )
        elif farthest.round_trip_s > site.rtt + _FARTHER_S:
            yield _note(
                "generator_far",
                site.name,
                f"is nearer to the CRM ({_ms(site.rtt)}) than this machine is to {farthest.name} "
                f"({_ms(farthest.round_trip_s)}): waits there are told too long",
                "run the generator beside the CRM, or correct the site's `rtt`",
            )


def _grid(well: Sequence[Looked]) -> Grid:
    """A column for each entrance: names of measures are long, entrances are few."""

    def row(title: str, *cells: str) -> list[str]:
        return [title, *cells]

    return Grid(
        columns=["", *(one.name for one in well)],
        rows=[
            row("name look-up", *(_ms(Line.of(p.lookup_s for p in one.new).middle) for one in well)),
            row("connect (a round trip)", *(_ms(one.round_trip_s) for one in well)),
            row("TLS handshake", *(_ms(Line.of(p.tls_s for p in one.new).middle) for one in well)),
            row("first byte, new connection", *(_ms(Line.of(p.first_byte_s for p in one.new).middle) for one in well)),
            row("first byte, kept connection", *(_ms(one.latency.middle) if one.kept else "none kept" for one in well)),
            row("slowest of twenty", *(_ms(one.latency.slow) for one in well)),
            row("carries", *(f"{_size(one.carried.bytes_per_s)}/s" if one.carried else "not measured" for one in well)),
            row("clock", *(_clock(bounds) if (bounds := clock_ahead(one.probes)) else "no Date" for one in well)),
            row("TLS", *(one.handshake.tls for one in well)),
            row("HTTP/2 offered", *("yes" if one.handshake.http2 else "no" for one in well)),
            row("certificate by", *(one.handshake.issuer for one in well)),
        ],
    )


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds >= 0.01 else f"{seconds * 1000:.1f} ms"


def _size(count: float) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{count / 1e3:.0f} KB"


def _clock(bounds: tuple[float, float]) -> str:
    low, high = bounds
    middle, error = (low + high) / 2, (high - low) / 2
    if abs(middle) <= error:
        return f"the same (± {error:.1f} s)"
    return f"{abs(middle):.1f} s {'ahead' if middle > 0 else 'behind'} (± {error:.1f})"


def _without_password(proxy: str) -> str:
    return re.sub(r"//[^/@]*@", "//", proxy)
