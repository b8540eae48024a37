"""A real SSH server on loopback that runs git's own programs, for one key; started as a thread of the tests."""

import asyncio
import shlex
import threading
from pathlib import Path
from typing import Any

import asyncssh

PROGRAMS = {"git-upload-pack", "git-receive-pack"}


class SshServer:
    """Serves the bare repositories below a folder.

    `tried`: who began to sign in; `users`: who did; `commands`: what they asked for.
    """

    def __init__(self, root: Path, authorized: asyncssh.SSHKey) -> None:
        self.host_key = asyncssh.generate_private_key("ssh-ed25519")
        self.tried: list[str] = []
        self.users: list[str] = []
        self.commands: list[str] = []
        self._root = root
        self._authorized = authorized.export_public_key()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._acceptor = self._run(self._listen())
        self.port = self._acceptor.get_port()

    def url(self, repository: str) -> str:
        """The address of a repository, with the user that hosts of git use."""
        return f"ssh://git@127.0.0.1:{self.port}/{repository}"

    def known(self) -> str:
        """The line of known_hosts that names this server."""
        return f"[127.0.0.1]:{self.port} {self.host_key.export_public_key().decode()}"

    def close(self) -> None:
        """End it, once all that it began is done."""
        self._run(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    async def _end(self) -> None:
        self._acceptor.close()
        await self._acceptor.wait_closed()
        while left := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(left, timeout=30)

    async def _listen(self) -> asyncssh.SSHAcceptor:
        return await asyncssh.listen(
            "127.0.0.1",
            0,
            server_host_keys=[self.host_key],
            server_factory=lambda: _Door(self.tried, self._authorized),
            process_factory=self._serve,
            encoding=None,
        )

    async def _serve(self, asked: asyncssh.SSHServerProcess[bytes]) -> None:
        self.users.append(asked.get_extra_info("username"))
        self.commands.append(asked.command or "")
        program, _, path = (asked.command or "").partition(" ")
        folder = (self._root / shlex.split(path)[0].lstrip("/")).resolve() if path else self._root
        if program not in PROGRAMS or not folder.is_relative_to(self._root.resolve()):
            asked.exit(127)
            return
        pipe = asyncio.subprocess.PIPE
        git = await asyncio.create_subprocess_exec(
            "git", program.removeprefix("git-"), folder, stdin=pipe, stdout=pipe, stderr=pipe
        )
        sending = asyncio.create_task(_pump(asked.stdin, git.stdin))
        await asyncio.gather(_pump(git.stdout, asked.stdout), _pump(git.stderr, asked.stderr))
        sending.cancel()
        asked.exit(await git.wait())


async def _pump(source: Any, sink: Any) -> None:
    while data := await source.read(65536):
        sink.write(data)
        await sink.drain()


class _Door(asyncssh.SSHServer):
    """Lets in who has the one key, and writes down each key that is tried."""

    def __init__(self, tried: list[str], authorized: bytes) -> None:
        self._tried = tried
        self._authorized = authorized

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        self._tried.append(username)
        return key.export_public_key() == self._authorized
