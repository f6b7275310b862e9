-- Key figures of each line and window, by the formulas of src/oee/key-figures.ts. Times are cut at the window's borders and
-- at `as_of`; whether a stop is a microstop is decided by all of it, beyond these borders too.
WITH
stretches AS (
  SELECT
    w.window_start,
    w.window_end,
    least(w.window_end, w.as_of) AS until,
    k.microstop_ms,
    s.site,
    s.area,
    s.line,
    coalesce(s.class, 'unknown') AS class,
    s.state_start AS a,
    least(s.known_until, w.as_of) AS b
  FROM windows w
  CROSS JOIN oee_settings k
  JOIN factory_state_intervals s
    ON s.state_start < w.window_end + INTERVAL '1' SECOND * k.microstop_s
    AND s.known_until > w.window_start - INTERVAL '1' SECOND * k.microstop_s
    AND s.state_start < w.as_of
  WHERE w.window_start < w.as_of
),
marked AS (
  SELECT
    *,
    CASE
      WHEN class = 'availability'
        AND lag(class) OVER (PARTITION BY window_start, site, area, line ORDER BY a) = 'availability'
        AND lag(b) OVER (PARTITION BY window_start, site, area, line ORDER BY a) = a
      THEN 0
      ELSE 1
    END AS begins
  FROM stretches
),
numbered AS (
  SELECT *, sum(begins) OVER (PARTITION BY window_start, site, area, line ORDER BY a ROWS UNBOUNDED PRECEDING) AS run
  FROM marked
),
measured AS (
  SELECT
    *,
    min(a) OVER (PARTITION BY window_start, site, area, line, run) AS run_start,
    max(b) OVER (PARTITION BY window_start, site, area, line, run) AS run_end
  FROM numbered
),
cut AS (
  SELECT
    window_start,
    window_end,
    until,
    site,
    area,
    line,
    CASE
      WHEN class = 'availability' AND date_diff('millisecond', run_start, run_end) <= microstop_ms THEN 'microstop'
      ELSE class
    END AS class,
    CASE WHEN a = run_start AND a >= window_start AND a < window_end THEN 1 ELSE 0 END AS starts,
    greatest(a, window_start) AS a,
    least(b, until) AS b
  FROM measured
),
times AS (
  SELECT
    window_start,
    site,
    area,
    line,
    sum(CASE WHEN class = 'productive' THEN date_diff('millisecond', a, b) ELSE 0 END) AS productive_ms,
    sum(CASE WHEN class = 'performance' THEN date_diff('millisecond', a, b) ELSE 0 END) AS slow_ms,
    sum(CASE WHEN class = 'microstop' THEN date_diff('millisecond', a, b) ELSE 0 END) AS microstop_ms,
    sum(CASE WHEN class = 'availability' THEN date_diff('millisecond', a, b) ELSE 0 END) AS stopped_ms,
    sum(CASE WHEN class = 'excluded' THEN date_diff('millisecond', a, b) ELSE 0 END) AS excluded_ms,
    sum(CASE WHEN class = 'microstop' THEN starts ELSE 0 END) AS microstops,
    sum(CASE WHEN class = 'availability' THEN starts ELSE 0 END) AS stops
  FROM cut
  WHERE a < b
  GROUP BY window_start, site, area, line
),
ideal AS (
  SELECT
    c.window_start,
    c.site,
    c.area,
    c.line,
    sum(date_diff('millisecond', greatest(c.a, d.speed_start), least(c.b, d.known_until))) AS ideal_ms,
    sum(date_diff('millisecond', greatest(c.a, d.speed_start), least(c.b, d.known_until)) * d.design_speed / 6e4) AS ideal_parts
  FROM cut c
  JOIN factory_design_speed_intervals d
    ON d.site = c.site AND d.area = c.area AND d.line = c.line
    AND d.speed_start < c.b AND d.known_until > c.a
  WHERE c.a < c.b AND c.class IN ('productive', 'performance', 'microstop')
  GROUP BY c.window_start, c.site, c.area, c.line
),
changeovers AS (
  SELECT
    w.window_start,
    m.site,
    m.area,
    m.line,
    sum(date_diff(
      'millisecond',
      greatest(m.mode_start, w.window_start),
      least(m.known_until, least(w.window_end, w.as_of))
    )) AS changeover_ms
  FROM windows w
  JOIN factory_mode_intervals m
    ON m.mode_start < least(w.window_end, w.as_of) AND m.known_until > w.window_start
  WHERE m.changeover AND w.window_start < w.as_of
  GROUP BY w.window_start, m.site, m.area, m.line
),
parts AS (
  SELECT
    w.window_start,
    c.site,
    c.area,
    c.line,
    sum(CASE WHEN c.counter = 'ProdConsumedCount' THEN c.step END) AS consumed,
    sum(CASE WHEN c.counter = 'ProdProcessedCount' THEN c.step END) AS processed,
    sum(CASE WHEN c.counter = 'ProdDefectiveCount' THEN c.step END) AS defective
  FROM windows w
  JOIN factory_count_steps c ON c.reported_at >= w.window_start AND c.reported_at < w.window_end
  GROUP BY w.window_start, c.site, c.area, c.line
),
lines AS (
  SELECT window_start, site, area, line FROM times
  UNION
  SELECT window_start, site, area, line FROM parts
),
figures AS (
  SELECT
    l.window_start,
    l.site,
    l.area,
    l.line,
    coalesce(t.productive_ms, 0) + coalesce(t.slow_ms, 0) + coalesce(t.microstop_ms, 0) AS available_ms,
    coalesce(t.slow_ms, 0) AS slow_ms,
    coalesce(t.microstop_ms, 0) AS microstop_ms,
    coalesce(t.stopped_ms, 0) AS stopped_ms,
    coalesce(t.excluded_ms, 0) AS excluded_ms,
    coalesce(t.microstops, 0) AS microstops,
    coalesce(t.stops, 0) AS stops,
    coalesce(o.changeover_ms, 0) AS changeover_ms,
    coalesce(i.ideal_ms, 0) AS ideal_ms,
    coalesce(i.ideal_parts, 0) AS ideal_parts,
    p.consumed,
    p.processed,
    coalesce(p.defective, CASE WHEN p.processed IS NOT NULL THEN 0 END) AS defective
  FROM lines l
  LEFT JOIN times t
    ON t.window_start = l.window_start AND t.site = l.site AND t.area = l.area AND t.line = l.line
  LEFT JOIN ideal i
    ON i.window_start = l.window_start AND i.site = l.site AND i.area = l.area AND i.line = l.line
  LEFT JOIN changeovers o
    ON o.window_start = l.window_start AND o.site = l.site AND o.area = l.area AND o.line = l.line
  LEFT JOIN parts p
    ON p.window_start = l.window_start AND p.site = l.site AND p.area = l.area AND p.line = l.line
),
ratios AS (
  SELECT
    *,
    CASE
      WHEN available_ms + stopped_ms > 0 THEN available_ms / CAST(available_ms + stopped_ms AS double)
    END AS availability,
    CASE
      WHEN available_ms > 0 AND ideal_ms = available_ms AND ideal_parts > 0 THEN processed / ideal_parts
    END AS performance,
    CASE WHEN processed > 0 THEN (processed - defective) / CAST(processed AS double) END AS quality
  FROM figures
)
SELECT
  r.window_start,
  w.window_end,
  w.shift,
  r.site,
  r.area,
  r.line,
  r.available_ms / 1e3 AS available_s,
  r.slow_ms / 1e3 AS slow_s,
  r.microstop_ms / 1e3 AS microstop_s,
  r.stopped_ms / 1e3 AS stopped_s,
  r.excluded_ms / 1e3 AS excluded_s,
  greatest(
    date_diff('millisecond', w.window_start, least(w.window_end, w.as_of))
      - r.available_ms - r.stopped_ms - r.excluded_ms,
    0
  ) / 1e3 AS unknown_s,
  r.changeover_ms / 1e3 AS changeover_s,
  r.microstops,
  r.stops,
  r.ideal_parts,
  r.consumed,
  r.processed,
  r.defective,
  r.processed - r.defective AS good,
  r.availability,
  r.performance,
  r.quality,
  CASE
    WHEN r.availability = 0 THEN 0
    WHEN r.performance = 0 THEN 0
    ELSE r.availability * r.performance * r.quality
  END AS oee
FROM ratios r
JOIN windows w ON w.window_start = r.window_start
