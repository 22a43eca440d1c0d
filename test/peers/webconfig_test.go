package peers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/exporter-toolkit/web"
)

// refusals opens web configuration files as the exporter does, and returns the error of each; nil if it is accepted.
func refusals(t *testing.T, paths []string) map[string]error {
	t.Helper()
	command := exec.Command(plan.Node, append([]string{"web-configs.ts"}, paths...)...)
	command.Stderr = os.Stderr
	output, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	var messages map[string]string
	if err := json.Unmarshal(output, &messages); err != nil {
		t.Fatal(err)
	}
	all := map[string]error{}
	for _, path := range paths {
		message, ok := messages[path]
		if !ok {
			t.Fatalf("no result for %s", path)
		}
		all[path] = nil
		if message != "" {
			all[path] = errors.New(message)
		}
	}
	return all
}

// acceptingListener reports the first call of Accept: then the server has loaded its configuration.
type acceptingListener struct {
	net.Listener
	accepts func()
}

func (l acceptingListener) Accept() (net.Conn, error) {
	l.accepts()
	return l.Listener.Accept()
}

// toolkitRefusal serves with a web configuration file as an exporter does, and returns the toolkit's error; nil if it
// accepts connections. The toolkit's function Validate checks less.
func toolkitRefusal(t *testing.T, path string) error {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	serves, cancel := context.WithCancel(context.Background())
	server := &http.Server{Handler: http.NotFoundHandler()}
	refused := make(chan error, 1)
	go func() {
		flags := &web.FlagConfig{WebConfigFile: &path}
		refused <- web.Serve(acceptingListener{listener, cancel}, server, flags, slog.New(slog.DiscardHandler))
	}()
	select {
	case err := <-refused:
		_ = listener.Close()
		return err
	case <-serves.Done():
		return server.Close()
	}
}

// toolkitFiles returns the folder with the toolkit's own examples.
func toolkitFiles(t *testing.T) string {
	t.Helper()
	return filepath.Join(moduleFolder(t, "github.com/prometheus/exporter-toolkit"), "web", "testdata")
}

// stricter are the files that the toolkit accepts and the exporter refuses, and why.
var stricter = map[string]string{
	"versions out of order":   "no client could connect",
	"SANs without a client":   "every client would be accepted",
	"hash without a password": "no password has this hash",
}

// broader are the files that the exporter accepts and the toolkit refuses, and why.
var broader = map[string]string{
	"post-quantum curve": "Prometheus 3 and Go 1.24 negotiate it by default",
}

// judgeWebConfig compares what both programs do with a file; nil is acceptance.
func judgeWebConfig(name string, theirs, ours error) error {
	reason, known := stricter[name]
	if theirs != nil {
		reason, known = broader[name]
	}
	switch differ := (theirs == nil) != (ours == nil); {
	case differ && !known:
		return fmt.Errorf("%s: the toolkit: %v, the exporter: %v", name, theirs, ours)
	case !differ && known:
		return fmt.Errorf("%s: no difference any more, although %s", name, reason)
	}
	return nil
}

// webConfigPaths returns the files that are compared, by name: the toolkit's own examples and those of webConfigs.
func webConfigPaths(t *testing.T) map[string]string {
	t.Helper()
	files := toolkitFiles(t)
	examples, err := filepath.Glob(filepath.Join(files, "*.y*ml"))
	if err != nil || len(examples) < 40 {
		t.Fatalf("%d examples in %s: %v", len(examples), files, err)
	}
	paths := map[string]string{}
	for _, path := range examples {
		paths[filepath.Base(path)] = path
	}
	certificates := strings.NewReplacer(
		"CERT", filepath.Join(files, "server.crt"), "KEY", filepath.Join(files, "server.key"),
		"CLIENT", filepath.Join(files, "client_selfsigned.pem"), "OTHER", filepath.Join(files, "client_selfsigned.key"))
	for name, text := range webConfigs {
		paths[name] = filepath.Join(t.TempDir(), "web.yml")
		if err := os.WriteFile(paths[name], []byte(certificates.Replace(text)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return paths
}

func TestWebConfig(t *testing.T) {
	paths := webConfigPaths(t)
	ours := refusals(t, slices.Collect(maps.Values(paths)))
	accepted := 0
	for name, path := range paths {
		if err := judgeWebConfig(name, toolkitRefusal(t, path), ours[path]); err != nil {
			t.Error(err)
		}
		if ours[path] == nil {
			accepted++
		}
	}
	t.Logf("%d files, %d of them accepted", len(paths), accepted)
}

func TestWebConfigFaults(t *testing.T) {
	paths := webConfigPaths(t)
	good, bad := paths["TLS"], paths["no key"]
	ours := refusals(t, []string{good, bad})
	for name, err := range map[string]error{
		"a refusal of a good file":     judgeWebConfig("TLS", toolkitRefusal(t, good), ours[bad]),
		"an acceptance of a bad file":  judgeWebConfig("no key", toolkitRefusal(t, bad), ours[good]),
		"a difference that is no more": judgeWebConfig("versions out of order", toolkitRefusal(t, good), ours[good]),
	} {
		if err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}
