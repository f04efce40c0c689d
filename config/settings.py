"""Every setting of Errata, read from the environment.

One file on purpose: what an installation may change is an environment variable named here, nothing else. It does not
decide which processes run (`config/running.py`) nor where the embedded PostgreSQL keeps its socket
(`config/embedded.py`).
"""

import os
import secrets
import sys
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from config.embedded import database_url

BASE_DIR = Path(__file__).resolve().parent.parent


def flag(name: str, default: bool = False) -> bool:
    """A yes/no variable of the environment; 1, true, yes and on mean yes."""
    return os.environ.get(name, "1" if default else "0").lower() in {"1", "true", "yes", "on"}


def words(name: str, default: str = "") -> list[str]:
    """A comma-separated variable of the environment."""
    return [word.strip() for word in os.environ.get(name, default).split(",") if word.strip()]


def port() -> str:
    """Where `make run` listens, or did last: commands beside it print addresses that lead there."""
    noted = ERRATA_VAR / "port"
    return os.environ.get("PORT") or (noted.read_text().strip() if noted.exists() else "8000")


def secret_key() -> str:
    """The key from the environment, else one made once and kept in `ERRATA_VAR` for this machine alone."""
    if key := os.environ.get("SECRET_KEY"):
        return key
    path = ERRATA_VAR / "secret_key"
    if not path.exists():
        ERRATA_VAR.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f"secret_key.{os.getpid()}")
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(50))
        try:
            path.hardlink_to(fresh)
        except FileExistsError:
            pass  # another process was first: its key is the one
        finally:
            fresh.unlink()
    return path.read_text().strip()


def database(url: str) -> dict[str, object]:
    """Django's connection settings from a postgresql:// URL; a socket directory may stand in `?host=`."""
    parts = urlsplit(url)
    options: dict[str, object] = dict(parse_qsl(parts.query))
    host = options.pop("host", None) or unquote(parts.hostname or "")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(options.pop("port", None) or parts.port or ""),
        "OPTIONS": options,
        "CONN_MAX_AGE": 0 if TESTING else 600,
        "CONN_HEALTH_CHECKS": True,
    }


TESTING = "pytest" in sys.modules
ERRATA_VAR = Path(os.environ.get("ERRATA_VAR", BASE_DIR / "var")).resolve()
ERRATA_DEMO = flag("ERRATA_DEMO")
ERRATA_SEARCH_DIR = Path(os.environ.get("ERRATA_SEARCH_DIR", ERRATA_VAR / "search"))
ERRATA_OUTBOX_DIR = ERRATA_VAR / "outbox"
# Where people reach this installation: links in pages and mails start with it.
ERRATA_URL = os.environ.get("ERRATA_URL", f"http://127.0.0.1:{port()}").rstrip("/")
# Whether strangers may make an account; otherwise administrators make them.
ERRATA_OPEN_SIGNUP = flag("ERRATA_OPEN_SIGNUP")
# Networks that outgoing webhooks may reach although they are not public, e.g. "10.0.0.0/8,127.0.0.1/32".
ERRATA_ALLOWED_NETWORKS = words("ERRATA_ALLOWED_NETWORKS")
# Called every minute while all is well: whoever is behind it raises the alarm when the calls stop.
ERRATA_DEADMAN_URL = os.environ.get("ERRATA_DEADMAN_URL", "")
# What may read /metrics beside administrators.
ERRATA_METRICS_TOKEN = os.environ.get("ERRATA_METRICS_TOKEN", "")
# Where docs/operating.md can be read; links in alarms lead to its sections.
ERRATA_RUNBOOK_URL = os.environ.get("ERRATA_RUNBOOK_URL", "")
# Twilio: SMS and phone calls. The sender is a phone number or a messaging service (MG…); calls need a number.
ERRATA_TWILIO_ACCOUNT_SID = os.environ.get("ERRATA_TWILIO_ACCOUNT_SID", "")
ERRATA_TWILIO_AUTH_TOKEN = os.environ.get("ERRATA_TWILIO_AUTH_TOKEN", "")
ERRATA_TWILIO_FROM = os.environ.get("ERRATA_TWILIO_FROM", "")
ERRATA_TWILIO_VOICE_FROM = os.environ.get("ERRATA_TWILIO_VOICE_FROM") or ERRATA_TWILIO_FROM
ERRATA_TWILIO_URL = os.environ.get("ERRATA_TWILIO_URL", "https://api.twilio.com").rstrip("/")

# Slack: the app's bot token, and the secret by which its calls are known.
ERRATA_SLACK_BOT_TOKEN = os.environ.get("ERRATA_SLACK_BOT_TOKEN", "")
ERRATA_SLACK_SIGNING_SECRET = os.environ.get("ERRATA_SLACK_SIGNING_SECRET", "")
ERRATA_SLACK_URL = os.environ.get("ERRATA_SLACK_URL", "https://slack.com/api").rstrip("/")
# Telegram: the bot's token, and the secret that its calls bring along.
ERRATA_TELEGRAM_BOT_TOKEN = os.environ.get("ERRATA_TELEGRAM_BOT_TOKEN", "")
ERRATA_TELEGRAM_SECRET = os.environ.get("ERRATA_TELEGRAM_SECRET", "")
ERRATA_TELEGRAM_URL = os.environ.get("ERRATA_TELEGRAM_URL", "https://api.telegram.org").rstrip("/")

DEBUG = flag("DEBUG")
SECRET_KEY = secret_key()
SECRET_KEY_FALLBACKS = words("SECRET_KEY_FALLBACKS")
ALLOWED_HOSTS = words("ALLOWED_HOSTS", "*" if ERRATA_DEMO or TESTING else (urlsplit(ERRATA_URL).hostname or ""))
CSRF_TRUSTED_ORIGINS = words("CSRF_TRUSTED_ORIGINS", ERRATA_URL)
SECURE = ERRATA_URL.startswith("https://")

INSTALLED_APPS = [
    "config.apps.ErrataAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "django_filters",
    "django_htmx",
    "pgtrigger",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "oncall",
    "coe",
    "demo",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.middleware.refuse_nul_bytes",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "config.middleware.viewers_zone",
    "config.middleware.answer_conflicts",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.rail.rail",
            ],
        },
    },
]

DATABASES = {"default": database(os.environ.get("DATABASE_URL") or database_url(ERRATA_VAR / "postgres"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# Shared by all processes: rate limits must hold whichever worker answers. Large, because what was answered to a message
# and to a press in a chat is remembered in it, and strangers knocking at the sign-in may not make it forget.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "errata_cache",
        "OPTIONS": {"MAX_ENTRIES": 20_000},
    }
}

AUTH_USER_MODEL = "oncall.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "config.accounts.AccountAdapter"
ACCOUNT_FORMS = {"login": "config.accounts.SignInForm"}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_SESSION_REMEMBER = True
# The address of a client behind a trusted reverse proxy; 0 means no proxy.
ALLAUTH_TRUSTED_PROXY_COUNT = int(os.environ.get("TRUSTED_PROXIES", "0"))

EMAIL_HOST = os.environ.get("EMAIL_HOST", "127.0.0.1")
EMAIL_PORT = int(os.environ.get("EMAIL_PORT", "25"))
EMAIL_HOST_USER = os.environ.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = flag("EMAIL_USE_TLS")
EMAIL_USE_SSL = flag("EMAIL_USE_SSL")
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = os.environ.get("DEFAULT_FROM_EMAIL", "Errata <errata@localhost>")

LANGUAGE_CODE = "en-gb"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = Path(os.environ.get("STATIC_ROOT", ERRATA_VAR / "static"))
# Serve files from where they lie: `make run` need not collect and compress them first, which takes half a minute.
FIND_STATIC = DEBUG or TESTING or flag("ERRATA_FIND_STATIC")
WHITENOISE_USE_FINDERS = FIND_STATIC
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if FIND_STATIC
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_HTTPONLY = True
SECURE_SSL_REDIRECT = SECURE and flag("SECURE_SSL_REDIRECT", default=True)
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ALLAUTH_TRUSTED_PROXY_COUNT else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    },
}
# A form larger than this is refused; the alert doors have their own, smaller limit.
DATA_UPLOAD_MAX_MEMORY_SIZE = 8 * 1024 * 1024

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "oncall.api.tokens.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": [
        "rest_framework.permissions.IsAuthenticated",
        "oncall.api.tokens.ScopePermission",
    ],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "config.api.Listing",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "EXCEPTION_HANDLER": "config.api.problem",
    "PAGE_SIZE": 50,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Errata",
    "DESCRIPTION": "On-call, incidents and Corrections of Error.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "ENUM_NAME_OVERRIDES": {
        "ActionKind": "coe.models.actions.ActionItem.Kind",
        "ActionState": "coe.models.actions.ActionItem.State",
        "COEState": "coe.models.coes.COE.State",
        "FindingSeverity": [("must", "must"), ("should", "should"), ("consider", "consider")],
        "DeploymentKind": "oncall.models.deployments.Deployment.Kind",
        "DeploymentState": "oncall.models.deployments.Deployment.State",
        "ImportState": "coe.models.imports.Import.State",
        "ImportFileState": "coe.models.imports.ImportFile.State",
        "IncidentState": "oncall.models.incidents.Incident.State",
        "QuestionKind": "coe.models.readings.Question.Kind",
        "LinkKind": "oncall.models.services.ServiceLink.Kind",
        "IncidentSeverity": "oncall.models.incidents.Severity",
        "TimelineKind": "oncall.models.timeline.TimelineEntry.Kind",
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "filters": {"redact": {"()": "config.redacting.Redact"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain", "filters": ["redact"]}},
    "root": {"handlers": ["console"], "level": os.environ.get("LOG_LEVEL", "INFO")},
}
