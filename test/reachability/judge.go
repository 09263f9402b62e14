package main

import (
	"fmt"

	"github.com/mattfenwick/cyclonus/pkg/kube"
	"github.com/mattfenwick/cyclonus/pkg/matcher"
	corev1 "k8s.io/api/core/v1"
)

// peer is one end of a connection, with the ports it listens on.
type peer struct {
	traffic *matcher.TrafficPeer
	ports   []port
}

// judge asks of each source and each destination port what both ends allow.
// The row and the column of one pod speak of two pods that are alike: a pod
// always reaches itself, but not its twin.
func judge(asked world) (rows []string, err error) {
	// cyclonus panics on a policy that no API server would have let in.
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("the policies cannot be judged: %v", cause)
		}
	}()
	for _, policy := range asked.Policies {
		defaultPolicyTypes(policy)
	}
	if err := rewriteSelectors(&asked); err != nil {
		return nil, err
	}
	peers, err := peersOf(asked)
	if err != nil {
		return nil, err
	}
	// Unsimplified: cyclonus calls its own simplification unfinished.
	policies := matcher.BuildNetworkPolicies(false, asked.Policies)
	for _, source := range peers {
		row := []byte{}
		for _, destination := range peers {
			for _, port := range destination.ports {
				row = append(row, mark(policies, source, destination, port))
			}
		}
		rows = append(rows, string(row))
	}
	return rows, nil
}

// mark is '+' where both ends allow the connection, '>' where only the source
// does, '<' where only the destination does, '.' where neither does, and '-'
// where no end is a pod, so that no policy has a say.
func mark(policies *matcher.Policy, source, destination peer, port port) byte {
	if source.traffic.IsExternal() && destination.traffic.IsExternal() {
		return '-'
	}
	result := policies.IsTrafficAllowed(&matcher.Traffic{
		Source:           source.traffic,
		Destination:      destination.traffic,
		ResolvedPort:     port.Port,
		ResolvedPortName: port.Name,
		Protocol:         corev1.Protocol(port.Protocol),
	})
	leaves, enters := result.Egress.IsAllowed(), result.Ingress.IsAllowed()
	switch {
	case leaves && enters:
		return '+'
	case leaves:
		return '>'
	case enters:
		return '<'
	default:
		return '.'
	}
}

func peersOf(asked world) ([]peer, error) {
	labels := map[string]map[string]string{}
	for _, namespace := range asked.Namespaces {
		labels[namespace.Name] = namespace.Labels
	}
	var peers []peer
	for _, pod := range asked.Pods {
		namespaceLabels, known := labels[pod.Namespace]
		if !known {
			return nil, fmt.Errorf("the pod %s is in the namespace %s, which is not listed", pod.Name, pod.Namespace)
		}
		internal := &matcher.InternalPeer{
			PodLabels:       pod.Labels,
			NamespaceLabels: namespaceLabels,
			Namespace:       pod.Namespace,
		}
		peers = append(peers, peer{&matcher.TrafficPeer{Internal: internal, IP: pod.IP}, pod.Ports})
	}
	for _, outsider := range asked.Outsiders {
		peers = append(peers, peer{&matcher.TrafficPeer{IP: outsider.IP}, outsider.Ports})
	}
	for _, peer := range peers {
		for _, port := range peer.ports {
			if _, err := kube.ParseProtocol(port.Protocol); err != nil {
				return nil, err
			}
		}
	}
	return peers, nil
}
