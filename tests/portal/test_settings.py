"""Django's settings from the environment."""

import os
import stat
import subprocess
import sys

import pytest

from commonhub import settings
from commonhub.ground import errors


def in_a_process_of_its_own(expression: str, **environment: str) -> str:
    """What `expression` gives where the settings `s` are read from this environment alone."""
    program = f"from commonhub import settings as s; print({expression})"
    kept = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", program], check=False, capture_output=True, text=True, env=kept | environment, timeout=60
    )
    return done.stdout.strip() or done.stderr.strip().splitlines()[-1]


def test_a_secret_key_is_made_once_for_its_owner_alone(tmp_path):
    file = tmp_path / "secret_key"
    key = settings.ensure_secret_key(file)
    assert len(key) >= 50
    assert settings.ensure_secret_key(file) == key
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_secret_key_that_was_never_written_is_made_again(tmp_path):
    file = tmp_path / "secret_key"
    file.touch()
    assert len(settings.ensure_secret_key(file)) >= 50


def test_a_postgresql_address_is_understood():
    database = settings.postgresql("postgresql://hub%40x:p%2Fw@db.example.org:5433/records?sslmode=require")
    assert (database["NAME"], database["USER"], database["PASSWORD"]) == ("records", "hub@x", "p/w")
    assert (database["HOST"], database["PORT"]) == ("db.example.org", "5433")
    assert database["OPTIONS"] == {"sslmode": "require"}


@pytest.mark.parametrize("text", ["mysql://a/b", "postgresql://host", "nonsense"])
def test_another_database_is_refused_without_showing_its_password(text):
    with pytest.raises(errors.CommonhubError, match="not the address of a PostgreSQL database") as refused:
        settings.postgresql(text)
    assert text not in str(refused.value)


@pytest.mark.parametrize("text", ["hubs.example.org", "ftp://hubs.example.org", "https://"])
def test_an_address_that_is_no_web_address_is_refused(text):
    with pytest.raises(errors.CommonhubError, match="not a web address"):
        settings.read_public_url(text)


def test_a_public_https_address_makes_cookies_secure():
    said = in_a_process_of_its_own(
        "s.SESSION_COOKIE_NAME, s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.ALLOWED_HOSTS[0], s.CSRF_TRUSTED_ORIGINS",
        COMMONHUB_URL="https://hubs.example.org/",
    )
    assert said == "__Host-commonhub_session True True hubs.example.org ['https://hubs.example.org']"


def test_a_laptop_needs_no_https():
    said = in_a_process_of_its_own(
        "s.SESSION_COOKIE_NAME, s.SESSION_COOKIE_SECURE, s.ALLOWED_HOSTS[0]", COMMONHUB_URL="http://localhost:8000"
    )
    assert said == "commonhub_session False localhost"


def test_debugging_is_off_unless_asked_for_and_refused_in_public():
    assert in_a_process_of_its_own("s.DEBUG") == "False"
    assert in_a_process_of_its_own("s.DEBUG", COMMONHUB_DEBUG="1", COMMONHUB_URL="http://hubs.localhost:8000") == "True"
    refused = in_a_process_of_its_own("s.DEBUG", COMMONHUB_DEBUG="1", COMMONHUB_URL="https://hubs.example.org")
    assert "COMMONHUB_DEBUG would show the insides of this portal to the public." in refused


def test_the_state_folder_holds_the_database_and_the_keepers_socket(tmp_path):
    said = in_a_process_of_its_own(
        "s.DATABASES['default']['NAME'], s.COMMONHUB_KEEPER_SOCKET", COMMONHUB_STATE=str(tmp_path)
    )
    assert said == f"{tmp_path}/commonhub.sqlite {tmp_path}/keeper.sock"
