package peers

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opencontainers/cgroups"
	"github.com/opencontainers/cgroups/fs2"
	"github.com/prometheus/prometheus/model/labels"
)

// subject is a cgroup of a pod, or of a container if that has a name.
type subject struct{ namespace, pod, container string }

func subjectOf(series labels.Labels) subject {
	return subject{series.Get("namespace"), series.Get("pod"), series.Get("container")}
}

// cgroupPaths finds the cgroups by the rows of /metrics/cadvisor, which have their paths.
func cgroupPaths(found samples) map[subject]string {
	paths := map[subject]string{}
	for _, s := range found {
		who := subjectOf(s.labels)
		// A sandbox has a name, but no container; there are no series of it on /metrics.
		isSandbox := who.container == "" && s.labels.Get("name") != ""
		if s.labels.Get(labels.MetricName) == "container_memory_usage_bytes" && who.pod != "" && !isSandbox {
			paths[who] = s.labels.Get("id")
		}
	}
	return paths
}

// readingsOf returns the series of each cgroup: by family without the level, then by the label that is left.
func readingsOf(found samples) map[subject]map[string]reading {
	all := map[subject]map[string]reading{}
	for _, s := range found {
		who := subjectOf(s.labels)
		level := "pod_"
		if who.container != "" {
			level = "container_"
		}
		family, ok := strings.CutPrefix(s.labels.Get(labels.MetricName), level)
		if !ok {
			continue
		}
		further := ""
		s.labels.Range(func(l labels.Label) {
			if l.Name != labels.MetricName && l.Name != "namespace" && l.Name != "pod" && l.Name != "container" {
				further = l.Value
			}
		})
		if all[who] == nil {
			all[who] = map[string]reading{}
		}
		if all[who][family] == nil {
			all[who][family] = reading{}
		}
		all[who][family][further] = s.value
	}
	return all
}

// readCgroup reads a cgroup's files with the library; `disks` are the names of block devices.
func readCgroup(folder string, disks map[string]string) (map[string]reading, error) {
	manager, err := fs2.NewManager(&cgroups.Cgroup{}, folder)
	if err != nil {
		return nil, err
	}
	stats, err := manager.GetStats()
	if err != nil {
		return nil, err
	}
	all := map[string]reading{}
	for family, read := range readings {
		all[family] = reading{}
		for label, value := range read(stats) {
			if name, ok := disks[label]; ok {
				label = name
			}
			all[family][label] = value
		}
	}
	return all, nil
}

// judgeCgroup compares the series of a cgroup with what the library reads. Where the library has 0 there may be no
// series: it has 0 for a missing file too. Throttling is exported with a CPU limit only.
func judgeCgroup(ours, theirs map[string]reading) (compared int, err error) {
	var problems []error
	_, limited := ours["cpu_limit_cores"]
	for family, all := range theirs {
		for label, value := range ours[family] {
			compared++
			if other, ok := all[label]; !ok || math.Abs(other-value) > 1e-12*value {
				problems = append(problems, fmt.Errorf("%s %q: %v, the library reads %v", family, label, value, other))
			}
		}
		for label, other := range all {
			_, ok := ours[family][label]
			if !ok && other != 0 && (limited || !strings.HasPrefix(family, "cpu_cfs_")) {
				problems = append(problems, fmt.Errorf("%s %q: absent, the library reads %v", family, label, other))
			}
		}
	}
	return compared, errors.Join(problems...)
}

// disksOf returns the names of the node's block devices by major and minor number.
func disksOf(t *testing.T, n node) map[string]string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(n.Folder, "proc/diskstats"))
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]string{}
	for line := range strings.Lines(string(content)) {
		if fields := strings.Fields(line); len(fields) > 2 {
			names[fields[0]+":"+fields[1]] = fields[2]
		}
	}
	return names
}

const cgroupMount = "sys/fs/cgroup"

func isRecordedV2(n node) bool {
	_, err := os.Stat(filepath.Join(n.Folder, cgroupMount, "cgroup.controllers"))
	return isRecorded(n) && err == nil
}

func TestCgroups(t *testing.T) {
	// Lets the library read files that are no cgroup file system.
	cgroups.TestMode = true
	t.Cleanup(func() { cgroups.TestMode = false })
	onNodes(t, isRecordedV2, func(t *testing.T, n node) {
		found, err := parse(get(t, n.URL+"/metrics", ""))
		if err != nil {
			t.Fatal(err)
		}
		rows, err := parse(get(t, n.URL+"/metrics/cadvisor", ""))
		if err != nil {
			t.Fatal(err)
		}
		paths, ours, disks := cgroupPaths(rows), readingsOf(found), disksOf(t, n)
		total := 0
		for who, path := range paths {
			theirs, err := readCgroup(filepath.Join(n.Folder, cgroupMount, path), disks)
			if err != nil {
				t.Fatal(who, err)
			}
			compared, err := judgeCgroup(ours[who], theirs)
			if err != nil {
				t.Errorf("%+v: %v", who, err)
			}
			total += compared
			seedFaults(t, ours[who], theirs)
		}
		if total < 20*len(paths) {
			t.Errorf("only %d values of %d cgroups are compared", total, len(paths))
		}
		t.Logf("%d values of %d cgroups", total, len(paths))
	})
}

// seedFaults changes each value of a cgroup in turn, and takes it away; the judge has to find either.
func seedFaults(t *testing.T, ours, theirs map[string]reading) {
	t.Helper()
	for family := range theirs {
		for label, value := range ours[family] {
			ours[family][label] = value + 1
			if _, err := judgeCgroup(ours, theirs); err == nil {
				t.Errorf("%s %q is accepted with another value", family, label)
			}
			delete(ours[family], label)
			if _, err := judgeCgroup(ours, theirs); err == nil && value != 0 {
				t.Errorf("%s %q may be absent", family, label)
			}
			ours[family][label] = value
		}
	}
}
