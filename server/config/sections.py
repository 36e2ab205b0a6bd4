"""The sections of `sip.conf` as frozen structs: this file is the list of everything that can be configured, with defaults.

A field's name is its key, its docstring is its documentation (docs/configuration.md repeats it), its type decides how the text
is read. `Secret` marks keys whose value may be ``file:/path``: the first line of that file is the value.
"""

from __future__ import annotations

import hashlib
import os
import socket
import tempfile
from pathlib import Path
from typing import Annotated, Literal, NewType

import msgspec

Port = Annotated[int, msgspec.Meta(ge=0, le=65535)]
Positive = Annotated[int, msgspec.Meta(ge=1, le=1_000_000_000)]
PositiveSeconds = Annotated[float, msgspec.Meta(gt=0, le=86_400)]
"""At most a day: beyond it is a slip of the finger, and far beyond it no timer takes it."""
PositiveHours = Annotated[float, msgspec.Meta(gt=0, le=8760)]
PositiveDays = Annotated[float, msgspec.Meta(gt=0, le=36_500)]
ReportDays = Annotated[int, msgspec.Meta(ge=1, le=3660)]
Secret = NewType("Secret", str)
HttpsKind = Literal["none", "given", "own"]
"""Whose certificate the web server speaks HTTPS with."""
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_LONGEST_SOCKET_PATH = 100


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all sections."""


class General(Section, frozen=True, kw_only=True):
    name: str = "Patchbay"
    """What the installation calls itself on screen."""
    language: Literal["en", "zh"] = "en"
    """Default language of people who sign in."""
    country: Annotated[str, msgspec.Meta(pattern="^[A-Z]{2}$")] = "GB"
    """Region for phone numbers written without a country code (ISO 3166-1)."""
    time_zone: str = "UTC"
    """Where a day begins for «today» on the board (IANA name)."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    demo: bool = False
    """Write the demo company into the database when it is not there. Its passwords are public."""


class Sip(Section, frozen=True, kw_only=True):
    bind: str = "0.0.0.0"
    """Address of the SIP and RTP sockets."""
    public_address: str = ""
    """Written into Contact and SDP when it differs from the bound address (NAT)."""
    port: Port = 5060
    """UDP and TCP; 0 lets the system choose."""
    udp: bool = True
    tcp: bool = True
    codecs: tuple[Literal["PCMU", "PCMA", "G722", "opus"], ...] = ("PCMU", "PCMA", "G722")
    """Offered and accepted, best first."""
    resolve_within_s: Annotated[float, msgspec.Meta(gt=0, le=30)] = 3.0
    """How long a call waits for a name server when a peer or a trunk's proxy is named, not numbered."""
    silent_phone_after_s: PositiveSeconds = 10.0
    """A phone in a call that may send and sends no sound for so long is shown as impaired."""
    ask_phone_after_s: PositiveSeconds = 30.0
    """A phone from which nothing comes for so long, neither sound nor RTCP nor SIP, is asked whether it is there (OPTIONS)."""
    phone_answers_within_s: PositiveSeconds = 10.0
    """One that does not answer within this time is hung up."""
    log_level: Annotated[int, msgspec.Meta(ge=0, le=6)] = 2
    """The SIP stack's own log."""


class Trunk(Section, frozen=True, kw_only=True):
    """One `[trunk:<name>]`: a peer that may send calls, and perhaps takes calls from us."""

    name: str
    networks: tuple[str, ...]
    """Addresses or networks it sends from."""
    proxy: Annotated[str, msgspec.Meta(pattern=r"^(sips?:[^@;\s<>]+(;[^\s<>]*)?)?$")] = ""
    """Where our calls go: ``sip:203.0.113.5:5060;transport=tcp``. Empty: it takes none; the first trunk with one is used."""
    keep_alive_s: Annotated[float, msgspec.Meta(ge=0, le=3600)] = 0.0
    """How often it is asked whether it is there (OPTIONS), at its `proxy`; 0: never, and its state is not known."""
    caller: Annotated[str, msgspec.Meta(pattern=r"^(\+?[0-9]{2,32})?$")] = ""
    """The number shown to those we call."""
    username: str = ""
    """For the digest that it may ask for."""
    password: Secret = Secret("")
    identity: tuple[Literal["pai", "rpid", "from"], ...] = ("from",)
    """Fields that are believed about who calls, the most trusted first: P-Asserted-Identity, Remote-Party-ID, From."""
    numbers: Literal["e164", "e164_without_plus", "national"] = "national"
    """How it writes numbers; `national` numbers may have a plus and a country code, too."""
    country: Annotated[str, msgspec.Meta(pattern="^([A-Z]{2})?$")] = ""
    """Region of its national numbers (ISO 3166-1); empty: that of the installation."""


class Region(Section, frozen=True, kw_only=True):
    """One `[region:<name>]`: a site or network whose browsers are served by the media nodes of this region first."""

    name: str
    networks: tuple[str, ...]
    """Addresses or networks that its browsers come from, as this machine sees them."""


class Media(Section, frozen=True, kw_only=True):
    name: Annotated[str, msgspec.Meta(pattern=r"^[^\s/]{0,64}$")] = ""
    """What this media node is called on screens and on the command line; empty: the machine's name and the SIP port."""
    region: Annotated[str, msgspec.Meta(pattern=r"^[^\s/]{0,64}$")] = ""
    """Where this node is: browsers of the same `[region:…]` get it first. Empty: nowhere in particular."""
    first_rtp_port: Port = 10000
    last_rtp_port: Port = 20000
    clock_rate_hz: Literal[8000, 16000] = 8000
    """Sample rate of the bridge."""
    internal_address: str = "127.0.0.1"
    """Where sound between our own machines comes and goes (other nodes, recognizers): this one's in a network of ours."""
    browser_addresses: tuple[str, ...] = ()
    """Addresses offered to browsers as ICE candidates; empty: all of this machine's."""
    first_browser_port: Port = 0
    last_browser_port: Port = 0
    """UDP ports of browser legs, for a firewall; both 0: the system chooses."""


class Speech(Section, frozen=True, kw_only=True):
    transcribe: bool = True
    language: str = "en"
    model_dir: str = ""
    """A Vosk model; empty: the one that set-up put into the cache."""
    threads: Annotated[int, msgspec.Meta(ge=0, le=1024)] = 0
    """Recognizer threads; 0: one per core."""
    bind: str = "127.0.0.1"
    """Where the recognizer receives sound; give the machine's address when nodes are elsewhere."""
    jemalloc: bool = True
    """Preload jemalloc into the recognizer when it is installed: a third less CPU."""


class Acd(Section, frozen=True, kw_only=True):
    standby: Annotated[int, msgspec.Meta(ge=0, le=8)] = 1
    """Processes that wait to lead the queues besides the control process; started where memory allows."""
    unreachable_after_s: Annotated[float, msgspec.Meta(ge=2.0, le=120.0)] = 6.0
    """An agent's browser that was not heard of for so long is gone: the agent is not reachable."""


class Storage(Section, frozen=True, kw_only=True):
    data_dir: Path = Path("data")
    """Prompts, recordings (unless `[files]` says otherwise), the private Redis and the SQLite database; relative to the folder of
    `sip.conf`."""
    database_url: Secret = Secret("")
    """Empty: SQLite (WAL) in the data directory. `postgresql://…` otherwise."""
    database_within_s: PositiveSeconds = 30.0
    """One unit of work on PostgreSQL; a server that takes longer counts as away."""
    redis_url: Secret = Secret("")
    """Empty: a private redis-server as a child process."""
    redis_prefix: str = "pb:"
    redis_memory_mb: Positive = 512
    """Limit of the private redis-server; writes are refused beyond it."""
    acd_inputs_days: PositiveDays = 30.0
    """How long the ACD's inputs are kept for replays."""
    acd_records_days: PositiveDays = 400.0
    """How long finished work, offers with their reasons and agents' states are kept for reports."""
    unassigned_calls_days: PositiveDays = 30.0
    """How long it is kept who called a number that nothing answers."""
    unassigned_calls: Positive = 5000
    """Such calls that are kept at most; the oldest go first."""


class FileStore(Section, frozen=True, kw_only=True):
    """Where recordings are kept, and where media nodes find what they play."""

    url: str = ""
    """``s3://bucket/prefix``, or ``file:///mnt/files/patchbay`` for a directory that all machines have mounted, or one beside the
    data. Empty: the data directory."""
    endpoint: str = ""
    """Of an S3-compatible store: ``https://s3.example.com``. Empty: Amazon's, by the region."""
    region: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9-]{1,64}$")] = "us-east-1"
    access_key: Secret = Secret("")
    """Empty: those of the environment (`AWS_ACCESS_KEY_ID` …) or of the machine's role."""
    secret_key: Secret = Secret("")
    allow_http: bool = False
    """Whether the endpoint may be asked without TLS, where everybody on the way can listen."""
    authorities: str = ""
    """PEM file with authorities that are believed besides the system's: for a store with a certificate of the company's own."""
    within_s: Annotated[float, msgspec.Meta(ge=1, le=600)] = 30.0
    """How long one request may take; each carries at most 8 MB."""
    prompts_mb: Positive = 1024
    """How much of what it plays, and has from the store, a media node keeps; what was not played for longest goes first."""


class Limits(Section, frozen=True, kw_only=True):
    max_legs: Positive = 400
    """Legs on one node; one more INVITE is answered 503."""
    shed_after_s: PositiveSeconds = 1.0
    """A caller who waits so long for the control plane shuts the node's door to new ones (503) until it has caught up."""
    reserved_for_phones: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.25
    """Share of `max_legs` that callers from web pages cannot take."""
    sip_strangers_per_s: Positive = 100
    """SIP requests of all addresses together that belong to no trunk; what is more is not looked at."""
    sip_connections: Positive = 1024
    """Open connections (TCP) of others to one node's SIP port."""
    sip_connections_of_strangers: Positive = 128
    """Of addresses that belong to no trunk, all together: the other places are kept for trunks."""
    sip_connections_per_address: Positive = 512
    """Of one address of a trunk; an IPv6 /64 is one address."""
    sip_connections_per_stranger: Positive = 8
    sip_message_within_s: PositiveSeconds = 10.0
    """A SIP message over TCP, the first one of a connection too, must be here whole so soon."""
    sip_idle_s: PositiveSeconds = 600.0
    """A trunk's connection on which nothing comes for so long is closed; a stranger's after three
    times `sip_message_within_s`."""
    browsers_connecting: Positive = 40
    """Callers from web pages on one node that were answered and have not connected yet."""
    browser_connects_within_s: PositiveSeconds = 10.0
    """A browser that sends no sound in this time after its answer loses its leg."""
    sign_in_tries_per_minute: Positive = 10
    """Failed ones of one network (an IPv4 address, an IPv6 /64) that are answered at once; each more waits twice as long."""
    sign_in_tries_per_account: Positive = 5
    """The same for one name, in a minute."""
    sign_in_longest_delay_s: PositiveSeconds = 10.0
    """How long a sign-in waits at most: nobody is ever locked out."""
    invitation_tries_per_minute: Positive = 20
    """Links of invitations that one network may open or use."""
    sessions_per_user: Positive = 50
    """Sign-ins of one person at once; one more ends the oldest."""
    widget_calls_per_minute: Positive = 6
    """Of one network."""
    widget_calls_per_minute_in_all: Positive = 120
    widget_calls_per_network: Positive = 10
    """At once."""
    widget_calls: Positive = 100
    """At once, of everybody: the other legs are for telephones and agents."""
    legs_per_minute: Positive = 30
    """Audio legs that one person may open: each has a place on a node until it is known that nobody connects."""
    searches_per_minute: Positive = 120
    """Of customers, per person."""
    number_searches_per_minute: Positive = 10
    """By a whole telephone number, per person who sees last digits only."""
    search_timeout_s: PositiveSeconds = 2.0
    """A search that takes longer is given up."""
    report_days: ReportDays = 400
    """The longest time that one report covers."""
    report_timeout_s: PositiveSeconds = 30.0
    """Counting that takes longer is given up: in the database, too."""
    request_bytes: Positive = 65536
    """Largest body of a request."""
    request_within_s: PositiveSeconds = 10.0
    """A request's head, and then its body, must be here so soon; an answer must be read so fast that it does not stand still for
    three times as long."""
    connections_per_network: Positive = 500
    """Open connections of one network; those of a trusted proxy are not counted."""
    import_bytes: Positive = 256_000_000
    """Largest body of an import."""
    live_connections: Positive = 5000
    live_connections_per_session: Positive = 10
    live_messages_per_minute: Positive = 240
    """From one live view; a browser sends about 30."""


class Web(Section, frozen=True, kw_only=True):
    bind: str = "0.0.0.0"
    port: Port = 8080
    https: Literal["auto", "no"] = "auto"
    """`auto`: with the given certificate or that of `[acme]`, else, on an address that other computers reach, with one of an
    authority of our own, which lies in the data directory. `no`: HTTP only, for a proxy in front that speaks HTTPS."""
    certificate: str = ""
    """PEM file of a certificate that browsers know. Read again when it changes."""
    certificate_key: str = ""
    names: tuple[str, ...] = ()
    """Other names and addresses under which browsers open this machine, for the certificate of our own authority."""
    session_hours: PositiveHours = 12.0
    """A sign-in ends after this time without a request; an open live view is none."""
    session_longest_hours: PositiveHours = 24.0
    """And it ends so long after it began, whatever is done with it."""
    invitation_hours: PositiveHours = 168.0
    """How long a link is good with which somebody chooses a password."""
    shortest_password: Annotated[int, msgspec.Meta(ge=8, le=64)] = 12
    """Characters that a new password must have."""
    second_step_roles: tuple[Literal["agent", "supervisor", "reviewer", "planner", "admin"], ...] = ()
    """Roles that sign in with a password and a code of an authenticator app; everybody else may."""
    origins: tuple[str, ...] = ()
    """Origins that serve these pages beside the address in the browser's Host header: ``https://desk.example.com``."""
    widget_origins: tuple[str, ...] = ()
    """Origins of other pages that may place calls with the widget, or ``any``. Empty: only pages of this installation."""
    openapi: bool = True
    """Whether /api/v1/openapi.json and /api/v1/docs are served."""
    application: Path = Path("softphone_ui/dist")
    """The built web application; relative to the folder of `sip.conf`."""
    trusted_proxies: tuple[str, ...] = ()
    """Addresses or networks whose X-Forwarded-For and X-Forwarded-Proto are believed."""
    metrics_from: tuple[str, ...] = ("127.0.0.0/8", "::1", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
    """Addresses or networks that may read /metrics, which asks for no sign-in, or ``any``. This machine and private networks
    (RFC 1918, RFC 4193)."""


class Acme(Section, frozen=True, kw_only=True):
    """An authority that browsers know, which gives certificates by itself (RFC 8555)."""

    directory: Annotated[str, msgspec.Meta(pattern=r"^(https://[^\s]+)?$")] = ""
    """Its address: ``https://acme-v02.api.letsencrypt.org/directory``. Empty: there is none."""
    names: tuple[str, ...] = ()
    """Host names of this machine that the certificate is for. Each must lead here from the internet, at port 80."""
    agree_to_terms: bool = False
    """Whether you have read the authority's terms of service and agree. Without it nothing is asked for."""
    email: Annotated[str, msgspec.Meta(pattern=r"^([^@\s]+@[^@\s]+)?$")] = ""
    """Whom the authority writes to when something is wrong."""
    http_port: Port = 80
    """Listened on to answer the authority (http-01), and to lead browsers to HTTPS; 0: none besides `[web] port`, to which a
    firewall leads what comes in at port 80."""
    authorities: str = ""
    """PEM file with authorities that the directory itself is believed by, for one inside the company; empty: the usual ones."""
    key_id: str = ""
    """For an authority that wants an account of its own (external account binding)."""
    key: Secret = Secret("")
    """That account's key, base64url as it was given."""


class Mail(Section, frozen=True, kw_only=True):
    """The mail server that e-mails go out by."""

    host: str = ""
    """Empty: no e-mail goes out."""
    port: Port = 587
    tls: Literal["starttls", "tls", "none"] = "starttls"
    """`starttls` on port 587, `tls` from the first byte on port 465; `none` only for a server on this machine."""
    user: str = ""
    """Empty: it asks for no sign-in."""
    password: Secret = Secret("")
    sender: Annotated[str, msgspec.Meta(pattern=r"^([^@\r\n]*[^@\s]@[^@\s]+)?$")] = ""
    """Who it comes from: ``Patchbay <desk@example.com>``."""


class Outbox(Section, frozen=True, kw_only=True):
    """What goes out by webhook and e-mail."""

    tries: Annotated[int, msgspec.Meta(ge=1, le=100)] = 10
    """Then the message is set aside: after about a day."""
    within_s: PositiveSeconds = 10.0
    """How long one try may take."""
    waiting: Positive = 10_000
    """Messages that may wait, in all; one more is refused."""
    waiting_per_target: Positive = 1_000
    keep_days: PositiveDays = 7.0
    """How long what was sent is remembered, so that the same message does not go out twice."""
    allow_networks: tuple[str, ...] = ()
    """Networks that webhooks may go to besides public addresses."""
    allow_http: bool = False
    """Whether webhooks may go without TLS."""
    authorities: str = ""
    """PEM file with authorities that are believed besides those of the system: for receivers and a mail server with certificates
    of the company's own."""


class Oidc(Section, frozen=True, kw_only=True):
    """An identity provider that people sign in with (OpenID Connect)."""

    issuer: str = ""
    """As the provider calls itself: ``https://id.example.com``. Empty: there is none."""
    name: str = "the identity provider"
    """On the button of the sign-in page: «Sign in with …»."""
    client_id: str = ""
    client_secret: Secret = Secret("")
    """Empty for a public client."""
    scopes: tuple[str, ...] = ("openid", "profile", "email")
    claim: str = "email"
    """Which claim names the person at the first sign-in: `email` is compared with e-mail addresses, others with user names."""
    verified_email: bool = True
    """Whether the claim `email` counts only with `email_verified`. Say no only for a provider whose users cannot choose it."""
    create: Literal["no", "agent", "supervisor", "reviewer", "planner", "admin"] = "no"
    """The role of people who are not here yet when they sign in; `no`: they must have been added."""
    passwords: Literal["everybody", "administrators"] = "everybody"
    """Who may sign in with a password besides. Administrators always can: the provider may be away."""
    within_s: PositiveSeconds = 10.0
    """How long it may take to answer."""


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that `sip.conf` and the environment said."""

    general: General = General()
    sip: Sip = Sip()
    trunks: tuple[Trunk, ...] = ()
    regions: tuple[Region, ...] = ()
    media: Media = Media()
    speech: Speech = Speech()
    acd: Acd = Acd()
    storage: Storage = Storage()
    files: FileStore = FileStore()
    limits: Limits = Limits()
    web: Web = Web()
    acme: Acme = Acme()
    mail: Mail = Mail()
    outbox: Outbox = Outbox()
    oidc: Oidc = Oidc()
    source: Path | None = None
    """The file it was read from; children are started with the same one."""

    @property
    def base(self) -> Path:
        """Relative paths start here."""
        return self.source.parent if self.source else Path.cwd()

    @property
    def data_dir(self) -> Path:
        return (self.base / self.storage.data_dir).resolve()

    @property
    def application_dir(self) -> Path:
        return (self.base / self.web.application).resolve()

    @property
    def database_url(self) -> str:
        return self.storage.database_url or f"sqlite:///{self.data_dir / 'patchbay.db'}"

    @property
    def node_name(self) -> str:
        """Of a media node of this machine: the same after a restart. Empty where the system chooses its port."""
        return self.media.name or (f"{socket.gethostname()}:{self.sip.port}" if self.sip.port else "")

    @property
    def private_redis(self) -> bool:
        """Whether Redis is a child process of ours."""
        return not self.storage.redis_url

    @property
    def redis_socket(self) -> Path:
        """Of the private redis-server: in the data directory, unless that path is too long for a socket (unix(7))."""
        wanted = self.data_dir / "redis" / "redis.sock"
        if len(os.fsencode(wanted)) < _LONGEST_SOCKET_PATH:
            return wanted
        return Path(tempfile.gettempdir()) / f"patchbay-{hashlib.sha256(os.fsencode(wanted)).hexdigest()[:16]}.sock"

    @property
    def redis_url(self) -> str:
        return self.storage.redis_url or f"unix://{self.redis_socket}"

    @property
    def https_kind(self) -> HttpsKind:
        if self.web.https == "no":
            return "none"
        if self.web.certificate:
            return "given"
        return "none" if self.web.bind in LOOPBACK and not self.acme.directory else "own"

    @property
    def acme_port(self) -> int | None:
        """To be listened on besides the pages' own; None: there is none."""
        wanted = self.acme.http_port if self.acme.directory else 0
        return None if wanted in {0, self.web.port} else wanted


SECTIONS: dict[str, type[Section]] = {
    "general": General,
    "sip": Sip,
    "media": Media,
    "speech": Speech,
    "acd": Acd,
    "storage": Storage,
    "files": FileStore,
    "limits": Limits,
    "web": Web,
    "acme": Acme,
    "mail": Mail,
    "outbox": Outbox,
    "oidc": Oidc,
}
"""Sections with one instance; `[trunk:<name>]` and `[region:<name>]` may repeat."""
