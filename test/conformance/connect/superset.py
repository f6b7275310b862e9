"""Takes an address of SQLAlchemy as its argument, as Superset does, and writes a query for it without asking anybody."""

import sys

from sqlalchemy import Column, Double, MetaData, String, Table, create_engine, select

engine = create_engine(sys.argv[1])
arguments = engine.dialect.create_connect_args(engine.url)[1]
assert arguments["region_name"] == "eu-central-1", arguments
assert arguments["schema_name"] == "tributary_dev", arguments
assert arguments["work_group"] == "tributary-dev", arguments
daily = Table("weather_daily", MetaData(), Column("location", String), Column("avg_temperature_c", Double))
print(select(daily).where(daily.c.location == "Chicago").limit(10).compile(engine, compile_kwargs={"literal_binds": True}))
