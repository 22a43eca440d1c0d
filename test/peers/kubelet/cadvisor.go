// Package kubelet runs cAdvisor's library as the kubelet 1.37 does.
package kubelet

import (
	"flag"
	"os"
	"time"

	"github.com/google/cadvisor/lib/cache/memory"
	"github.com/google/cadvisor/lib/container"
	"github.com/google/cadvisor/lib/manager"
	"github.com/google/cadvisor/lib/metrics"
	info "github.com/google/cadvisor/lib/model"
	"github.com/google/cadvisor/lib/utils/sysfs"
	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/utils/clock"
	"k8s.io/utils/ptr"
)

// Settings of pkg/kubelet/cadvisor/cadvisor_linux.go.
const (
	statsCacheDuration          = 2 * time.Minute
	maxHousekeepingInterval     = 15 * time.Second
	defaultHousekeepingInterval = 10 * time.Second
)

// included returns the metrics that the kubelet collects and exports.
func included() container.MetricSet {
	metrics := container.MetricSet{
		container.CpuUsageMetrics:     struct{}{},
		container.MemoryUsageMetrics:  struct{}{},
		container.DiskIOMetrics:       struct{}{},
		container.DiskUsageMetrics:    struct{}{},
		container.NetworkUsageMetrics: struct{}{},
		container.AppMetrics:          struct{}{},
		container.ProcessMetrics:      struct{}{},
		container.OOMMetrics:          struct{}{},
	}
	if _, err := os.Stat("/sys/fs/cgroup/cpu.pressure"); err == nil {
		metrics[container.PressureMetrics] = struct{}{}
	}
	return metrics
}

// Options are what differs between two uses.
type Options struct {
	// Roots are the prefixes of the cgroups that are measured besides the root.
	Roots []string
	// Labels returns the labels of a cgroup, always the same set.
	Labels metrics.ContainerLabelsFunc
	// Fresh measures every cgroup when a scrape arrives, instead of every 10 to 15 s.
	Fresh bool
}

// Start starts the collection; the registry has what the kubelet serves as /metrics/cadvisor. `stop` ends it.
func Start(options Options) (registry *prometheus.Registry, stop func() error, err error) {
	if err := flag.Set("housekeeping_interval", defaultHousekeepingInterval.String()); err != nil {
		return nil, nil, err
	}
	housekeeping := manager.HousekeepingConfig{
		Interval:     ptr.To(maxHousekeepingInterval),
		AllowDynamic: ptr.To(true),
	}
	included := included()
	m, err := manager.New(memory.New(statsCacheDuration, nil), sysfs.NewRealSysFs(), housekeeping, included, options.Roots,
		nil, "", 0)
	if err != nil {
		return nil, nil, err
	}
	if err := m.Start(); err != nil {
		return nil, nil, err
	}
	request := info.RequestOptions{IdType: info.TypeName, Count: 1, Recursive: true}
	if options.Fresh {
		request.MaxAge = ptr.To(time.Duration(0))
	}
	registry = prometheus.NewRegistry()
	registry.MustRegister(
		metrics.NewPrometheusMachineCollector(m, included),
		metrics.NewPrometheusCollector(m, options.Labels, included, clock.RealClock{}, request))
	return registry, m.Stop, nil
}
