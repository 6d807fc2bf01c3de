"""Deaths that need more than one process or a signal: savepoints, zombies, brokers, clocks."""

import re
import signal
import subprocess
import time

from live import KAFKA, ONE, PROCESSES, THREE, TWO

# Longer than the transactions of a producer may take.
TRANSACTION_TIMEOUT = 60


def kafka(*arguments):
    subprocess.run(["bash", KAFKA, *arguments], check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)


def restart(node, folder):
    """Brings a node back, which on a busy machine may take longer than the script waits."""
    try:
        kafka("restart", node, "--dir", folder)
    except subprocess.CalledProcessError:
        kafka("start", "--dir", folder)


def savepoints(run):
    """Stops the run, and kills it at the last steps of that; then on with other workers."""
    for point in ["savepoint.before_manifest", "savepoint.after_manifest", None]:
        started = run.start(None, f"{point}:1:kill" if point else "")
        if not run.until_epoch():
            run.fail("nothing was committed before the savepoint")
        started.signal(signal.SIGTERM)
        codes = started.wait(30)
        started.kill()
        if point is None:
            if codes is None or any(codes) or not run.place.run_info(run.name)["savepoint"]:
                run.fail(f"it did not stop at a savepoint: {codes}")
        elif started.met(point) == 0:
            run.fail(f"{point} was not met")
        else:
            run.tally.add(point, struck=1)
            run.kills += 1


def lost_client(run):
    """A consumer is told that it has lost its brokers: another takes its place and the run goes
    on, until it is killed."""
    started = run.start(TWO, "source.lost:1:error")
    deadline = time.monotonic() + 30
    while started.met("source.replaced") == 0 and time.monotonic() < deadline:
        time.sleep(0.01)
    if started.met("source.replaced") == 0 or not run.until_epoch(3) or started.ended_early():
        run.fail(f"it does not go on with another client: {started.said()[-500:]}")
    started.kill()
    run.tally.add("source.replaced", struck=1)
    run.kills += 1


def gave_way(run, zombie, what):
    """A zombie that was woken must leave by itself, and say why."""
    codes = zombie.wait(60)
    zombie.kill()
    if codes != [3] or "was taken over by generation" not in zombie.said():
        run.fail(f"{what}: exit codes {codes}, {zombie.said()[-500:]}")


def zombie(run, shape, successor, asleep):
    """A group stopped for so long, while another one takes over with other workers."""
    old = run.start(shape, "")
    run.until_epoch()
    old.signal(signal.SIGSTOP)
    stopped = time.monotonic()
    new = run.start(successor, "", ["--take-over"])
    if not run.until_epoch(3, 90):
        run.fail("the successor of a zombie commits nothing")
    time.sleep(max(0, stopped + asleep - time.monotonic()))
    old.signal(signal.SIGCONT)
    gave_way(run, old, "a zombie")
    if not run.until_epoch(2):
        run.fail("the successor does not outlive the zombie")
    new.kill()
    run.tally.add("zombie woken", met=1, struck=1)
    run.kills += 1


def last_epoch_of_a_zombie(run):
    """It has looked for newer generations, stops, and creates its epoch when it is woken. Where its
    publisher is told first that another writes, it ends without: then once more."""
    for _ in range(3):
        if zombie_commits(run):
            run.tally.add("zombie's last epoch", met=1, struck=1)
            return
    run.fail("no zombie came to create its last epoch")


def zombie_commits(run):
    old = run.start(TWO, "store.manifest:2:stop")
    deadline = time.monotonic() + 30
    while old.met("store.manifest") < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(0.1)
    before = run.epochs()
    new = run.start(THREE, "store.manifest:1:sleep:8000", ["--take-over"])
    deadline = time.monotonic() + 90
    while new.met("store.manifest") < 1 and time.monotonic() < deadline:
        time.sleep(0.01)
    old.signal(signal.SIGCONT)
    gave_way(run, old, "a zombie that commits")
    run.kills += 1
    if run.epochs() == before:
        new.kill()
        return False
    codes = new.wait(30)
    new.kill()
    if run.epochs() != before + 1 or codes != [1] or "committed by another" not in new.said():
        run.fail(f"epoch {before} to {run.epochs()}, the successor ended with {codes}: "
                 f"{new.said()[-500:]}")
    return True


def zombies(run, rounds):
    """One that sleeps beyond the transaction timeout, and some that need not."""
    last_epoch_of_a_zombie(run)
    zombie(run, TWO, THREE, TRANSACTION_TIMEOUT + 5)
    for number in range(1, rounds):
        zombie(run, PROCESSES if number % 2 else ONE, TWO, 0)


def broker_restart(runs, folder, node="1"):
    """A broker dies while runs go on, and comes back; says how many of them outlived it."""
    started = [run.start(TWO, "") for run in runs]
    for run in runs:
        run.until_epoch(2)
    alive = [start.codes() is None for start in started]
    kafka("kill", node, "--dir", folder)
    time.sleep(1)
    restart(node, folder)
    outlived = 0
    for run, start, was in zip(runs, started, alive):
        outlived += run.until_epoch(2, 60) and not start.ended_early()
        start.kill()
        run.tally.add("broker restart", met=1, struck=int(was))
    return outlived


def clock_jumps(run, seconds):
    """The clock that fences go by jumps, and the run is killed around it."""
    jumps = ["2000", "-5000", "-3600000", "4000", "-90000"]
    deadline, number = time.monotonic() + seconds, 0
    while time.monotonic() < deadline:
        jump = jumps[number % len(jumps)]
        started = run.start(None, f"run.recovered:1:jump:{jump}" if number % 2
                            else f"checkpoint.before_files:1:jump:{jump}")
        number += 1
        before = run.epochs()
        run.until_epoch(2, 12)
        time.sleep(run.rng.uniform(0, 0.5))
        run.tally.add("clock jump", met=1, struck=int(run.epochs() > before))
        if started.ended_early():
            run.fail(f"it ended by itself: {started.codes()}, {started.said()[-500:]}")
        started.kill()
        run.kills += 1


def disturb(place, topic):
    """Adds to a topic what its publisher never writes: records that cannot be decoded, that come
    late, and several of one instant."""
    trades, deadline = [], time.monotonic() + 30
    while len(trades) < 100 and time.monotonic() < deadline:
        said = place.tapeflow("tap", topic, "--from", "beginning", "--until-end", "--json")
        trades = [line for line in said.splitlines() if '"type":"trade"' in line]
    lines = []
    for number, trade in enumerate(trades[:100]):
        symbol = re.search(r'"symbol":"(\w+)"', trade)[1]
        key = f"demo:{symbol}"
        lines += [f"{key}\t{trade}", f"{key}\t{trade}"]
        if number % 5 == 0:
            lines += [f"{key}\tnothing that anyone could read", f"{key}\t{trade[:-7]}"]
    place.produce(topic, lines)
    return len(lines)
