-- The lake in DuckDB: `duckdb -init infra/duckdb.sql`, in the folder that holds ./lake.
-- Only committed rows are there after a clean end, or after `tapeflow runs repair`.
-- Prices and quantities are doubles; `price_raw / 10^price_scale` is exact. Amounts of money have
-- an exact twin, as in `amount_exact`.
CREATE OR REPLACE MACRO lake(name) AS TABLE
    SELECT * FROM read_parquet('lake/' || name || '/**/*.parquet',
                               hive_partitioning = true, union_by_name = true);
-- SELECT * FROM lake('fills') ORDER BY ts;
