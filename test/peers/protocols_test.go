package peers

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// moduleFolder returns the folder of a pinned module's source.
func moduleFolder(t *testing.T, module string) string {
	t.Helper()
	folder, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", module).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(folder))
}

var (
	protocolTable = regexp.MustCompile(`(?s)\sScrapeProtocolsHeaders = map\[ScrapeProtocol\]string\{(.*?)\n\t\}`)
	protocolOrder = regexp.MustCompile(`(?s)\sDefault\w*ScrapeProtocols = \[\]ScrapeProtocol\{(.*?)\n\t\}`)
	mediaType     = regexp.MustCompile(`(\w+): +"([^"]+)"`)
	word          = regexp.MustCompile(`\w+`)
)

// accepts returns the Accept headers of Prometheus: of each scrape protocol alone, and of its two default orders. They
// are read from the source, because its config package imports the clients of three clouds.
func accepts(t *testing.T) []string {
	t.Helper()
	source, err := os.ReadFile(filepath.Join(moduleFolder(t, "github.com/prometheus/prometheus"), "config", "config.go"))
	if err != nil {
		t.Fatal(err)
	}
	types := map[string]string{}
	for _, match := range mediaType.FindAllStringSubmatch(protocolTable.FindString(string(source)), -1) {
		types[match[1]] = match[2]
	}
	headers := slices.Sorted(maps.Values(types))
	for _, match := range protocolOrder.FindAllStringSubmatch(string(source), -1) {
		headers = append(headers, acceptHeader(word.FindAllString(match[1], -1), types))
	}
	if len(headers) < 7 || !slices.Contains(headers, openMetrics) || !slices.Contains(headers, protobuf) {
		t.Fatalf("cannot read the scrape protocols: %q", headers)
	}
	return headers
}

// acceptHeader joins protocols by decreasing weight, as the scrape loop does.
func acceptHeader(order []string, types map[string]string) string {
	weight := len(types) + 1
	var ranges []string
	for _, protocol := range order {
		escaping := ""
		if strings.HasSuffix(types[protocol], "version=1.0.0") {
			escaping = ";escaping=allow-utf-8"
		}
		ranges = append(ranges, fmt.Sprintf("%s%s;q=0.%d", types[protocol], escaping, weight))
		weight--
	}
	return strings.Join(append(ranges, fmt.Sprintf("*/*;q=0.%d", weight)), ",")
}
