-- Each state that a line reported, until it reports the next; after seven days without one, nobody knows.
-- `state_end` is null where no other state followed in time; `known_until` is how far the state may be relied upon.
SELECT
  w.window_start,
  s.site,
  s.area,
  s.line,
  s.state,
  c.name AS state_name,
  c.class,
  s.reported_at AS state_start,
  CASE WHEN s.next_at <= s.carried_until THEN s.next_at END AS state_end,
  least(coalesce(s.next_at, s.carried_until), s.carried_until) AS known_until,
  CASE WHEN date_diff('millisecond', s.previous_at, s.reported_at) <= 604800000 THEN s.previous_state END AS previous_state
FROM (
  SELECT
    site,
    area,
    line,
    state,
    reported_at,
    reported_at + INTERVAL '7' DAY AS carried_until,
    lead(reported_at) OVER (PARTITION BY site, area, line ORDER BY reported_at) AS next_at,
    lag(reported_at) OVER (PARTITION BY site, area, line ORDER BY reported_at) AS previous_at,
    lag(state) OVER (PARTITION BY site, area, line ORDER BY reported_at) AS previous_state
  FROM factory_states_current
) s
JOIN windows w ON s.reported_at >= w.window_start AND s.reported_at < w.window_end
LEFT JOIN state_classes c ON c.state = s.state
