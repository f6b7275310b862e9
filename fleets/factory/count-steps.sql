-- By how much a line's counters went on with each report. A counter that fell was set back to nothing in between.
-- The first report of a counter, or the first in seven days, says nothing of how much was made since when.
SELECT
  w.window_start,
  c.site,
  c.area,
  c.line,
  c.counter,
  c.product,
  c.reported_at,
  CASE
    WHEN c.previous_at IS NULL OR date_diff('millisecond', c.previous_at, c.reported_at) > 604800000 THEN 0
    WHEN c.acc_count >= c.previous_count THEN c.acc_count - c.previous_count
    ELSE c.acc_count
  END AS step
FROM (
  SELECT
    site,
    area,
    line,
    counter,
    product,
    reported_at,
    acc_count,
    lag(reported_at) OVER (PARTITION BY site, area, line, counter, product ORDER BY reported_at) AS previous_at,
    lag(acc_count) OVER (PARTITION BY site, area, line, counter, product ORDER BY reported_at) AS previous_count
  FROM factory_counts_current
) c
JOIN windows w ON c.reported_at >= w.window_start AND c.reported_at < w.window_end
