package kubelet

import (
	"regexp"
	"strings"

	"github.com/google/cadvisor/lib/metrics"
	info "github.com/google/cadvisor/lib/model"
	corev1 "k8s.io/api/core/v1"
)

// pauseImage is the image label of sandboxes. The kubelet has it from the container runtime.
const pauseImage = "registry.k8s.io/pause"

var (
	podCgroup       = regexp.MustCompile(`/pod([^/]+)(?:/([0-9a-f]{64}))?$`)
	containerScheme = regexp.MustCompile(`^[a-z-]+://`)
)

// identity is what the kubelet has from the container runtime.
type identity struct{ namespace, pod, container, image string }

// Labels returns the kubelet's labels for cgroups in the layout of the driver cgroupfs below root, by a list of pods
// instead of a container runtime.
func Labels(root string, pods corev1.PodList) metrics.ContainerLabelsFunc {
	known := map[string]identity{}
	for _, pod := range pods.Items {
		uid := string(pod.UID)
		if hash := pod.Annotations["kubernetes.io/config.hash"]; hash != "" {
			uid = hash
		}
		known[uid] = identity{namespace: pod.Namespace, pod: pod.Name}
		for _, status := range append(pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses...) {
			id := containerScheme.ReplaceAllString(status.ContainerID, "")
			known[id] = identity{pod.Namespace, pod.Name, status.Name, status.Image}
		}
	}
	return func(c *info.ContainerInfo) map[string]string {
		path := strings.TrimPrefix(c.Name, root)
		labels := map[string]string{"id": path, "image": "", "name": "", "namespace": "", "pod": "", "container": ""}
		match := podCgroup.FindStringSubmatch(path)
		if match == nil {
			return labels
		}
		who := known[match[1]]
		if id := match[2]; id != "" && who.pod != "" {
			own, named := known[id]
			if !named {
				own = identity{who.namespace, who.pod, "", pauseImage}
			}
			who, labels["name"] = own, id
		}
		labels["namespace"], labels["pod"] = who.namespace, who.pod
		labels["container"], labels["image"] = who.container, who.image
		return labels
	}
}
