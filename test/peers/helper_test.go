// Package peers judges the responses of pod-exporter with the code of the programs that read them. `npm run test:peers`
// starts the exporters and the tests.
package peers

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
)

// node is a node on which an exporter serves.
type node struct {
	Name     string `json:"name"`
	NodeName string `json:"nodeName"`
	URL      string `json:"url"`
	// Pods is the path of the list of pods.
	Pods string `json:"pods"`
	// Folder is the recorded root file system; empty for running cgroups.
	Folder string `json:"folder"`
	// CgroupRoot is the parent of the running cgroups in each hierarchy; empty for a recorded node.
	CgroupRoot string `json:"cgroupRoot"`
}

// plan is what scripts/test-peers.ts has started.
var plan struct {
	// Node is the program that runs TypeScript.
	Node  string `json:"node"`
	Nodes []node `json:"nodes"`
	// NotLive is the reason why there are no running cgroups.
	NotLive string `json:"notLive"`
}

func TestMain(m *testing.M) {
	// Without a plan only the build is tried.
	if path := os.Getenv("PEERS_PLAN"); path != "" {
		if err := readJSON(path, &plan); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
	}
	os.Exit(m.Run())
}

func readJSON(path string, into any) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return json.Unmarshal(content, into)
}

// onNodes runs a test on every node that `choose` accepts, and fails if there is none.
func onNodes(t *testing.T, choose func(node) bool, test func(*testing.T, node)) {
	t.Helper()
	chosen := 0
	for _, n := range plan.Nodes {
		if choose(n) {
			chosen++
			t.Run(n.Name, func(t *testing.T) { test(t, n) })
		}
	}
	if chosen == 0 {
		t.Fatal("no node to test, run npm run test:peers")
	}
}

func anyNode(node) bool { return true }

func isRecorded(n node) bool { return n.Folder != "" }

// liveNode returns the node with running cgroups, or skips the test.
func liveNode(t *testing.T) node {
	t.Helper()
	for _, n := range plan.Nodes {
		if n.CgroupRoot != "" {
			return n
		}
	}
	t.Skip(plan.NotLive)
	return node{}
}

// response is a successful answer to a GET request.
type response struct {
	contentType string
	body        []byte
}

// get requests a URL; the request fails unless the status is 200.
func get(t *testing.T, url, accept string) response {
	t.Helper()
	got, err := fetch(url, accept)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func fetch(url, accept string) (response, error) {
	request, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		return response{}, err
	}
	if accept != "" {
		request.Header.Set("Accept", accept)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return response{}, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return response{}, err
	}
	if answer.StatusCode != http.StatusOK {
		return response{}, fmt.Errorf("%s: %s: %s", url, answer.Status, body)
	}
	return response{answer.Header.Get("Content-Type"), body}, nil
}

// replaced returns body with the first occurrence of old replaced; the test fails if there is none.
func replaced(t *testing.T, body []byte, old, by string) []byte {
	t.Helper()
	if !bytes.Contains(body, []byte(old)) {
		t.Fatalf("no %q in the response", old)
	}
	return bytes.Replace(body, []byte(old), []byte(by), 1)
}

// altered serves the responses of an exporter after a change, and returns the URL. It is the fault that a judge has to
// find.
func altered(t *testing.T, url string, change func([]byte) []byte) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer, err := fetch(url+r.URL.String(), r.Header.Get("Accept"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		w.Header().Set("Content-Type", answer.contentType)
		_, _ = w.Write(change(answer.body))
	}))
	t.Cleanup(server.Close)
	return server.URL
}
