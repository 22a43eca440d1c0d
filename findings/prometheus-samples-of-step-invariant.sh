#!/usr/bin/env bash
# Prometheus evaluates an expression that is the same at every step, such as `sum_over_time(x[1h] @ end())`, once for the
# whole range query, but counts its samples once for every step: totalQueryableSamples of `stats=all` is samples times
# steps. A dashboard that selects its top series with `@ end()` seems to read hundreds of times what it reads. The time
# of evaluation does not grow with the steps; peakSamples has the samples that are in memory.
#
# Needs bash, curl, jq, prometheus and promtool (2.33 or later; seen with 2.42.0). Exits 1 if the behaviour has changed.
set -euo pipefail
folder=$(mktemp -d)
pid=
trap '[ -z "$pid" ] || kill "$pid"; wait; rm -rf "$folder"' EXIT

# One series with 10,000 samples, one a second.
end=$(date +%s)
start=$((end - 9999))
{
  echo '# TYPE x gauge'
  for time in $(seq "$start" "$end"); do echo "x 1 $time"; done
  echo '# EOF'
} >"$folder/x.prom"
promtool tsdb create-blocks-from openmetrics "$folder/x.prom" "$folder/data" >"$folder/promtool.log"
echo '{}' >"$folder/prometheus.yml"
prometheus --config.file="$folder/prometheus.yml" --storage.tsdb.path="$folder/data" \
  --web.listen-address=127.0.0.1:19763 2>"$folder/prometheus.log" &
pid=$!
until curl -sf http://127.0.0.1:19763/-/ready >"$folder/ready"; do kill -0 "$pid"; sleep 0.2; done

for steps in 10 1000 10000; do
  curl -s http://127.0.0.1:19763/api/v1/query_range --data-urlencode 'query=sum_over_time(x[10000s] @ end())' \
    -d start="$start" -d end="$end" -d step="$(((9999 + steps - 1) / steps))" -d stats=all >"$folder/$steps.json"
  jq -r '"\(.data.result[0].values | length) points: \(.data.stats.samples.totalQueryableSamples) samples counted, "
    + "\(.data.stats.samples.peakSamples) at once, \(.data.stats.timings.evalTotalTime) s"' "$folder/$steps.json"
done
jq -e '.data.stats.samples.totalQueryableSamples == 10000 * 10000 and .data.stats.timings.evalTotalTime < 1' \
  "$folder/10000.json" >"$folder/ready" || { echo "the behaviour has changed"; exit 1; }
