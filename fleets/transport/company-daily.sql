-- How the units of a company and type did a day, by what each was at the time. Percentiles are nearest-rank: always a value that was measured.
WITH readings AS (
  SELECT
    w.window_start,
    w.window_end,
    p.unit,
    h.vehicle_type,
    h.company_id,
    h.company_name,
    p.fuel_percentage,
    p.speed_km_h,
    p.engine_temperature
  FROM windows w
  JOIN transport_performance_current p ON p.created_at >= w.window_start AND p.created_at < w.window_end
  LEFT JOIN transport_unit_history h
    ON h.unit = p.unit
    AND h.valid_from <= p.created_at
    AND (h.valid_to IS NULL OR h.valid_to > p.created_at)
),
ranked AS (
  SELECT
    *,
    count(speed_km_h) OVER (PARTITION BY window_start, vehicle_type, company_id, company_name) AS speeds,
    count(engine_temperature) OVER (PARTITION BY window_start, vehicle_type, company_id, company_name) AS temperatures,
    row_number() OVER (
      PARTITION BY window_start, vehicle_type, company_id, company_name ORDER BY speed_km_h NULLS LAST
    ) AS speed_rank,
    row_number() OVER (
      PARTITION BY window_start, vehicle_type, company_id, company_name ORDER BY engine_temperature NULLS LAST
    ) AS temperature_rank
  FROM readings
)
SELECT
  window_start,
  max(window_end) AS window_end,
  vehicle_type,
  company_id,
  company_name,
  count(*) AS readings,
  count(DISTINCT unit) AS units,
  avg(fuel_percentage) AS avg_fuel_percentage,
  avg(speed_km_h) AS avg_speed_km_h,
  max(CASE WHEN speed_rank = ceil(speeds * 9 / 1e1) THEN speed_km_h END) AS p90_speed_km_h,
  avg(engine_temperature) AS avg_engine_temperature,
  max(CASE WHEN temperature_rank = ceil(temperatures * 9 / 1e1) THEN engine_temperature END) AS p90_engine_temperature
FROM ranked
GROUP BY window_start, vehicle_type, company_id, company_name
