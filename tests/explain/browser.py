"""A headless Chromium over the pipe of its DevTools protocol; the standard library alone.

The browser reads JSON messages, each ended by NUL, from its file descriptor 3 and answers on 4.
"""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_PATIENCE = 120.0  # seconds; a busy machine draws slowly
_FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-extensions",
    "--disable-sync",
    "--no-first-run",
    "--mute-audio",
    "--remote-debugging-pipe",
)


def find_browser() -> str | None:
    """Return the path of a Chromium or Chrome, None where there is none."""
    return next((path for path in map(shutil.which, NAMES) if path), None)


class BrowserError(Exception):
    """The browser did not do what it was told."""


class Tab:
    """One tab, with all that it said on its console and asked of the network.

    Attributes
    ----------
    complaints
        Errors and warnings of the console, exceptions, breaches of the page's policy.
    requests
        Addresses that were asked for.
    """

    def __init__(self, pipe: Pipe, session: str) -> None:
        self._pipe = pipe
        self._session = session
        self.complaints: list[str] = []
        self.requests: list[str] = []
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        self.call("Emulation.setScrollbarsHidden", hidden=True)

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Call a method of the protocol and return its result."""
        return self._pipe.call(method, parameters, self._session, self._hear)

    def open(self, path: Path, timeout: float = _PATIENCE) -> None:
        """Open a file and wait until the page says that it is ready."""
        self.complaints.clear()
        self.requests.clear()
        self.call("Page.navigate", url=path.resolve().as_uri())
        self.wait("Boolean(window.molattnReady)", timeout)

    def wait(self, condition: str, timeout: float = _PATIENCE) -> None:
        """Wait until an expression is true."""
        end = time.monotonic() + timeout
        while not self.evaluate(condition):
            if time.monotonic() > end:
                raise BrowserError(f"{condition} was not true after {timeout:.0f} s.")
            time.sleep(0.05)

    def evaluate(self, expression: str) -> Any:
        """Return the value of an expression in the page."""
        answer = self.call(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in answer:
            raise BrowserError(str(answer["exceptionDetails"]))
        return answer["result"].get("value")

    def press(self, key: str, code: int, text: str = "") -> None:
        """Press and release a key."""
        own = {"key": key, "code": key, "windowsVirtualKeyCode": code}
        kind = "keyDown" if text else "rawKeyDown"
        self.call("Input.dispatchKeyEvent", type=kind, text=text, **own)
        self.call("Input.dispatchKeyEvent", type="keyUp", **own)

    def window(self, width: int, height: int, *, dark: bool = False) -> None:
        """Set the size of the window and the scheme of colours."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )
        feature = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[feature])

    def picture(self, selector: str = "") -> bytes:
        """Return a PNG of the whole page, or of the first element that a selector finds."""
        clip: dict[str, Any] = {}
        if selector:
            box = self.evaluate(
                f"(() => {{ const b = document.querySelector({json.dumps(selector)})"
                ".getBoundingClientRect(); return {x: b.x + scrollX, y: b.y + scrollY, "
                "width: b.width, height: b.height, scale: 1}; })()"
            )
            clip = {"clip": box}
        answer = self.call(
            "Page.captureScreenshot", format="png", captureBeyondViewport=True, **clip
        )
        return base64.b64decode(answer["data"])

    def _hear(self, event: dict[str, Any]) -> None:
        method, told = event.get("method"), event.get("params", {})
        if method == "Network.requestWillBeSent":
            self.requests.append(told["request"]["url"])
        elif method == "Runtime.exceptionThrown":
            self.complaints.append(str(told["exceptionDetails"]))
        elif method == "Runtime.consoleAPICalled" and told["type"] in ("error", "warning", "log"):
            words = [str(one.get("value", one.get("description"))) for one in told["args"]]
            self.complaints.append(f"{told['type']}: {' '.join(words)}")
        elif method == "Log.entryAdded" and told["entry"]["level"] in ("error", "warning"):
            self.complaints.append(f"{told['entry']['source']}: {told['entry']['text']}")


class Pipe:
    """Both ends of the talk with a browser."""

    def __init__(self, write: int, read: int) -> None:
        self._write, self._read = write, read
        self._count = 0
        self._rest = b""

    def call(
        self, method: str, parameters: dict[str, Any], session: str | None, hear: Any = None
    ) -> dict[str, Any]:
        """Send a call, hand on events until its answer comes, and return that."""
        self._count += 1
        message = {"id": self._count, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self._write, data) :]
        while True:
            answer = self._next(method)
            if answer.get("id") == self._count:
                if "error" in answer:
                    raise BrowserError(f"{method}: {answer['error']}")
                return dict(answer["result"])
            if hear is not None and answer.get("sessionId") == session:
                hear(answer)

    def _next(self, method: str) -> dict[str, Any]:
        while b"\0" not in self._rest:
            if not select.select([self._read], [], [], _PATIENCE)[0]:
                raise BrowserError(f"The browser did not answer {method} within {_PATIENCE:.0f} s.")
            part = os.read(self._read, 1 << 20)
            if not part:
                raise BrowserError(f"The browser ended during {method}.")
            self._rest += part
        message, _, self._rest = self._rest.partition(b"\0")
        return dict(json.loads(message))


@contextmanager
def browser_tab(folder: Path, *flags: str) -> Iterator[Tab]:
    """Start a browser with its profile in a folder, and end it afterwards.

    Yields
    ------
    Tab
        An empty one.
    """
    program = find_browser()
    assert program is not None
    their_read, our_write = os.pipe()
    our_read, their_write = os.pipe()
    # a shell puts the ends where the browser looks for them
    command = f'exec "$@" 3<&{their_read} 4>&{their_write}'
    arguments = [program, *_FLAGS, *flags, f"--user-data-dir={folder}", "about:blank"]
    process = subprocess.Popen(
        ["/bin/bash", "-c", command, "bash", *arguments],
        pass_fds=(their_read, their_write),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    os.close(their_read)
    os.close(their_write)
    pipe = Pipe(our_write, our_read)
    try:
        targets = pipe.call("Target.getTargets", {}, None)["targetInfos"]
        target = next(one["targetId"] for one in targets if one["type"] == "page")
        told = pipe.call("Target.attachToTarget", {"targetId": target, "flatten": True}, None)
        yield Tab(pipe, told["sessionId"])
    finally:
        with suppress(BrowserError, OSError):
            pipe.call("Browser.close", {}, None)
        os.close(our_write)
        os.close(our_read)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)
