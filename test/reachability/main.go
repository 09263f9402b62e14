// Package main judges who may connect to whom under a set of NetworkPolicies.
//
// The verdicts are cyclonus', the label selectors are Kubernetes' own: nothing
// of Palisade takes part in them. It reads a request from standard input and
// writes an answer to standard output, both as JSON; many worlds in one request
// cost one process. On a request that it cannot judge it answers nothing, says
// why on standard error, and ends with 1.
//
// What it does not see: nodes (a pod's own node always reaches it; any node's
// address here is an address like another), pods in the host's network, the way
// back of a connection (it is always open), addresses of Services (policies
// apply after translation), cluster-wide policy kinds, and more than one
// address of a pod.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

type request struct {
	Worlds    []world            `json:"worlds"`
	Selectors []selectorQuestion `json:"selectors"`
}

type answer struct {
	// Of each world, a row for each source: its pods, then its outsiders. A
	// row has a letter for each destination port, in the same order: see mark.
	Worlds    [][]string `json:"worlds"`
	Selectors []bool     `json:"selectors"`
}

// world is a cluster as far as NetworkPolicies see it.
type world struct {
	Policies   []*networkingv1.NetworkPolicy `json:"policies"`
	Namespaces []namespace                   `json:"namespaces"`
	Pods       []pod                         `json:"pods"`
	// Outsiders are addresses that no pod has.
	Outsiders []outsider `json:"outsiders"`
}

type namespace struct {
	Name   string            `json:"name"`
	Labels map[string]string `json:"labels"`
}

type pod struct {
	Namespace string            `json:"namespace"`
	Name      string            `json:"name"`
	Labels    map[string]string `json:"labels"`
	IP        string            `json:"ip"`
	Ports     []port            `json:"ports"`
}

type outsider struct {
	Name  string `json:"name"`
	IP    string `json:"ip"`
	Ports []port `json:"ports"`
}

type port struct {
	Name     string `json:"name"`
	Port     int    `json:"port"`
	Protocol string `json:"protocol"`
}

// selectorQuestion asks whether a selector matches an object with these labels.
type selectorQuestion struct {
	Selector metav1.LabelSelector `json:"selector"`
	Labels   map[string]string    `json:"labels"`
}

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(in io.Reader, out io.Writer) error {
	// A field that this version of the types does not know could change the
	// verdict, so it is refused rather than passed over.
	decoder := json.NewDecoder(in)
	decoder.DisallowUnknownFields()
	var asked request
	if err := decoder.Decode(&asked); err != nil {
		return fmt.Errorf("the request is not understood: %w", err)
	}
	result := answer{Worlds: [][]string{}, Selectors: []bool{}}
	for index, world := range asked.Worlds {
		rows, err := judge(world)
		if err != nil {
			return fmt.Errorf("worlds[%d]: %w", index, err)
		}
		result.Worlds = append(result.Worlds, rows)
	}
	for index, question := range asked.Selectors {
		matches, err := selects(question.Selector, question.Labels)
		if err != nil {
			return fmt.Errorf("selectors[%d]: %w", index, err)
		}
		result.Selectors = append(result.Selectors, matches)
	}
	return json.NewEncoder(out).Encode(result)
}
