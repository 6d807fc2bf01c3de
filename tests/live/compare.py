"""Is what a killed run left the same as what an undisturbed run and the oracle give?"""

from datetime import datetime, timezone
import json

from job import STREAMS


def records(place, run, stream):
    """Records of a topic by partition: key, headers and value, without the run's name."""
    parts = {}
    said = place.tapeflow("tap", f"{run}.{stream}", "--from", "beginning", "--until-end", "--full")
    for line in said.splitlines():
        record = json.loads(line)
        # Marks of progress stand where the timing put them.
        if '"type":"complete"' in record["value"]:
            continue
        value = record["value"].replace(f'"run":"{run}"', '"run":"RUN"')
        found = (record["key"], tuple(map(tuple, record["headers"])), value)
        parts.setdefault(record["partition"], []).append(found)
    return parts


def unrepeated(parts, bad, what):
    """Records that may come twice: the second must be like the first, id and bytes."""
    once, again = {}, 0
    for partition, found in parts.items():
        seen = {}
        for key, headers, value in found:
            (name, record_id), = headers
            if name != "id" or json.loads(value)["id"] != record_id:
                bad.append(f"{what}-{partition}: the header says {name} {record_id}")
            if record_id not in seen:
                seen[record_id] = (key, headers, value)
            elif seen[record_id] != (key, headers, value):
                bad.append(f"{what}-{partition}: {record_id} came twice and is not the same")
            else:
                again += 1
        # Only the value and the key are of every mode.
        once[partition] = [(key, (), value) for key, _, value in seen.values()]
    return once, again


def compare_topics(place, name, whole, mode, bad):
    """Adds what differs to `bad`; says how many records there are and how many came again."""
    count = repeated = 0
    for stream in STREAMS:
        expected, found = records(place, whole, stream), records(place, name, stream)
        if mode == "at_least_once":
            found, again = unrepeated(found, bad, f"{name}.{stream}")
            repeated += again
        for partition in sorted(set(expected) | set(found)):
            a, b = expected.get(partition, []), found.get(partition, [])
            if a != b:
                pairs = enumerate(zip(a, b))
                first = next((i for i, (x, y) in pairs if x != y), min(len(a), len(b)))
                bad.append(f"{name}.{stream}-{partition}: {len(b)} records instead of {len(a)}, "
                           f"different from record {first} on: {b[first:first + 1]} "
                           f"instead of {a[first:first + 1]}")
        count += sum(map(len, expected.values()))
    return count, repeated


def compare_tables(place, name, whole, bad):
    found, expected = place.run_info(name), place.run_info(whole)
    for table in sorted(set(found["tables"]) | set(expected["tables"])):
        a, b = expected["tables"].get(table), found["tables"].get(table)
        if a != b:
            bad.append(f"{name}, table {table}: {b} instead of {a}")
    return len(expected["tables"])


def compare_oracle(place, whole, ranges, bad):
    """The oracle is one thread without Kafka's sinks and without timely."""
    said = json.loads(place.tapeflow("verify", f"{whole}.toml", "--offsets", ranges, "--workers",
                                     "1", "--cuts", "0", "--json", fine=(0, 1)))
    tables = place.run_info(whole)["tables"]
    total = sum(int(table["digest"], 16) for table in tables.values()) % 2**128
    oracle = said["compared"][0]
    if not said["ok"]:
        bad.append(f"the oracle: {said['first_difference']}")
    if f"{total:032x}" != oracle["digest"]:
        bad.append(f"{whole} has digest {total:032x}, the oracle {oracle['digest']}")
    rows = sum(table["rows"] for table in tables.values())
    if rows != oracle["rows"]:
        bad.append(f"{whole} has {rows} rows, the oracle {oracle['rows']}")
    return oracle["rows"]


def nanoseconds(text):
    seconds, _, fraction = text.rstrip("Z").partition(".")
    at = datetime.fromisoformat(seconds).replace(tzinfo=timezone.utc)
    return int(at.timestamp()) * 10**9 + int(fraction.ljust(9, "0"))


def place_of(row):
    """What a row and its record are known by: its place in the order of everything."""
    names = ["received", "source_rank", "source_partition", "source_offset", "operator", "seq"]
    return (nanoseconds(row["ts"]), *(row[name] for name in names), row.get("symbol"),
            row.get("account"))


def compare_with_tables(place, run, bad):
    """Topics hold the rows of the tables, which are the oracle's: each once, and in order."""
    for stream in STREAMS:
        said = place.tapeflow("sql", "--run", run, "--format", "json", f"SELECT * FROM {stream}")
        rows = {place_of(row): row for row in json.loads(said)}
        left = set(rows)
        for partition, found in records(place, run, stream).items():
            last = None
            for _, _, value in found:
                record = json.loads(value)
                *key, _, seq = map(int, record["id"].split("."))
                key = (*key, seq, record.get("symbol"), record.get("account"))
                if key not in left:
                    bad.append(f"{run}.{stream}: {record['id']} is in no table, or twice")
                    continue
                left.remove(key)
                if last is not None and key[:6] < last[:6]:
                    bad.append(f"{run}.{stream}-{partition}: {record['id']} is out of order")
                last = key
                for name, expected in rows[key].items():
                    if name in ("ts", "run") or name.endswith("_ts") or name not in record:
                        continue
                    said = record[name]
                    same = said == expected if isinstance(expected, str) else \
                        float(said) == expected
                    if not same:
                        bad.append(f"{run}.{stream}: {record['id']}: {name} is {said}, the table "
                                   f"says {expected}")
        if left:
            bad.append(f"{run}.{stream} lacks {len(left)} rows of the table")
    return len(bad)
