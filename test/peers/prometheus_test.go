package peers

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/textparse"
)

// views are the endpoints that Prometheus scrapes. Only the first has names of its own.
var views = []string{
	"/metrics",
	"/metrics?collect[]=cpu&collect[]=memory",
	"/metrics/cadvisor",
	"/metrics/cadvisor?timestamps=1",
	"/metrics/kubelet",
	"/metrics/resource",
}

// samples are the values of a response by series.
type samples map[string]sample

type sample struct {
	labels labels.Labels
	value  float64
}

// Media types of two scrape protocols.
const (
	openMetrics = "application/openmetrics-text;version=1.0.0"
	protobuf    = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited"
)

// parse reads a response as a scrape does: the parser is chosen by its Content-Type, without a fallback. A series that
// occurs twice is an error, as it is when a scrape is stored.
func parse(r response) (samples, error) {
	parser, err := textparse.New(r.body, r.contentType, labels.NewSymbolTable(), textparse.ParserOptions{})
	if err != nil {
		return nil, err
	}
	found := samples{}
	for {
		entry, err := parser.Next()
		if errors.Is(err, io.EOF) {
			return found, nil
		}
		if err != nil {
			return nil, err
		}
		if entry != textparse.EntrySeries {
			continue
		}
		_, _, value := parser.Series()
		var series labels.Labels
		parser.Labels(&series)
		key := series.String()
		if _, twice := found[key]; twice || !series.Has(labels.MetricName) {
			return nil, fmt.Errorf("%s occurs twice or has no name", key)
		}
		found[key] = sample{series, value}
	}
}

// seriesOf returns the series that every scrape has: the exporter's own come and go.
func seriesOf(found samples) []string {
	own := []string{"pod_exporter_", "process_", "nodejs_"}
	return slices.DeleteFunc(slices.Sorted(maps.Keys(found)), func(key string) bool {
		name := found[key].labels.Get(labels.MetricName)
		return slices.ContainsFunc(own, func(prefix string) bool { return strings.HasPrefix(name, prefix) })
	})
}

func TestPrometheus(t *testing.T) {
	onNodes(t, anyNode, func(t *testing.T, n node) {
		for _, view := range views {
			plain, err := parse(get(t, n.URL+view, ""))
			if err != nil {
				t.Fatal(view, err)
			}
			want := seriesOf(plain)
			if len(want) == 0 && view != "/metrics/kubelet" {
				t.Errorf("%s has no series", view)
			}
			for _, accept := range accepts(t) {
				got, err := parse(get(t, n.URL+view, accept))
				if err != nil {
					t.Errorf("%s as %s: %v", view, accept, err)
				} else if series := seriesOf(got); !slices.Equal(series, want) {
					t.Errorf("%s as %s: %d series, not %d", view, accept, len(series), len(want))
				}
			}
		}
	})
}

func TestPrometheusFaults(t *testing.T) {
	onNodes(t, isRecorded, func(t *testing.T, n node) {
		text := get(t, n.URL+"/metrics", "")
		open := get(t, n.URL+"/metrics", openMetrics)
		line := firstSample(t, text.body)
		for name, faulty := range map[string]response{
			"a value that is no number": {text.contentType, replaced(t, text.body, line, line+"x")},
			"an open label value":       {text.contentType, replaced(t, text.body, `"}`, `}`)},
			"a series twice":            {text.contentType, replaced(t, text.body, line, line+"\n"+line)},
			"no # EOF":                  {open.contentType, replaced(t, open.body, "# EOF\n", "")},
			"no Content-Type":           {"", text.body},
			"protobuf that is text":     {protobuf, text.body},
		} {
			if _, err := parse(faulty); err == nil {
				t.Errorf("%s is accepted", name)
			}
		}
	})
}

func firstSample(t *testing.T, body []byte) string {
	t.Helper()
	for line := range strings.Lines(string(body)) {
		if !strings.HasPrefix(line, "#") {
			return strings.TrimSuffix(line, "\n")
		}
	}
	t.Fatal("no sample")
	return ""
}

// lint returns what `promtool check metrics` prints.
func lint(t *testing.T, text []byte) []string {
	t.Helper()
	problems, err := promlint.New(bytes.NewReader(text)).Lint()
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, problem := range problems {
		lines = append(lines, problem.Metric+" "+problem.Text)
	}
	return lines
}

// kubeletLint returns the problems of the kubelet's own responses, whose names the other views repeat.
func kubeletLint(t *testing.T) []string {
	t.Helper()
	var known []string
	onNodes(t, isRecorded, func(t *testing.T, n node) {
		recorded, err := filepath.Glob(filepath.Join(filepath.Dir(n.Folder), "kubelet", "*", "*.prom"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range recorded {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			known = append(known, lint(t, text)...)
		}
	})
	return known
}

func TestPromtoolLint(t *testing.T) {
	known := kubeletLint(t)
	onNodes(t, anyNode, func(t *testing.T, n node) {
		for _, view := range views {
			for _, problem := range lint(t, get(t, n.URL+view, "").body) {
				if strings.HasPrefix(view, "/metrics?") || view == "/metrics" || !slices.Contains(known, problem) {
					t.Errorf("%s: %s", view, problem)
				}
			}
		}
		faulty := replaced(t, get(t, n.URL+"/metrics", "").body, "# HELP ", "# ")
		if len(lint(t, faulty)) == 0 {
			t.Error("a family without HELP is accepted")
		}
	})
}
