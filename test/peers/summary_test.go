package peers

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"testing"
	"time"

	stats "k8s.io/kubelet/pkg/apis/stats/v1alpha1"
	kjson "sigs.k8s.io/json"
)

// judgeSummary decodes a summary as strictly as the API server decodes objects: a field that the type lacks, a field
// that occurs twice and a number out of range are errors.
func judgeSummary(body []byte) (*stats.Summary, error) {
	var summary stats.Summary
	strict, err := kjson.UnmarshalStrict(body, &summary)
	if err := errors.Join(append(strict, err)...); err != nil {
		return nil, err
	}
	return &summary, errors.Join(judgePods(summary.Pods), judgeRoundTrip(body, summary))
}

// judgePods reports pods without an identity, and containers that were measured before they were started.
func judgePods(pods []stats.PodStats) error {
	var problems []error
	seen := map[stats.PodReference]bool{}
	for _, pod := range pods {
		ref := pod.PodRef
		if ref.Name == "" || ref.Namespace == "" || ref.UID == "" || seen[ref] {
			problems = append(problems, fmt.Errorf("incomplete or repeated pod %+v", ref))
		}
		seen[ref] = true
		for _, container := range pod.Containers {
			start := container.StartTime.Truncate(time.Second)
			if cpu, memory := container.CPU, container.Memory; container.Name == "" ||
				cpu != nil && cpu.Time.Time.Before(start) || memory != nil && memory.Time.Time.Before(start) {
				problems = append(problems, fmt.Errorf("%s/%q is measured before its start", ref.Name, container.Name))
			}
		}
	}
	return errors.Join(problems...)
}

// judgeRoundTrip compares the response with what the types make of it: what differs is lost on a client, and what only
// they have is a required field that the response lacks.
func judgeRoundTrip(body []byte, summary stats.Summary) error {
	encoded, err := json.Marshal(summary)
	if err != nil {
		return err
	}
	var ours, theirs any
	if err := errors.Join(decode(body, &ours), decode(encoded, &theirs)); err != nil {
		return err
	}
	return compareJSON("", ours, theirs)
}

func decode(text []byte, into *any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	return decoder.Decode(into)
}

// compareJSON reports values that differ or that one side lacks. Times are compared in whole seconds, which
// is all that the type writes.
func compareJSON(path string, ours, theirs any) error {
	switch own := ours.(type) {
	case map[string]any:
		other, _ := theirs.(map[string]any)
		var problems []error
		for key, value := range own {
			problems = append(problems, compareJSON(path+"/"+key, value, other[key]))
		}
		for key := range other {
			if _, ok := own[key]; !ok {
				problems = append(problems, fmt.Errorf("%s/%s is required", path, key))
			}
		}
		return errors.Join(problems...)
	case []any:
		other, _ := theirs.([]any)
		if len(own) != len(other) {
			return fmt.Errorf("%s: %d elements, not %d", path, len(own), len(other))
		}
		var problems []error
		for at, value := range own {
			problems = append(problems, compareJSON(fmt.Sprintf("%s/%d", path, at), value, other[at]))
		}
		return errors.Join(problems...)
	case string:
		if at, err := time.Parse(time.RFC3339Nano, own); err == nil {
			ours = at.Truncate(time.Second).UTC().Format(time.RFC3339)
		}
	}
	if !reflect.DeepEqual(ours, theirs) {
		return fmt.Errorf("%s: %v is read as %v", path, ours, theirs)
	}
	return nil
}

func TestSummary(t *testing.T) {
	onNodes(t, anyNode, func(t *testing.T, n node) {
		for _, path := range []string{"/stats/summary", "/stats/summary?only_cpu_and_memory=true"} {
			summary, err := judgeSummary(get(t, n.URL+path, "").body)
			if err != nil {
				t.Fatal(path, err)
			}
			if summary.Node.NodeName != n.NodeName || len(summary.Pods) == 0 {
				t.Errorf("%s: node %q with %d pods", path, summary.Node.NodeName, len(summary.Pods))
			}
		}
		answer, err := http.Post(n.URL+"/stats/summary", "application/json", nil)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			t.Errorf("POST: %s", answer.Status)
		}
	})
}

func TestSummaryFaults(t *testing.T) {
	onNodes(t, anyNode, func(t *testing.T, n node) {
		body := get(t, n.URL+"/stats/summary", "").body
		for name, change := range map[string][2]string{
			"unknown field":       {`"podRef":`, `"podref2":{},"podRef":`},
			"field twice":         {`"podRef":`, `"podRef":{},"podRef":`},
			"case of a field":     {`"usageCoreNanoSeconds":`, `"usageCoreNanoseconds":`},
			"text for a number":   {`"workingSetBytes":`, `"workingSetBytes":"1","rssBytes":`},
			"negative number":     {`"workingSetBytes":`, `"workingSetBytes":-`},
			"fraction of a count": {`"usageCoreNanoSeconds":`, `"usageCoreNanoSeconds":0.`},
			"missing field":       {`"containers":[`, `"containers":[{"name":"a"},`},
		} {
			if _, err := judgeSummary(replaced(t, body, change[0], change[1])); err == nil {
				t.Errorf("%s is accepted", name)
			}
		}
	})
}
