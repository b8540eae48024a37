"""JupyterHub's page templates, compiled once in the nursery and shared by every hub that is forked from it.

Compiling them anew is a tenth of a hub's wake and of its memory. Used through JupyterHub's public setting
`jinja_environment_options`; a hub that was started plainly compiles for itself, as ever.
"""

from pathlib import Path

from jinja2 import BytecodeCache, Environment, FileSystemLoader
from jinja2.bccache import Bucket


class CompiledPages(BytecodeCache):
    """Keeps compiled templates in memory. JupyterHub compiles each for two environments, so both are told apart."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str, bool], object] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give what is known of this very source text."""
        bucket.code = self._known.get(self._place(bucket))  # type: ignore[assignment]  # a code object

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        self._known[self._place(bucket)] = bucket.code

    @staticmethod
    def _place(bucket: Bucket) -> tuple[str, str, bool]:
        return bucket.key, bucket.checksum, bucket.environment.is_async


OWN = Path(__file__).parent / "templates"
"""Our few templates; each extends the one of JupyterHub with its name, or its page for errors."""


def warm(folder: Path) -> None:
    """Compile every template in a folder, with the options that JupyterHub itself uses."""
    environment = Environment(
        loader=FileSystemLoader([folder]), autoescape=True, enable_async=True, bytecode_cache=compiled
    )
    for name in environment.list_templates(extensions=["html"]):
        environment.get_template(name)


compiled = CompiledPages()
