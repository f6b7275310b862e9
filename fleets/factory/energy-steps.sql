-- How much energy each generator gave between its reports (kWh). A meter that fell was set back to nothing in between.
-- Where a generator was moved, what it gave on the way counts for the area that it reports from.
SELECT
  w.window_start,
  g.site,
  g.area,
  g.generator,
  g.reported_at,
  CASE
    WHEN g.previous_at IS NULL OR date_diff('millisecond', g.previous_at, g.reported_at) > 604800000 THEN 0
    WHEN g.energy_kwh >= g.previous_kwh THEN g.energy_kwh - g.previous_kwh
    ELSE g.energy_kwh
  END AS energy_kwh
FROM (
  SELECT
    site,
    area,
    generator,
    reported_at,
    energy_kwh,
    lag(reported_at) OVER (PARTITION BY generator ORDER BY reported_at) AS previous_at,
    lag(energy_kwh) OVER (PARTITION BY generator ORDER BY reported_at) AS previous_kwh
  FROM factory_generators_current
) g
JOIN windows w ON g.reported_at >= w.window_start AND g.reported_at < w.window_end
