package peers

import (
	"fmt"
	"math"

	"github.com/opencontainers/cgroups"
)

// reading is what the library makes of the files of a cgroup, by the label that distinguishes series of a family; the
// empty label if there is one series. A number that is not there is left out.
type reading map[string]float64

// one is a number; of a counter or an amount that the library has as 0 if the file is missing.
func one(value uint64) reading { return reading{"": float64(value)} }

// limit is a number unless it is unlimited.
func limit(value uint64) reading {
	if value == math.MaxUint64 {
		return reading{}
	}
	return one(value)
}

func per(divisor float64, value uint64) reading { return reading{"": float64(value) / divisor} }

// stat is a key of memory.stat.
func stat(s *cgroups.Stats, key string) reading {
	value, ok := s.MemoryStats.Stats[key]
	if !ok {
		return reading{}
	}
	return one(value)
}

func pressure(psi *cgroups.PSIStats, of func(*cgroups.PSIStats) cgroups.PSIData) reading {
	if psi == nil {
		return reading{}
	}
	return per(1e6, of(psi).Total)
}

// kinds are keys of memory.stat by what they are called in a label.
func kinds(s *cgroups.Stats, keys map[string]string) reading {
	values := reading{}
	for label, key := range keys {
		if value, ok := s.MemoryStats.Stats[key]; ok {
			values[label] = float64(value)
		}
	}
	return values
}

func misc(s *cgroups.Stats, of func(cgroups.MiscStats) uint64) reading {
	values := reading{}
	for resource, stats := range s.MiscStats {
		values[resource] = float64(of(stats))
	}
	return values
}

func workingSet(s *cgroups.Stats) reading {
	return one(s.MemoryStats.Usage.Usage - min(s.MemoryStats.Usage.Usage, s.MemoryStats.Stats["inactive_file"]))
}

func some(psi *cgroups.PSIStats) cgroups.PSIData { return psi.Some }
func full(psi *cgroups.PSIStats) cgroups.PSIData { return psi.Full }

// devices are the values of an operation by major and minor number.
func devices(entries []cgroups.BlkioStatEntry, operation string) reading {
	values := reading{}
	for _, entry := range entries {
		if entry.Op == operation {
			values[fmt.Sprintf("%d:%d", entry.Major, entry.Minor)] = float64(entry.Value)
		}
	}
	return values
}

// readings are the families that the library has as well, without the level that their names begin with, and how. Huge
// pages are not among them: the library reads what is reserved (hugetlb.*.rsvd.current), the exporter what is used.
var readings = map[string]func(*cgroups.Stats) reading{
	"cpu_usage_seconds_total":  func(s *cgroups.Stats) reading { return per(1e9, s.CpuStats.CpuUsage.TotalUsage) },
	"cpu_user_seconds_total":   func(s *cgroups.Stats) reading { return per(1e9, s.CpuStats.CpuUsage.UsageInUsermode) },
	"cpu_system_seconds_total": func(s *cgroups.Stats) reading { return per(1e9, s.CpuStats.CpuUsage.UsageInKernelmode) },
	"cpu_cfs_periods_total":    func(s *cgroups.Stats) reading { return one(s.CpuStats.ThrottlingData.Periods) },
	"cpu_cfs_throttled_periods_total": func(s *cgroups.Stats) reading {
		return one(s.CpuStats.ThrottlingData.ThrottledPeriods)
	},
	"cpu_cfs_throttled_seconds_total": func(s *cgroups.Stats) reading {
		return per(1e9, s.CpuStats.ThrottlingData.ThrottledTime)
	},
	"cpu_cfs_burst_periods_total": func(s *cgroups.Stats) reading { return one(s.CpuStats.BurstData.BurstsPeriods) },
	"cpu_cfs_burst_seconds_total": func(s *cgroups.Stats) reading { return per(1e9, s.CpuStats.BurstData.BurstTime) },

	"memory_usage_bytes":       func(s *cgroups.Stats) reading { return one(s.MemoryStats.Usage.Usage) },
	"memory_max_usage_bytes":   func(s *cgroups.Stats) reading { return one(s.MemoryStats.Usage.MaxUsage) },
	"memory_limit_bytes":       func(s *cgroups.Stats) reading { return limit(s.MemoryStats.Usage.Limit) },
	"memory_swap":              func(s *cgroups.Stats) reading { return one(s.MemoryStats.SwapOnlyUsage.Usage) },
	"memory_swap_limit_bytes":  func(s *cgroups.Stats) reading { return limit(s.MemoryStats.SwapOnlyUsage.Limit) },
	"memory_cache":             func(s *cgroups.Stats) reading { return one(s.MemoryStats.Cache) },
	"memory_working_set_bytes": workingSet,
	"memory_refaults_total": func(s *cgroups.Stats) reading {
		return kinds(s, map[string]string{"anon": "workingset_refault_anon", "file": "workingset_refault_file"})
	},
	"memory_rss":                       func(s *cgroups.Stats) reading { return stat(s, "anon") },
	"memory_mapped_file":               func(s *cgroups.Stats) reading { return stat(s, "file_mapped") },
	"memory_total_active_file_bytes":   func(s *cgroups.Stats) reading { return stat(s, "active_file") },
	"memory_total_inactive_file_bytes": func(s *cgroups.Stats) reading { return stat(s, "inactive_file") },
	"memory_file_dirty_bytes":          func(s *cgroups.Stats) reading { return stat(s, "file_dirty") },
	"memory_file_writeback_bytes":      func(s *cgroups.Stats) reading { return stat(s, "file_writeback") },
	"memory_shmem_bytes":               func(s *cgroups.Stats) reading { return stat(s, "shmem") },
	"memory_kernel_bytes":              func(s *cgroups.Stats) reading { return stat(s, "kernel") },
	"memory_slab_reclaimable_bytes":    func(s *cgroups.Stats) reading { return stat(s, "slab_reclaimable") },
	"memory_slab_unreclaimable_bytes":  func(s *cgroups.Stats) reading { return stat(s, "slab_unreclaimable") },
	"memory_sock_bytes":                func(s *cgroups.Stats) reading { return stat(s, "sock") },
	"memory_page_faults_total":         func(s *cgroups.Stats) reading { return stat(s, "pgfault") },
	"memory_major_page_faults_total":   func(s *cgroups.Stats) reading { return stat(s, "pgmajfault") },
	"memory_pgscan_total":              func(s *cgroups.Stats) reading { return stat(s, "pgscan") },
	"memory_pgsteal_total":             func(s *cgroups.Stats) reading { return stat(s, "pgsteal") },
	"memory_zswap_bytes":               func(s *cgroups.Stats) reading { return stat(s, "zswap") },
	"memory_zswapped_bytes":            func(s *cgroups.Stats) reading { return stat(s, "zswapped") },
	"memory_zswap_in_pages_total":      func(s *cgroups.Stats) reading { return stat(s, "zswpin") },
	"memory_zswap_out_pages_total":     func(s *cgroups.Stats) reading { return stat(s, "zswpout") },

	"misc_usage":            func(s *cgroups.Stats) reading { return misc(s, func(m cgroups.MiscStats) uint64 { return m.Usage }) },
	"misc_limit_hits_total": func(s *cgroups.Stats) reading { return misc(s, func(m cgroups.MiscStats) uint64 { return m.Events }) },
	"threads":               func(s *cgroups.Stats) reading { return one(s.PidsStats.Current) },
	"threads_max":           func(s *cgroups.Stats) reading { return one(s.PidsStats.Limit) },

	"fs_reads_bytes_total":  func(s *cgroups.Stats) reading { return devices(s.BlkioStats.IoServiceBytesRecursive, "Read") },
	"fs_writes_bytes_total": func(s *cgroups.Stats) reading { return devices(s.BlkioStats.IoServiceBytesRecursive, "Write") },
	"fs_reads_total":        func(s *cgroups.Stats) reading { return devices(s.BlkioStats.IoServicedRecursive, "Read") },
	"fs_writes_total":       func(s *cgroups.Stats) reading { return devices(s.BlkioStats.IoServicedRecursive, "Write") },

	"pressure_cpu_waiting_seconds_total":    func(s *cgroups.Stats) reading { return pressure(s.CpuStats.PSI, some) },
	"pressure_cpu_stalled_seconds_total":    func(s *cgroups.Stats) reading { return pressure(s.CpuStats.PSI, full) },
	"pressure_memory_waiting_seconds_total": func(s *cgroups.Stats) reading { return pressure(s.MemoryStats.PSI, some) },
	"pressure_memory_stalled_seconds_total": func(s *cgroups.Stats) reading { return pressure(s.MemoryStats.PSI, full) },
	"pressure_io_waiting_seconds_total":     func(s *cgroups.Stats) reading { return pressure(s.BlkioStats.PSI, some) },
	"pressure_io_stalled_seconds_total":     func(s *cgroups.Stats) reading { return pressure(s.BlkioStats.PSI, full) },
}
