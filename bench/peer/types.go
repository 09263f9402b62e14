package main

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/scheme"
)

var (
	groupVersion  = schema.GroupVersion{Group: "palisade.dev", Version: "v1alpha1"}
	schemeBuilder = &scheme.Builder{GroupVersion: groupVersion}
)

func init() {
	schemeBuilder.Register(&SecureWorkload{}, &SecureWorkloadList{})
}

// SecureWorkload as far as the benchmark fills it.
type SecureWorkload struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	Spec   SecureWorkloadSpec   `json:"spec,omitempty"`
	Status SecureWorkloadStatus `json:"status,omitempty"`
}

type SecureWorkloadSpec struct {
	Image    string         `json:"image"`
	Replicas *int32         `json:"replicas,omitempty"`
	Ports    []WorkloadPort `json:"ports,omitempty"`
	Access   *Access        `json:"access,omitempty"`
}

type WorkloadPort struct {
	Name string `json:"name"`
	Port int32  `json:"port"`
}

type Access struct {
	Inbound []Peer `json:"inbound,omitempty"`
}

type Peer struct {
	Workload string `json:"workload,omitempty"`
}

type SecureWorkloadStatus struct {
	ObservedGeneration int64              `json:"observedGeneration,omitempty"`
	Conditions         []metav1.Condition `json:"conditions,omitempty"`
	Children           []string           `json:"children,omitempty"`
}

type SecureWorkloadList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []SecureWorkload `json:"items"`
}

func (in *SecureWorkload) DeepCopyObject() runtime.Object {
	out := &SecureWorkload{TypeMeta: in.TypeMeta, Spec: in.Spec, Status: *in.Status.DeepCopy()}
	in.ObjectMeta.DeepCopyInto(&out.ObjectMeta)
	if in.Spec.Replicas != nil {
		replicas := *in.Spec.Replicas
		out.Spec.Replicas = &replicas
	}
	out.Spec.Ports = append([]WorkloadPort(nil), in.Spec.Ports...)
	if in.Spec.Access != nil {
		out.Spec.Access = &Access{Inbound: append([]Peer(nil), in.Spec.Access.Inbound...)}
	}
	return out
}

func (in *SecureWorkloadStatus) DeepCopy() *SecureWorkloadStatus {
	return &SecureWorkloadStatus{
		ObservedGeneration: in.ObservedGeneration,
		Conditions:         append([]metav1.Condition(nil), in.Conditions...),
		Children:           append([]string(nil), in.Children...),
	}
}

func (in *SecureWorkloadList) DeepCopyObject() runtime.Object {
	out := &SecureWorkloadList{TypeMeta: in.TypeMeta}
	in.ListMeta.DeepCopyInto(&out.ListMeta)
	for index := range in.Items {
		out.Items = append(out.Items, *in.Items[index].DeepCopyObject().(*SecureWorkload))
	}
	return out
}
