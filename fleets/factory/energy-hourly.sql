-- Energy of each area, and what a good part of its lines cost of it.
SELECT
  e.window_start,
  e.window_end,
  e.site,
  e.area,
  e.energy_kwh,
  g.good,
  CASE WHEN g.good > 0 THEN e.energy_kwh / g.good END AS kwh_per_good_part
FROM (
  SELECT w.window_start, max(w.window_end) AS window_end, s.site, s.area, sum(s.energy_kwh) AS energy_kwh
  FROM windows w
  JOIN factory_energy_steps s ON s.reported_at >= w.window_start AND s.reported_at < w.window_end
  GROUP BY w.window_start, s.site, s.area
) e
LEFT JOIN (
  SELECT window_start, site, area, sum(good) AS good
  FROM factory_oee_hourly
  GROUP BY window_start, site, area
) g ON g.window_start = e.window_start AND g.site = e.site AND g.area = e.area
