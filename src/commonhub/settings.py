"""Django's settings, read from the environment that the keeper gives to its children.

COMMONHUB_STATE          folder of the database and the secret key; unset: all in memory, for tests and tools
COMMONHUB_DATABASE_URL   postgresql://user:password@host:port/name; unset: SQLite in the state folder
COMMONHUB_URL            the portal's public address; says which host is answered and whether cookies need https
COMMONHUB_KEEPER_SOCKET  where the keeper listens; unset: keeper.sock in the state folder
COMMONHUB_DOCS_URL       where the documentation is published; unset: the portal's own help page
COMMONHUB_SMTP_URL       smtp://user:password@host:587, by which mail goes out; unset: none goes, and none is needed
COMMONHUB_MAIL_FROM      whom mail comes from; unset: commonhub@ and the portal's host
COMMONHUB_DEBUG          1 shows tracebacks; refused unless the public address is this machine
"""

import os
import secrets
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from commonhub.ground import errors

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


def read_public_url(text: str) -> SplitResult:
    """The portal's public address in parts.

    Raises:
        CommonhubError: it is not an http or https address with a host.
    """
    url = urlsplit(text.rstrip("/"))
    if url.scheme not in {"http", "https"} or not url.hostname:
        raise errors.CommonhubError(
            f"The portal's address {text!r} is not a web address.",
            "Set COMMONHUB_URL to something like https://hubs.example.org.",
        )
    return url


def sqlite(name: str) -> dict[str, object]:
    """SQLite as the portal uses it: readers never wait for the one writer, and writers queue instead of failing."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": name,
        "CONN_MAX_AGE": 60,  # seconds; a new connection per request costs a fifth more of each page
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",  # two writers queue at the start, where waiting is possible
            "timeout": 5,  # seconds
            # Without mmap and with a small cache the process holds 14 MB less, at the same speed.
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA busy_timeout=5000; "
                "PRAGMA mmap_size=0; PRAGMA cache_size=-2000;"
            ),
        },
    }


def postgresql(text: str) -> dict[str, object]:
    """A PostgreSQL database from its address; what follows `?` is handed on as options of the connection.

    Raises:
        CommonhubError: it is not a postgresql:// address with a database name.
    """
    url = urlsplit(text)
    name = unquote(url.path.lstrip("/"))
    if url.scheme not in {"postgresql", "postgres"} or not name:
        raise errors.CommonhubError(
            "COMMONHUB_DATABASE_URL is not the address of a PostgreSQL database.",
            "Write it as postgresql://user:password@host:5432/name, or unset it to use SQLite.",
        )
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": unquote(url.hostname or ""),
        "PORT": str(url.port or ""),
        "CONN_MAX_AGE": 60,  # seconds
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": dict(parse_qsl(url.query)),
    }


@dataclass(frozen=True, kw_only=True)
class Mail:
    """How mail goes out. `works`: somebody would read it."""

    backend: str
    works: bool
    host: str = ""
    port: int = 25
    user: str = ""
    password: str = field(default="", repr=False)
    ssl: bool = False
    tls: bool = False


def mail_by(text: str, *, here: bool) -> Mail:
    """How mail goes out: smtps:// (TLS from the start), smtp:// (STARTTLS; in clear to this machine only).

    Without an address a portal on this machine prints its mail (`here`), and any other one sends none.

    Raises:
        CommonhubError: it is not the address of a mail server.
    """
    way = "django.core.mail.backends.{}.EmailBackend"
    if not text:
        return Mail(backend=way.format("console" if here else "dummy"), works=here)
    url = urlsplit(text)
    if url.scheme not in {"smtp", "smtps"} or not url.hostname:
        raise errors.CommonhubError(
            "COMMONHUB_SMTP_URL is not the address of a mail server.",
            "Write it as smtp://user:password@host:587 or smtps://user:password@host:465.",
        )
    return Mail(
        backend=way.format("smtp"),
        works=True,
        host=url.hostname,
        port=url.port or (465 if url.scheme == "smtps" else 587),
        user=unquote(url.username or ""),
        password=unquote(url.password or ""),
        ssl=url.scheme == "smtps",
        tls=url.scheme == "smtp" and url.hostname not in LOOPBACK,
    )


def ensure_secret_key(file: Path) -> str:
    """The key that signs sessions: read, or made once, readable by its owner alone."""
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        kept = file.read_text(encoding="ascii").strip()
        if kept:
            return kept
        # A maker that died between creating and writing leaves an empty file.
        file.unlink()
        return ensure_secret_key(file)
    key = secrets.token_urlsafe(50)
    with os.fdopen(descriptor, "w", encoding="ascii") as out:
        out.write(key)
    return key


_state = Path(os.environ["COMMONHUB_STATE"]) if os.environ.get("COMMONHUB_STATE") else None
_url = read_public_url(os.environ.get("COMMONHUB_URL") or "http://localhost:8000")
_https = _url.scheme == "https"
_host = f"[{_url.hostname}]" if ":" in (_url.hostname or "") else (_url.hostname or "")

DEBUG = os.environ.get("COMMONHUB_DEBUG") == "1"
if DEBUG and _host not in LOOPBACK and not _host.endswith(".localhost"):
    raise errors.CommonhubError(
        "COMMONHUB_DEBUG would show the insides of this portal to the public.",
        "Unset COMMONHUB_DEBUG, or set COMMONHUB_URL to an address of this machine.",
    )

COMMONHUB_STATE = _state
COMMONHUB_URL = _url.geturl()
COMMONHUB_KEEPER_SOCKET = os.environ.get("COMMONHUB_KEEPER_SOCKET") or str(
    (_state or Path(tempfile.gettempdir()) / "commonhub-without-state") / "keeper.sock"
)
COMMONHUB_DOCS_URL = os.environ.get("COMMONHUB_DOCS_URL", "").rstrip("/")

SECRET_KEY = ensure_secret_key(_state / "secret_key") if _state else secrets.token_urlsafe(50)
ALLOWED_HOSTS = [_host, *LOOPBACK]
CSRF_TRUSTED_ORIGINS = [f"{_url.scheme}://{_url.netloc}"]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.socialaccount.providers.github",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.idp.oidc",
    "commonhub.audit.apps.AuditConfig",
    "commonhub.communities.apps.CommunitiesConfig",
    "commonhub.identity.apps.IdentityConfig",
    "commonhub.assembly.apps.AssemblyConfig",  # holds the keeper's command
    "commonhub.hubs.apps.HubsConfig",
    "commonhub.rollouts.apps.RolloutsConfig",
    "commonhub.changes.apps.ChangesConfig",
    "commonhub.portal.apps.PortalConfig",
]
MIDDLEWARE = [
    "commonhub.portal.headers.headers",  # first, so that no answer leaves without them
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "commonhub.portal.mishaps.Mishaps",  # innermost, so that its page knows the reader and the language
]
ROOT_URLCONF = "commonhub.assembly.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [Path(__file__).parent / "portal" / "templates"],  # before those of the parts that we use
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "commonhub.portal.page.frame",
            ],
        },
    }
]

_database_url = os.environ.get("COMMONHUB_DATABASE_URL", "")
DATABASES = {
    "default": postgresql(_database_url)
    if _database_url
    else sqlite(str(_state / "commonhub.sqlite") if _state else ":memory:"),
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "communities.Person"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = "handle"
ACCOUNT_USER_MODEL_EMAIL_FIELD = "email"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*"]
ACCOUNT_ADAPTER = "commonhub.identity.accounts.Adapter"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_CHANGE_EMAIL = True  # one address each; a new one counts once it is shown to be theirs
ACCOUNT_EMAIL_SUBJECT_PREFIX = "Commonhub: "
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_PRESERVE_USERNAME_CASING = False
ACCOUNT_DEFAULT_HTTP_PROTOCOL = _url.scheme
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_RATE_LIMITS = {
    # A class of three hundred behind one address signs in within a minute.
    "login": "600/m/ip",
    # Slow for whoever guesses at one account from one place, slower still for those who share the work.
    "login_failed_near": "10/15m/key",
    "login_failed": "60/m/ip,50/15m/key",
    "reset_password": "60/m/ip,5/h/key",
}
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["handle", "name", "email"]},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
UPSTREAM_FILE = _state / "upstream.yaml" if _state else None  # other issuers of logins, with their secrets
SOCIALACCOUNT_ADAPTER = "commonhub.identity.upstream.Adapter"
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False  # an address that anybody could write opens nothing
SOCIALACCOUNT_REAUTHENTICATION_REQUIRED = True
MFA_ADAPTER = "commonhub.identity.second_step.Adapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_ALLOW_UNVERIFIED_EMAIL = True  # everything works without e-mail
MFA_TOTP_ISSUER = "Commonhub"
MFA_TOTP_TOLERANCE = 1  # steps of 30 seconds; phones' clocks are seldom right
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not _https and _host in LOOPBACK
# E-mail is not needed; where there is a way to send it, addresses are verified and passwords set anew by it.
_mail = mail_by(os.environ.get("COMMONHUB_SMTP_URL", ""), here=_host in LOOPBACK)
EMAIL_BACKEND, EMAIL_HOST, EMAIL_PORT = _mail.backend, _mail.host, _mail.port
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _mail.user, _mail.password
EMAIL_USE_SSL, EMAIL_USE_TLS, EMAIL_TIMEOUT = _mail.ssl, _mail.tls, 10  # seconds
DEFAULT_FROM_EMAIL = os.environ.get("COMMONHUB_MAIL_FROM") or f"commonhub@{_host}"
MAIL_WORKS = _mail.works
ACCOUNT_EMAIL_NOTIFICATIONS = MAIL_WORKS
# Codes of sign-ins and counts of tries are shared by all processes, and outlive them.
CACHES = {
    "default": {
        "BACKEND": "commonhub.identity.shared_cache.SharedCache",
        "LOCATION": "commonhub_cache",
        # Django's 300 would forget codes and counts while a class signs in.
        "OPTIONS": {"MAX_ENTRIES": 50_000},
    }
}

# The portal as OpenID Connect provider of its hubs (identity/provider.py).
IDP_OIDC_ADAPTER = "commonhub.identity.provider.Adapter"
IDP_OIDC_AUTH_METHODS = ["client_secret_basic", "client_secret_post"]  # every client has a secret
IDP_OIDC_AUTHORIZATION_CODE_EXPIRES_IN = 60  # seconds
IDP_OIDC_ACCESS_TOKEN_EXPIRES_IN = 300  # seconds
IDP_OIDC_ID_TOKEN_EXPIRES_IN = 300  # seconds
IDP_OIDC_REFRESH_TOKEN_EXPIRES_IN = 30 * 24 * 3600  # seconds
# Two requests of one hub refresh at once, and the slower would lose its person: there is no time of grace.
IDP_OIDC_ROTATE_REFRESH_TOKEN = False
IDP_OIDC_RP_INITIATED_LOGOUT_ASKS_FOR_OP_LOGOUT = False  # it asks where no identity token shows who leaves
PASSWORD_HASHERS = [
    "commonhub.identity.passwords.Argon2idHasher",
    "commonhub.identity.hashing.RandomSecretHasher",  # last: for clients' random secrets, never for a password
]

LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "duties"
LOGOUT_REDIRECT_URL = "sign-in"
CSRF_FAILURE_VIEW = "commonhub.portal.mishaps.stale_form"

# The __Host- prefix keeps a hub on a neighbouring host name from planting a cookie here.
_prefix = "__Host-" if _https else ""
SESSION_COOKIE_NAME = f"{_prefix}commonhub_session"
SESSION_COOKIE_AGE = 14 * 24 * 3600  # seconds
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = _https
CSRF_COOKIE_NAME = f"{_prefix}commonhub_csrf"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = _https
LANGUAGE_COOKIE_NAME = "commonhub_language"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600  # seconds
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = _https

USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = True
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]

STATIC_URL = "static/"
STATIC_ROOT = (_state or Path(tempfile.gettempdir()) / "commonhub-without-state") / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "loggers": {
        "django": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
        # Strangers send these all day; each would write a traceback.
        "django.security.DisallowedHost": {"handlers": [], "propagate": False},
    },
}
