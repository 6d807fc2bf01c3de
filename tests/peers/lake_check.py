#!/usr/bin/env python3
"""Opens every table of a lake with plain read_parquet in DuckDB, pandas and Polars.

    lake_check.py LAKE_DIR

For each table all three must count the same rows, and each exact number must give its plain one:
price = price_raw / 10^price_scale. One line a table and reader; exits 1 when one disagrees.
"""
import pathlib
import sys

import duckdb
import numpy
import pandas
import polars


def with_duckdb(pattern):
    """Rows, and for each number how many rows disagree."""
    rows = f"read_parquet('{pattern}', hive_partitioning = true)"
    columns = [c[0] for c in duckdb.sql(f"DESCRIBE SELECT * FROM {rows}").fetchall()]
    wrong = {}
    for name in numbers(columns):
        differs = f"{name} IS DISTINCT FROM {name}_raw / (10::DOUBLE ** {name}_scale)"
        wrong[name] = count(f"{rows} WHERE {differs}")
    return count(rows), columns, wrong


def count(rows):
    return duckdb.sql(f"SELECT count(*) FROM {rows}").fetchall()[0][0]


def with_pandas(folder):
    rows = pandas.read_parquet(folder)
    wrong = {
        name: disagree(rows[name], rows[f"{name}_raw"], rows[f"{name}_scale"])
        for name in numbers(rows.columns)
    }
    return len(rows), list(rows.columns), wrong


def with_polars(pattern):
    rows = polars.read_parquet(pattern, hive_partitioning=True)
    column = lambda name: rows[name].cast(polars.Float64).to_numpy()
    wrong = {
        name: disagree(column(name), column(f"{name}_raw"), column(f"{name}_scale"))
        for name in numbers(rows.columns)
    }
    return len(rows), rows.columns, wrong


def numbers(columns):
    return [c.removesuffix("_raw") for c in columns if c.endswith("_raw")]


def disagree(plain, raw, scale):
    plain, raw, scale = (numpy.asarray(c, dtype=float) for c in (plain, raw, scale))
    exact = raw / 10.0**scale
    return int((~((plain == exact) | (numpy.isnan(plain) & numpy.isnan(exact)))).sum())


def main(lake):
    tables = sorted({p.parts[len(lake.parts)] for p in lake.glob("*/**/*.parquet")})
    if not tables:
        print(f"{lake} holds no table")
        return 1
    failed = False
    for table in tables:
        pattern = str(lake / table / "**" / "*.parquet")
        readers = {
            "duckdb": lambda: with_duckdb(pattern),
            "pandas": lambda: with_pandas(lake / table),
            "polars": lambda: with_polars(pattern),
        }
        expected = None
        for reader, read in readers.items():
            try:
                rows, columns, wrong = read()
            except Exception as error:  # whatever a reader raises is what it finds wrong
                failed = True
                print(f"FAIL {table:12} {reader:7} {error}")
                continue
            expected = rows if expected is None else expected
            keyed = "date" in columns and ("venue" in columns or "run" in columns)
            good = rows == expected and keyed and not any(wrong.values())
            failed |= not good
            checked = ", ".join(f"{name} {bad} wrong" for name, bad in wrong.items())
            print(f"{'ok  ' if good else 'FAIL'} {table:12} {reader:7} {rows:>10} rows  {checked}")
    return int(failed)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(pathlib.Path(sys.argv[1]).resolve()))
