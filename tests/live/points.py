"""What dies where: every step of the protocol, in the order in which it is struck.

A step is what it shows and the faults of one start, the last of which ends the process. Whatever a
step leaves is what the next one begins with."""

# While this holds the checkpoint back, rows go out that the next start must suppress.
NO_CHECKPOINT = "commit.before_manifest:1:sleep:20000"
# Which of the commits loses its answer is a matter of timing: some do.
UNKNOWN = ",".join(f"sink.commit:{n}:error" for n in range(4, 12)) + ",sink.commit_unknown:1:kill"

STARTS = [
    ("a claim that fails", "store.claim:1:error"),
    ("a claim whose answer is lost", "store.claim_answer:1:error"),
    ("after the claim", "run.claimed:1:kill"),
    ("two quick restarts", "run.claimed:1:kill"),
    ("before the first record", "run.recovered:1:kill"),
]
CHECKPOINTS = [
    ("before files of a checkpoint", "checkpoint.before_files:2:kill"),
    ("after files and state", "checkpoint.after_state:2:kill"),
    ("before the manifest", "commit.before_manifest:1:kill"),
    ("after the manifest", "commit.after_manifest:1:kill"),
    ("a manifest that is not created", "store.manifest:1:error"),
    ("created, and answered with an error", "store.manifest_answer:1:error"),
    ("created, and dead before the answer", "store.manifest_answer:2:kill"),
    ("a store that does not answer a reader", "store.read:2:error"),
    ("a full disk", "store.write:5:error"),
    ("power cut while a file is written", "store.cut_in_file:4:error"),
    ("power cut before the manifest", "store.cut_in_manifest:1:error"),
    ("power cut after a rename", "store.cut_after_rename:1:error"),
]
TRANSACTIONS = [
    ("between inits", "sink.before_init:2:kill"),
    ("between inits", "sink.after_init:1:kill"),
    ("in an empty transaction", "sink.after_begin:9:kill"),
    ("before progress", "sink.before_progress:10:kill"),
    ("before the commit", "sink.before_commit:11:kill"),
    ("an unknown commit", UNKNOWN),
]
SUPPRESSION = [
    ("after a commit", f"{NO_CHECKPOINT},sink.after_commit:30:kill"),
    ("the first suppressed row", "sink.suppressed_first:1:kill"),
    ("twice during suppression", "sink.suppressed_half:1:kill"),
    ("the last suppressed row", "sink.suppressed_all:1:kill"),
]
PUBLISHING = [
    ("before an outbox is published", "sink.before_publish:1:kill"),
    ("again", "sink.before_publish:1:kill"),
    ("a later one", "sink.before_publish:4:kill"),
    ("after a commit", "sink.after_commit:8:kill"),
]
GARBAGE = [
    ("before garbage is collected", "garbage.before:1:kill"),
    ("between two files", "garbage.removed:2:kill"),
    ("between two manifests", "garbage.epoch:1:kill"),
]

STEPS = {
    "replay_dedup": STARTS + TRANSACTIONS + SUPPRESSION + CHECKPOINTS + SUPPRESSION,
    "outbox": TRANSACTIONS + PUBLISHING + CHECKPOINTS,
    "at_least_once": STARTS + CHECKPOINTS,
}
# After these rows must have been suppressed: they were sent, and no checkpoint knew.
SUPPRESSED = ["sink.after_commit", "sink.suppressed_first", "sink.suppressed_half"]
# Struck by hand: a savepoint needs a signal, a zombie another group, and a replaced client is
# outlived.
BY_HAND = [
    "source.replaced",
    "savepoint.before_manifest", "savepoint.after_manifest", "zombie woken", "zombie's last epoch",
    "broker restart", "clock jump",
]


def all_points():
    steps = [step for steps in STEPS.values() for step in steps] + GARBAGE
    points = [faults.split(",")[-1].split(":")[0] for _, faults in steps]
    return list(dict.fromkeys(points + BY_HAND))
