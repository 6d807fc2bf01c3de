"""A run on topics that is started, killed and started again, and what it leaves in its logs."""

import atexit
import collections
import itertools
import json
import os
import random
import re
import signal
import socket
import subprocess
import threading
import time

from job import INPUT_PARTITIONS, SYMBOLS, job

KAFKA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "infra", "kafka.sh")
KEY_OF_EACH_PARTITION = [5, 6, 7, 8]

# Workers of each process, processes, and whether these are hosts. Rescaled at every start.
Shape = collections.namedtuple("Shape", "workers processes hosts", defaults=(1, False))
ONE, TWO, THREE, FOUR = Shape(1), Shape(2), Shape(3), Shape(4)
PROCESSES, HOSTS = Shape(2, 2), Shape(1, 2, True)
SHAPES = [ONE, FOUR, THREE, ONE, PROCESSES, TWO, HOSTS]


class Place:
    """A folder with a lake, a program, and brokers."""

    def __init__(self, program, brokers, folder):
        self.program, self.brokers, self.folder = os.path.abspath(program), brokers, folder
        self.env = dict(os.environ, TAPEFLOW_KAFKA=brokers)
        self.log = open(self.path("tapeflow.log"), "w")
        atexit.register(self.leave_nothing)
        self.begun = []

    def leave_nothing(self):
        """A test that fails ends what it has begun."""
        for program in self.begun:
            if program.poll() is None:
                program.kill()

    def path(self, name):
        return os.path.join(self.folder, name)

    def tapeflow(self, *arguments, fine=(0,)):
        done = subprocess.run([self.program, *arguments], cwd=self.folder, env=self.env, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if done.returncode not in fine:
            raise AssertionError(f"tapeflow {' '.join(arguments)}: {done.stderr or done.stdout}")
        return done.stdout

    def write(self, name, text):
        with open(self.path(name), "w") as file:
            file.write(text)

    def run_info(self, name):
        runs = json.loads(self.tapeflow("runs", "--json"))["runs"]
        return next((run for run in runs if run["name"] == name), None)

    def market(self, topic):
        self.tapeflow("topics", "create", "--topic", f"{topic}:{INPUT_PARTITIONS}")

    def publish(self, topic, *how):
        """An invented market, until it is told to stop with SIGINT; then it says its ranges."""
        command = [self.program, "publish", "--topic", topic, "--synthetic", "--symbols",
                   str(SYMBOLS), "--quiet", "--json", *how]
        publisher = subprocess.Popen(command, cwd=self.folder, env=self.env, text=True,
                                     stdout=subprocess.PIPE, stderr=self.log)
        self.begun.append(publisher)
        return publisher

    def end(self, publisher):
        publisher.send_signal(signal.SIGINT)
        return json.loads(publisher.communicate(timeout=120)[0])

    def produce(self, topic, lines):
        """Writes `key TAB value` with Kafka's own tool."""
        arguments = ["tool", "ConsoleProducer", "--bootstrap-server", self.brokers, "--topic",
                     topic, "--property", "parse.key=true"]
        subprocess.run(["bash", KAFKA, *arguments], input="\n".join(lines) + "\n", text=True,
                       check=True, stdout=subprocess.DEVNULL, stderr=self.log)

    def ranges(self, topic):
        """All of a topic, as `--offsets`."""
        ends = {}
        for line in self.tap(topic):
            record = json.loads(line)
            ends[record["partition"]] = record["offset"] + 1
        return ",".join(f"{topic}:{p}:0-{end}" for p, end in sorted(ends.items()))

    def tap(self, topic):
        return self.tapeflow("tap", topic, "--from", "beginning", "--until-end", "--full",
                             "--heartbeats").splitlines()

    def close(self, topic):
        """The end of a tape that was cut off: every partition has come to the same time, a second
        or two after all of it. Late in a second: a run that is stopped may be some way behind it,
        and still has the rows of that second's beginning, as one that reads to the end has."""
        times = [int(ts) for line in self.tap(topic)
                 for ts in re.findall(r'\\"ts\\":\\"(\d+)\\"', line)]
        second = max(times) // 1_000_000_000 + 1
        beat = '{"type":"heartbeat","version":1,"ts":"%d"}' % (second * 1_000_000_000 + 900_000_000)
        # Kafka's clients put each of these keys into another partition.
        self.produce(topic, [f"demo:SYN{i:04}\t{beat}" for i in KEY_OF_EACH_PARTITION])


class Tally:
    """How often each fault point was met, and struck, and what was suppressed afterwards."""

    def __init__(self):
        self.lock, self.rows = threading.Lock(), {}

    def add(self, point, met=0, struck=0, suppressed=0):
        with self.lock:
            row = self.rows.setdefault(point, [0, 0, 0])
            for place, more in enumerate((met, struck, suppressed)):
                row[place] += more


class Run:
    """A run under one name. Every start has another shape and a log of the points it meets."""

    def __init__(self, place, name, topic, mode, tally, seed=0, source=""):
        self.place, self.name, self.tally, self.mode = place, name, tally, mode
        self.rng = random.Random(f"{seed} {name}")
        self.shapes = itertools.cycle(SHAPES)
        self.log_path = place.path(f"{name}.log")
        self.log = open(self.log_path, "a")
        self.starts, self.kills, self.bad = 0, 0, []
        self.struck = []
        place.write(f"{name}.toml", job(name, place.brokers, topic, mode, source))
        place.tapeflow("topics", "create", f"{name}.toml")

    def start(self, shape=None, faults=None, extra=()):
        """Without faults; an empty list has none either, but the points that are met are told."""
        return Started(self, shape or next(self.shapes), faults, extra)

    def epochs(self):
        """The newest epoch that is committed; 0 if none is."""
        folder = self.place.path(f"lake/_runs/{self.name}/epochs")
        names = os.listdir(folder) if os.path.isdir(folder) else []
        return max([int(n[:-5]) for n in names if n.endswith(".json")], default=0)

    def fail(self, what):
        self.bad.append(f"{self.name}, start {self.starts}: {what}")

    def strike(self, name, faults, shape=None, timeout=30, extra=()):
        """A start that the fault must end; gives its exit codes."""
        started = self.start(shape, faults, extra)
        codes = started.wait(timeout)
        started.kill()
        if codes is None:
            self.fail(f"{name}: nothing came of {faults}")
            return []
        points = [fault.split(":")[0] for fault in faults.split(",")]
        # The last one is what ends it; those before it lead there.
        self.tally.add(points[-1], struck=1)
        self.struck.append(points[-1])
        self.kills += 1
        return codes

    def until_epoch(self, more=1, timeout=30):
        """Waits for so many more epochs."""
        goal, deadline = self.epochs() + more, time.monotonic() + timeout
        while self.epochs() < goal:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.01)
        return True


class Started:
    """The processes of one start; each leads a process group of its own."""

    def __init__(self, run, shape, faults, extra):
        run.starts += 1
        self.run, self.shape, self.absorbed = run, shape, False
        self.hits = run.place.path(f"hits/{run.name}-{run.starts}")
        self.before = run.epochs()
        env = dict(run.place.env)
        if faults is not None:
            env.update(TAPEFLOW_FAULTS=faults, TAPEFLOW_FAULT_LOG=self.hits)
        command = [run.place.program, "run", f"{run.name}.toml", "--workers", str(shape.workers),
                   "--quiet", *extra]
        if shape.hosts:
            hosts = ",".join(f"127.0.0.{i + 1}:{free_port(f'127.0.0.{i + 1}')}"
                             for i in range(shape.processes))
            commands = [[*command, "--hosts", hosts, "--process", str(i)]
                        for i in range(shape.processes)]
        elif shape.processes > 1:
            commands = [[*command, "--processes", str(shape.processes)]]
        else:
            commands = [command]
        run.log.write(f"--- start {run.starts}: {shape}, {faults or 'no fault'}\n")
        run.log.flush()
        self.offset = os.path.getsize(run.log_path)
        self.programs = [
            subprocess.Popen(c, cwd=run.place.folder, env=env, stdout=run.log, stderr=run.log,
                             start_new_session=True) for c in commands]
        run.place.begun += self.programs

    def said(self):
        with open(self.run.log_path) as file:
            file.seek(self.offset)
            return file.read()

    def codes(self):
        """The exit codes, once all have ended."""
        codes = [program.poll() for program in self.programs]
        return None if None in codes else codes

    def wait(self, timeout):
        deadline = time.monotonic() + timeout
        while self.codes() is None and time.monotonic() < deadline:
            time.sleep(0.005)
        if self.codes() is not None:
            self.absorb()
        return self.codes()

    def ended_early(self):
        return any(program.poll() is not None for program in self.programs)

    def signal(self, which):
        for program in self.programs:
            if program.poll() is None:
                os.killpg(program.pid, which)

    def kill(self):
        """All of it, without warning."""
        for program in self.programs:
            try:
                os.killpg(program.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            program.wait()
        self.absorb()

    def kill_one(self):
        """One process of several. The others must find that they cannot go on alone."""
        if self.shape.hosts:
            victim = self.run.rng.choice(self.programs)
            os.killpg(victim.pid, signal.SIGKILL)
            # Before all are there, those that are wait a minute for the others.
            if self.run.epochs() > self.before and self.wait(15) is None:
                self.run.fail("a process went on although the other was killed")
            return
        children = children_of(self.programs[0].pid)
        if children:
            try:
                os.kill(self.run.rng.choice(children), signal.SIGKILL)
            except ProcessLookupError:
                pass

    def met(self, point):
        return sum(1 for met, _ in self.points() if met == point)

    def points(self):
        if not os.path.exists(self.hits):
            return []
        with open(self.hits) as file:
            lines = [line.split() for line in file]
        return [(line[0], int(line[2])) for line in lines if len(line) == 3]

    def absorb(self):
        """Takes over what was met, and what was suppressed after the strikes before."""
        if self.absorbed:
            return
        self.absorbed, points = True, self.points()
        for point, _ in points:
            self.run.tally.add(point, met=1)
        whole = sum(count for point, count in points if point == "sink.suppressed_all")
        suppressed = whole or max([count for _, count in points], default=0)
        if suppressed:
            for point in self.run.struck:
                self.run.tally.add(point, suppressed=suppressed)
            self.run.struck = []


def children_of(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            return [int(child) for child in file.read().split()]
    except OSError:
        said = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True).stdout
        return [int(child) for child in said.split()]


def free_port(host):
    with socket.socket() as probe:
        probe.bind((host, 0))
        return probe.getsockname()[1]
