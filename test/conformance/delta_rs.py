"""What delta-rs makes of a table: `dump TABLE OUT` writes its rows as one Parquet file, `append TABLE FROM` appends rows,
`optimize TABLE` compacts small files, `vacuum TABLE` deletes what nothing refers to any more, without a grace period."""

import os
import sys

import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import DeltaTable, write_deltalake


def dump(table, out):
    rows = DeltaTable(table).to_pyarrow_table()
    os.makedirs(out, exist_ok=True)
    pq.write_table(rows, os.path.join(out, "rows.parquet"))
    print(rows.num_rows)


def append(table, source):
    rows = pq.ParquetFile(os.path.join(source, "rows.parquet")).read()
    write_deltalake(table, pa.table(rows), mode="append")
    print(DeltaTable(table).version())


def optimize(table):
    print(DeltaTable(table).optimize.compact())


def vacuum(table):
    print(len(DeltaTable(table).vacuum(retention_hours=0, dry_run=False, enforce_retention_duration=False)))


{"dump": dump, "append": append, "optimize": optimize, "vacuum": vacuum}[sys.argv[1]](*sys.argv[2:])

# its threads sometimes abort the interpreter's orderly end, after all is done
sys.stdout.flush()
os._exit(0)
