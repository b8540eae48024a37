"""A hasher for secrets that a machine made: quick, because there is nothing to guess."""

import hashlib
import secrets
from typing import Any

from django.contrib.auth import hashers
from django.utils.crypto import constant_time_compare

LEAST = 32  # characters of a secret that may be kept with the quick hasher: 192 bits in base64
_BYTES = 32


def new_secret() -> str:
    """A fresh secret of 256 random bits, as text that fits a header and a form."""
    return secrets.token_urlsafe(_BYTES)


class RandomSecretHasher(hashers.BasePasswordHasher):
    """SHA-256 with a salt, for random secrets alone; never for what a person chose.

    A hub shows its secret at each exchange of a token. A password's hasher costs 20 to 240 ms each time and
    protects what is guessable; 256 random bits are not. It stands last in PASSWORD_HASHERS, so that no
    password is ever kept with it.
    """

    algorithm = "sha256r"

    def encode(self, password: str, salt: str) -> str:
        """What is kept."""
        if not salt or "$" in salt:
            raise ValueError("A salt without $ is needed.")
        digest = hashlib.sha256((salt + password).encode()).hexdigest()
        return f"{self.algorithm}${salt}${digest}"

    def decode(self, encoded: str) -> dict[str, str]:
        """The parts of what is kept."""
        algorithm, salt, digest = encoded.split("$", 2)
        return {"algorithm": algorithm, "salt": salt, "hash": digest}

    def verify(self, password: str, encoded: str) -> bool:
        """Whether this is the secret, in the same time for every wrong one."""
        return constant_time_compare(encoded, self.encode(password, self.decode(encoded)["salt"]))

    def safe_summary(self, encoded: str) -> dict[Any, Any]:
        """What may be shown of it."""
        parts = self.decode(encoded)
        return {"algorithm": parts["algorithm"], "hash": hashers.mask_hash(parts["hash"])}

    def must_update(self, _encoded: str) -> bool:
        """Never: nothing about it grows weak."""
        return False

    def harden_runtime(self, password: str, encoded: str) -> None:
        """Nothing to make slower."""
