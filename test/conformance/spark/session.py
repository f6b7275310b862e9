"""Spark with Delta behind a pipe: one line of JSON asks, one line of JSON answers, until the input ends.

`{"do": "sql", "sql": STATEMENT}` runs a statement, `{"do": "dump", "table": FOLDER, "out": FOLDER}` writes a table's rows as
Parquet. The answer is `{"ok": …}` or `{"error": TEXT}`. The arguments are the jars of Delta and a folder for scratch."""

import json
import os
import sys

from pyspark.sql import SparkSession

# the answers have the standard output for themselves: what Java prints goes where the errors go
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)

jars, scratch = sys.argv[1:]
SETTINGS = {
    "spark.driver.memory": "1g",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.ui.enabled": "false",
    "spark.jars": jars,
    "spark.local.dir": scratch,
    "spark.sql.warehouse.dir": os.path.join(scratch, "warehouse"),
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.shuffle.partitions": "1",
    "spark.databricks.delta.snapshotPartitions": "1",
    # a vacuum without a grace period
    "spark.databricks.delta.retentionDurationCheck.enabled": "false",
}
builder = SparkSession.builder.master("local[1]").appName("conformance")
for name, value in SETTINGS.items():
    builder = builder.config(name, value)
spark = builder.getOrCreate()
spark.sparkContext.setLogLevel("ERROR")


def run_sql(sql):
    return spark.sql(sql).count()


def dump(table, out):
    spark.read.format("delta").load(table).coalesce(1).write.parquet(out)
    return None


def say(answer):
    answers.write(json.dumps(answer) + "\n")
    answers.flush()


say({"ok": spark.version})
for line in sys.stdin:
    ask = json.loads(line)
    try:
        say({"ok": {"sql": run_sql, "dump": dump}[ask.pop("do")](**ask)})
    except Exception as error:
        say({"error": str(error)})
spark.stop()
