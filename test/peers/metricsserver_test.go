package peers

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/metrics/pkg/apis/metrics"
	"sigs.k8s.io/metrics-server/pkg/scraper/client"
	"sigs.k8s.io/metrics-server/pkg/scraper/client/resource"
	"sigs.k8s.io/metrics-server/pkg/storage"
)

// resolution is metrics-server's `--metric-resolution` in its manifests.
const resolution = 15 * time.Second

// scrape requests /metrics/resource as metrics-server does.
func scrape(address string, n node) (*storage.MetricsBatch, error) {
	at, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	port, err := strconv.Atoi(at.Port())
	if err != nil {
		return nil, err
	}
	kubelet, err := resource.NewForConfig(&client.KubeletClientConfig{
		AddressTypePriority: []corev1.NodeAddressType{corev1.NodeInternalIP},
		Scheme:              at.Scheme,
		DefaultPort:         port,
	})
	if err != nil {
		return nil, err
	}
	object := &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: n.NodeName},
		Status:     corev1.NodeStatus{Addresses: []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: at.Hostname()}}},
	}
	return kubelet.GetMetrics(context.Background(), object)
}

// served is what `kubectl top` prints after two scrapes: usage by pod and container.
type served struct {
	nodes []metrics.NodeMetrics
	pods  map[string]map[string]corev1.ResourceList
}

// serveBetween stores a scrape, waits as `wait` does, stores another and returns what is served.
func serveBetween(address string, n node, pods []*metav1.PartialObjectMetadata, wait func()) (served, error) {
	store := storage.NewStorage(resolution)
	for scrapes := 0; scrapes < 2; scrapes++ {
		if scrapes > 0 {
			wait()
		}
		batch, err := scrape(address, n)
		if err != nil {
			return served{}, err
		}
		store.Store(batch)
	}
	nodes, err := store.GetNodeMetrics(&corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: n.NodeName}})
	if err != nil {
		return served{}, err
	}
	listed, err := store.GetPodMetrics(pods...)
	result := served{nodes, map[string]map[string]corev1.ResourceList{}}
	for _, pod := range listed {
		usage := map[string]corev1.ResourceList{}
		for _, container := range pod.Containers {
			usage[container.Name] = container.Usage
		}
		result.pods[pod.Namespace+"/"+pod.Name] = usage
	}
	return result, err
}

// podsOf returns the node's pods, and the containers of each that run. A container that was restarted while a node was
// recorded has no cgroup there.
func podsOf(t *testing.T, n node) ([]*metav1.PartialObjectMetadata, map[string][]string) {
	t.Helper()
	var list corev1.PodList
	if err := readJSON(n.Pods, &list); err != nil {
		t.Fatal(err)
	}
	found, err := parse(get(t, n.URL+"/metrics?collect[]=pids", ""))
	if err != nil {
		t.Fatal(err)
	}
	hasCgroup := readingsOf(found)
	var objects []*metav1.PartialObjectMetadata
	running := map[string][]string{}
	for _, pod := range list.Items {
		if pod.Spec.NodeName != n.NodeName {
			continue
		}
		objects = append(objects, &metav1.PartialObjectMetadata{ObjectMeta: pod.ObjectMeta})
		key := pod.Namespace + "/" + pod.Name
		for _, status := range append(pod.Status.ContainerStatuses, pod.Status.InitContainerStatuses...) {
			who := subject{pod.Namespace, pod.Name, status.Name}
			if status.State.Running != nil && hasCgroup[who]["processes"][""] > 0 {
				running[key] = append(running[key], status.Name)
			}
		}
	}
	return objects, running
}

// judgeServed reports running containers that are not served, and the node if it is not.
func judgeServed(n node, got served, running map[string][]string) error {
	var problems []error
	// Of the v1 node only the cgroups of pods were recorded.
	if len(got.nodes) != 1 && (!isRecorded(n) || isRecordedV2(n)) {
		problems = append(problems, fmt.Errorf("%d nodes are served", len(got.nodes)))
	}
	for pod, containers := range running {
		for _, container := range containers {
			if usage, ok := got.pods[pod][container]; !ok || usage.Memory().IsZero() {
				problems = append(problems, fmt.Errorf("%s/%s is not served", pod, container))
			}
		}
	}
	return errors.Join(problems...)
}

func nap() { time.Sleep(10 * time.Millisecond) }

func TestMetricsServer(t *testing.T) {
	onNodes(t, anyNode, func(t *testing.T, n node) {
		pods, running := podsOf(t, n)
		got, err := serveBetween(n.URL, n, pods, nap)
		if err != nil {
			t.Fatal(err)
		}
		if err := judgeServed(n, got, running); err != nil {
			t.Error(err)
		}
		if len(running) == 0 {
			t.Error("no container runs")
		}
	})
}

func TestMetricsServerFaults(t *testing.T) {
	onNodes(t, anyNode, func(t *testing.T, n node) {
		pods, running := podsOf(t, n)
		cut := altered(t, n.URL, func(body []byte) []byte {
			return body[:bytes.Index(body, []byte("container_memory_working_set_bytes{"))]
		})
		got, err := serveBetween(cut, n, pods, nap)
		if err == nil {
			err = judgeServed(n, got, running)
		}
		if err == nil {
			t.Error("a response without memory is accepted")
		}
		broken := altered(t, n.URL, func(body []byte) []byte { return append(body, "container_cpu_usage 1 x\n"...) })
		if _, err := scrape(broken, n); err == nil {
			t.Error("a line that is no sample is accepted")
		}
	})
}
