"""What delta-rs makes of a table. `dump TABLE OUT` writes its rows as one Parquet file into a new folder, `append TABLE ROWS`
and `merge TABLE ROWS` bring the rows of a Parquet file in, the latter by their `id`, `delete TABLE PREDICATE` deletes,
`optimize TABLE` compacts small files, `vacuum TABLE` deletes what nothing refers to any more, without a grace period."""

import os
import sys

import pyarrow.parquet as pq
from deltalake import DeltaTable, write_deltalake


def dump(table, out):
    rows = DeltaTable(table).to_pyarrow_table()
    os.makedirs(out, exist_ok=True)
    pq.write_table(rows, os.path.join(out, "rows.parquet"))


def append(table, rows):
    write_deltalake(table, pq.ParquetFile(rows).read(), mode="append")


def merge(table, rows):
    merger = DeltaTable(table).merge(
        pq.ParquetFile(rows).read(), predicate="t.id = s.id", source_alias="s", target_alias="t"
    )
    merger.when_matched_update_all().when_not_matched_insert_all().execute()


def delete(table, predicate):
    DeltaTable(table).delete(predicate)


def optimize(table):
    DeltaTable(table).optimize.compact()


def vacuum(table):
    DeltaTable(table).vacuum(retention_hours=0, dry_run=False, enforce_retention_duration=False)


COMMANDS = [dump, append, merge, delete, optimize, vacuum]
{command.__name__: command for command in COMMANDS}[sys.argv[1]](*sys.argv[2:])

# its threads sometimes abort the interpreter's orderly end, after all is done
sys.stdout.flush()
os._exit(0)
