// Command cadvisor serves what the kubelet serves as /metrics/cadvisor, for the cgroups below one root. It is the
// program that `npm run bench:peers` compares with.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"

	"github.com/prometheus/client_golang/prometheus/promhttp"
	corev1 "k8s.io/api/core/v1"

	"pod-exporter/test/peers/kubelet"
)

func main() {
	root := flag.String("root", "", "The parent of the node's cgroups, below each hierarchy.")
	pods := flag.String("pods", "", "A file with the list of pods.")
	flag.Parse()
	if err := serve(*root, *pods); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve(root, pods string) error {
	content, err := os.ReadFile(pods)
	if err != nil {
		return err
	}
	var list corev1.PodList
	if err := json.Unmarshal(content, &list); err != nil {
		return err
	}
	registry, stop, err := kubelet.Start(kubelet.Options{Roots: []string{root}, Labels: kubelet.Labels(root, list)})
	if err != nil {
		return err
	}
	defer func() { _ = stop() }()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "msg=listening address=%s \n", listener.Addr())
	handler := promhttp.HandlerFor(registry, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError})
	return http.Serve(listener, handler)
}
