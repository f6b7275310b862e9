-- How long each line was in each state, and how often it came into it: the histogram of states, and the stops by their weight.
SELECT
  w.window_start,
  max(w.window_end) AS window_end,
  s.site,
  s.area,
  s.line,
  s.state,
  max(s.state_name) AS state_name,
  max(s.class) AS class,
  sum(
    date_diff(
      'millisecond',
      greatest(s.state_start, w.window_start),
      least(s.known_until, least(w.window_end, w.as_of))
    )
  ) / 1e3 AS seconds,
  count_if(s.state_start >= w.window_start AND s.previous_state IS DISTINCT FROM s.state) AS entries
FROM windows w
JOIN factory_state_intervals s
  ON s.state_start < least(w.window_end, w.as_of) AND s.known_until > w.window_start
WHERE w.window_start < w.as_of
GROUP BY w.window_start, s.site, s.area, s.line, s.state
