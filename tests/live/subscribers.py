#!/usr/bin/env python3
"""Signals reach any consumer: runs what the README shows, with its own words.

    tests/live/subscribers.py PROGRAM BROKERS

Publishes a tape, runs `config/live.toml` on it, and reads the signals with `tapeflow tap`, with the
README's Python, and with its `kcat` where there is one: all must see the same records. Needs
`confluent-kafka`."""

import contextlib
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")


def main():
    program, brokers = os.path.abspath(sys.argv[1]), sys.argv[2]
    folder = tempfile.mkdtemp(prefix="tapeflow-subscribers-")
    name = f"live-{os.getpid()}"
    with open(os.path.join(ROOT, "config", "live.toml")) as file:
        job = file.read()
    for was, now in [("127.0.0.1:9092", brokers), ('["market"]', f'["{name}-market"]'),
                     ('name = "live"', f'name = "{name}"')]:
        if was not in job:
            raise SystemExit(f"FAILED: config/live.toml does not say {was}")
        job = job.replace(was, now)
    with open(os.path.join(folder, "live.toml"), "w") as file:
        file.write(job)
    with open(os.path.join(ROOT, "README.md")) as file:
        readme = file.read().replace("127.0.0.1:9092", brokers).replace("live.signals",
                                                                       f"{name}.signals")

    def tapeflow(*arguments):
        return subprocess.run([program, *arguments], cwd=folder, text=True, check=True,
                              stdout=subprocess.PIPE).stdout

    tapeflow("topics", "create", "live.toml", "--partitions", "2")
    tapeflow("publish", "--topic", f"{name}-market", "--synthetic", "--symbols", "2", "--minutes",
             "30", "--speed", "flat", "--keep-ts", "--quiet", "--brokers", brokers)
    run = subprocess.Popen([program, "run", "live.toml", "--quiet"], cwd=folder,
                           stdout=subprocess.DEVNULL)
    deadline, seen = time.monotonic() + 60, -1
    while time.monotonic() < deadline:
        time.sleep(2)
        now = len(tap(tapeflow, name, brokers))
        if 0 < now == seen:
            break
        seen = now
    run.send_signal(signal.SIGTERM)
    if run.wait(timeout=60) != 0:
        raise SystemExit("FAILED: the run did not stop as asked")
    expected = sorted(tap(tapeflow, name, brokers))
    print(f"tap: {len(expected)} signals")
    bad = [] if expected else ["no signal came"]

    snippets = re.findall(r"```python\n(.*?)```", readme, re.S)
    snippet = next(snippet for snippet in snippets if "confluent_kafka" in snippet)
    snippet = snippet.replace('"me"', f'"{name}"').replace("print(record.key(), record.value())",
                                                          "print(record.value().decode())")
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(snippet, {})
    compare(bad, "confluent-kafka", expected, out.getvalue())

    command = re.search(r"^\$ (kcat .*)$", readme, re.M).group(1).split()
    if shutil.which("kcat"):
        found = subprocess.run([*command, "-e", "-q"], text=True, check=True,
                               stdout=subprocess.PIPE).stdout
        compare(bad, "kcat", expected, found)
    else:
        print("skipped: no kcat on this machine")
    for what in bad:
        print("FAILED:", what)
    print("1 passed, 0 failed" if not bad else "0 passed, 1 failed")
    return 1 if bad else 0


def tap(tapeflow, name, brokers):
    text = tapeflow("tap", f"{name}.signals", "--from", "beginning", "--until-end", "--json",
                    "--brokers", brokers)
    return signals(text)


def signals(text):
    """The records without the marks."""
    return [line for line in text.splitlines() if json.loads(line)["type"] == "signal"]


def compare(bad, what, expected, text):
    found = sorted(signals(text))
    print(f"{what}: {len(found)} signals")
    if found != expected:
        bad.append(f"{what} saw {len(found)} signals instead of {len(expected)}, or other ones")


if __name__ == "__main__":
    sys.exit(main())
