package main

import (
	"fmt"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// selects is the API server's own reading of a selector.
func selects(selector metav1.LabelSelector, object map[string]string) (bool, error) {
	compiled, err := metav1.LabelSelectorAsSelector(&selector)
	if err != nil {
		return false, err
	}
	return compiled.Matches(labels.Set(object)), nil
}

// defaultPolicyTypes fills in what the API server does for a policy that leaves
// them out, and what cyclonus demands.
func defaultPolicyTypes(policy *networkingv1.NetworkPolicy) {
	if len(policy.Spec.PolicyTypes) > 0 {
		return
	}
	policy.Spec.PolicyTypes = []networkingv1.PolicyType{networkingv1.PolicyTypeIngress}
	if len(policy.Spec.Egress) > 0 {
		policy.Spec.PolicyTypes = append(policy.Spec.PolicyTypes, networkingv1.PolicyTypeEgress)
	}
}

// rewriteSelectors puts selectors that cyclonus misreads into a form it reads
// right. To cyclonus NotIn does not match an object without the key, and a
// label that must be empty matches one; to Kubernetes it is the other way
// round. What such a selector selects is worked out by Kubernetes' code and put
// on the objects as a label, which then stands in the selector's place.
func rewriteSelectors(asked *world) error {
	stand := standIns{world: asked}
	for _, policy := range asked.Policies {
		stand.replace(&policy.Spec.PodSelector, stand.pods)
		for _, rule := range policy.Spec.Ingress {
			stand.replacePeers(rule.From)
		}
		for _, rule := range policy.Spec.Egress {
			stand.replacePeers(rule.To)
		}
	}
	return stand.err
}

type standIns struct {
	world *world
	count int
	err   error
}

func (s *standIns) replacePeers(peers []networkingv1.NetworkPolicyPeer) {
	for _, peer := range peers {
		s.replace(peer.PodSelector, s.pods)
		s.replace(peer.NamespaceSelector, s.namespaces)
	}
}

func (s *standIns) replace(selector *metav1.LabelSelector, objects func() []*map[string]string) {
	if selector == nil || !isMisread(*selector) {
		return
	}
	s.count++
	label := fmt.Sprintf("reachability.test/selector-%d", s.count)
	for _, object := range objects() {
		matches, err := selects(*selector, *object)
		if err != nil {
			s.err = err
		}
		if matches {
			*object = labels.Merge(*object, labels.Set{label: "selected"})
		}
	}
	*selector = metav1.LabelSelector{MatchLabels: map[string]string{label: "selected"}}
}

func isMisread(selector metav1.LabelSelector) bool {
	for _, value := range selector.MatchLabels {
		if value == "" {
			return true
		}
	}
	for _, expression := range selector.MatchExpressions {
		if expression.Operator == metav1.LabelSelectorOpNotIn {
			return true
		}
	}
	return false
}

func (s *standIns) pods() []*map[string]string {
	var found []*map[string]string
	for index := range s.world.Pods {
		found = append(found, &s.world.Pods[index].Labels)
	}
	return found
}

func (s *standIns) namespaces() []*map[string]string {
	var found []*map[string]string
	for index := range s.world.Namespaces {
		found = append(found, &s.world.Namespaces[index].Labels)
	}
	return found
}
