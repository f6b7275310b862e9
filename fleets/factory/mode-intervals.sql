-- Each unit mode that a line reported, until it reports the next; after seven days without one, nobody knows.
SELECT
  w.window_start,
  m.site,
  m.area,
  m.line,
  m.mode,
  n.name AS mode_name,
  coalesce(n.changeover, false) AS changeover,
  m.reported_at AS mode_start,
  CASE WHEN m.next_at <= m.carried_until THEN m.next_at END AS mode_end,
  least(coalesce(m.next_at, m.carried_until), m.carried_until) AS known_until
FROM (
  SELECT
    site,
    area,
    line,
    mode,
    reported_at,
    reported_at + INTERVAL '7' DAY AS carried_until,
    lead(reported_at) OVER (PARTITION BY site, area, line ORDER BY reported_at) AS next_at
  FROM factory_modes_current
) m
JOIN windows w ON m.reported_at >= w.window_start AND m.reported_at < w.window_end
LEFT JOIN unit_modes n ON n.mode = m.mode
