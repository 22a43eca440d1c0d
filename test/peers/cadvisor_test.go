package peers

import (
	"fmt"
	"maps"
	"regexp"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/prometheus/model/labels"
	corev1 "k8s.io/api/core/v1"

	"pod-exporter/test/peers/kubelet"
)

// maxRounds is how often series are compared that differ.
const maxRounds = 10

// gather measures every cgroup now and returns the series of those of pods and of the slices above them.
func gather(t *testing.T, registry *prometheus.Registry) samples {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	found := samples{}
	for _, family := range families {
		for _, metric := range family.GetMetric() {
			series := labelsOf(family.GetName(), metric)
			found[series.String()] = sample{series, metric.GetGauge().GetValue() + metric.GetCounter().GetValue()}
		}
	}
	return ofKubepods(found)
}

func labelsOf(name string, metric *dto.Metric) labels.Labels {
	builder := labels.NewScratchBuilder(len(metric.GetLabel()) + 1)
	builder.Add(labels.MetricName, name)
	for _, pair := range metric.GetLabel() {
		builder.Add(pair.GetName(), pair.GetValue())
	}
	builder.Sort()
	return builder.Labels()
}

func ofKubepods(found samples) samples {
	for key, s := range found {
		if !strings.HasPrefix(s.labels.Get("id"), "/kubepods") {
			delete(found, key)
		}
	}
	return found
}

// differences are patterns of series that differ, and why.
type differences map[*regexp.Regexp]string

var (
	onlyTheirs = differences{
		regexp.MustCompile(`"container_start_time_seconds".*, pod=""`): "a slice is not started, it has a creation time only",
		regexp.MustCompile(`"container_health_state"`):                 "the health check of Docker: -1 with any other runtime",
	}
	onlyOurs = differences{
		regexp.MustCompile(`"container_network_`):      "the library finds the network of a pod by the container runtime",
		regexp.MustCompile(`"container_ulimits_soft"`): "the library finds the first process by the container runtime",
		regexp.MustCompile(`"container_pressure_\w+"`): "the kubelet has none on cgroup v1; ours is from the hybrid hierarchy",
	}
	different = differences{
		regexp.MustCompile(`"container_memory_(failures|workingset_refault_\w+)_total", container=""`): "on cgroup v1 the library counts the cgroup alone in both scopes",
	}
)

// explains reports whether a pattern matches a series.
func (d differences) explains(key string) bool {
	for pattern := range d {
		if pattern.MatchString(key) {
			return true
		}
	}
	return false
}

// judgeCadvisor compares our series with two readings of cAdvisor, one before and one after ours, and returns the
// problems by series. A zero that only they have is no problem: they have 0 for a missing file.
func judgeCadvisor(before, ours, after samples) (compared int, problems map[string]error) {
	problems = map[string]error{}
	for key, own := range ours {
		first, ok := before[key]
		last, still := after[key]
		switch {
		case !ok || !still:
			if !onlyOurs.explains(key) {
				problems[key] = fmt.Errorf("only ours: %s %v", key, own.value)
			}
		case !between(first.value, own.value, last.value) && !different.explains(key):
			problems[key] = fmt.Errorf("%s: %v is not between %v and %v", key, own.value, first.value, last.value)
		}
		compared++
	}
	for key, theirs := range before {
		if _, ok := ours[key]; !ok && theirs.value != 0 && !onlyTheirs.explains(key) {
			problems[key] = fmt.Errorf("only theirs: %s %v", key, theirs.value)
		}
	}
	return compared, problems
}

// between accepts what an amount may be that grows or falls, and tolerates rounding of seconds.
func between(first, value, last float64) bool {
	low, high := min(first, last), max(first, last)
	tolerance := 1e-9 * high
	return low-tolerance <= value && value <= high+tolerance
}

func TestCadvisor(t *testing.T) {
	n := liveNode(t)
	var pods corev1.PodList
	if err := readJSON(n.Pods, &pods); err != nil {
		t.Fatal(err)
	}
	registry, stop, err := kubelet.Start(kubelet.Options{
		Roots:  []string{n.CgroupRoot},
		Labels: kubelet.Labels(n.CgroupRoot, pods),
		Fresh:  true,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stop() })
	// What moves up and down between two readings differs now and then; what is wrong differs always.
	problems := map[string]error{}
	for round := 0; round == 0 || round < maxRounds && len(problems) > 0; round++ {
		before := gather(t, registry)
		found, err := parse(get(t, n.URL+"/metrics/cadvisor", ""))
		if err != nil {
			t.Fatal(err)
		}
		ours := ofKubepods(found)
		compared, now := judgeCadvisor(before, ours, gather(t, registry))
		if compared < 1000 {
			t.Errorf("only %d series are compared", compared)
		}
		maps.DeleteFunc(problems, func(key string, _ error) bool { return now[key] == nil })
		if round == 0 {
			problems = now
			seedCadvisorFaults(t, before, ours)
		}
	}
	for _, problem := range problems {
		t.Error(problem)
	}
}

// seedCadvisorFaults changes a series of each family that does not move; the judge has to find each.
func seedCadvisorFaults(t *testing.T, theirs, ours samples) {
	t.Helper()
	seen := map[string]bool{}
	for key, own := range ours {
		family := own.labels.Get(labels.MetricName)
		if other, ok := theirs[key]; seen[family] || !ok || other.value != own.value || own.value == 0 || different.explains(key) {
			continue
		}
		seen[family] = true
		for fault, value := range map[string]samples{
			"another value": {key: {own.labels, own.value * 1.5}},
			"no series":     {},
		} {
			delete(ours, key)
			maps.Copy(ours, value)
			if _, problems := judgeCadvisor(theirs, ours, theirs); problems[key] == nil {
				t.Errorf("%s with %s is accepted", key, fault)
			}
		}
		ours[key] = own
	}
	if len(seen) < 20 {
		t.Errorf("faults in %d families only", len(seen))
	}
}
