-- How fast a line is meant to run (parts a minute), until it says otherwise; after seven days nobody knows.
SELECT
  w.window_start,
  d.site,
  d.area,
  d.line,
  d.speed AS design_speed,
  d.reported_at AS speed_start,
  CASE WHEN d.next_at <= d.carried_until THEN d.next_at END AS speed_end,
  least(coalesce(d.next_at, d.carried_until), d.carried_until) AS known_until
FROM (
  SELECT
    site,
    area,
    line,
    speed,
    reported_at,
    reported_at + INTERVAL '7' DAY AS carried_until,
    lead(reported_at) OVER (PARTITION BY site, area, line ORDER BY reported_at) AS next_at
  FROM factory_design_speeds_current
) d
JOIN windows w ON d.reported_at >= w.window_start AND d.reported_at < w.window_end
