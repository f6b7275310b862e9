-- What each unit was, and from when until when: a row changes with what is said of the unit, not with its being said again.
SELECT
  unit,
  manufacturer_name,
  company_id,
  company_name,
  vehicle_type,
  length_m,
  changed_at AS valid_from,
  lead(changed_at) OVER (PARTITION BY unit ORDER BY changed_at) AS valid_to
FROM (
  SELECT
    *,
    lag(changed_at) OVER (PARTITION BY unit ORDER BY changed_at) AS previous_at,
    lag(manufacturer_name) OVER (PARTITION BY unit ORDER BY changed_at) AS previous_manufacturer_name,
    lag(company_id) OVER (PARTITION BY unit ORDER BY changed_at) AS previous_company_id,
    lag(company_name) OVER (PARTITION BY unit ORDER BY changed_at) AS previous_company_name,
    lag(vehicle_type) OVER (PARTITION BY unit ORDER BY changed_at) AS previous_vehicle_type,
    lag(length_m) OVER (PARTITION BY unit ORDER BY changed_at) AS previous_length_m
  FROM transport_unit_descriptions_current
) e
WHERE previous_at IS NULL
  OR manufacturer_name IS DISTINCT FROM previous_manufacturer_name
  OR company_id IS DISTINCT FROM previous_company_id
  OR company_name IS DISTINCT FROM previous_company_name
  OR vehicle_type IS DISTINCT FROM previous_vehicle_type
  OR length_m IS DISTINCT FROM previous_length_m
