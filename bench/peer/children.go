package main

import (
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

const workloadLabel = "palisade.dev/workload"

func pointer[T any](value T) *T { return &value }

func selectorOf(name string) map[string]string { return map[string]string{workloadLabel: name} }

func labelsOf(name string) map[string]string {
	return map[string]string{
		"app.kubernetes.io/managed-by": "peer",
		"app.kubernetes.io/name":       name,
		workloadLabel:                  name,
	}
}

// setNetworkPolicy lets in whom the spec names, and lets nothing out.
func setNetworkPolicy(policy *networkingv1.NetworkPolicy, workload *SecureWorkload) {
	policy.Labels = labelsOf(workload.Name)
	var peers []networkingv1.NetworkPolicyPeer
	if workload.Spec.Access != nil {
		for _, peer := range workload.Spec.Access.Inbound {
			peers = append(peers, networkingv1.NetworkPolicyPeer{
				NamespaceSelector: &metav1.LabelSelector{
					MatchLabels: map[string]string{"kubernetes.io/metadata.name": workload.Namespace},
				},
				PodSelector: &metav1.LabelSelector{MatchLabels: selectorOf(peer.Workload)},
			})
		}
	}
	var ports []networkingv1.NetworkPolicyPort
	for _, port := range workload.Spec.Ports {
		ports = append(ports, networkingv1.NetworkPolicyPort{
			Port:     pointer(intstr.FromInt32(port.Port)),
			Protocol: pointer(corev1.ProtocolTCP),
		})
	}
	policy.Spec = networkingv1.NetworkPolicySpec{
		PodSelector: metav1.LabelSelector{MatchLabels: selectorOf(workload.Name)},
		PolicyTypes: []networkingv1.PolicyType{networkingv1.PolicyTypeIngress, networkingv1.PolicyTypeEgress},
	}
	if len(peers) > 0 {
		policy.Spec.Ingress = []networkingv1.NetworkPolicyIngressRule{{From: peers, Ports: ports}}
	}
}

func setServiceAccount(account *corev1.ServiceAccount, workload *SecureWorkload) {
	account.Labels = labelsOf(workload.Name)
	account.AutomountServiceAccountToken = pointer(false)
}

// setService keeps what the API server allocated.
func setService(service *corev1.Service, workload *SecureWorkload) {
	service.Labels = labelsOf(workload.Name)
	var ports []corev1.ServicePort
	for _, port := range workload.Spec.Ports {
		ports = append(ports, corev1.ServicePort{
			Name:       port.Name,
			Port:       port.Port,
			TargetPort: intstr.FromInt32(port.Port),
			Protocol:   corev1.ProtocolTCP,
		})
	}
	service.Spec = corev1.ServiceSpec{
		Type:                  corev1.ServiceTypeClusterIP,
		Selector:              selectorOf(workload.Name),
		Ports:                 ports,
		SessionAffinity:       corev1.ServiceAffinityNone,
		InternalTrafficPolicy: pointer(corev1.ServiceInternalTrafficPolicyCluster),
		IPFamilyPolicy:        pointer(corev1.IPFamilyPolicyPreferDualStack),
		ClusterIP:             service.Spec.ClusterIP,
		ClusterIPs:            service.Spec.ClusterIPs,
		IPFamilies:            service.Spec.IPFamilies,
	}
}

func setDisruptionBudget(budget *policyv1.PodDisruptionBudget, workload *SecureWorkload) {
	budget.Labels = labelsOf(workload.Name)
	budget.Spec = policyv1.PodDisruptionBudgetSpec{
		MaxUnavailable:             pointer(intstr.FromInt32(1)),
		Selector:                   &metav1.LabelSelector{MatchLabels: selectorOf(workload.Name)},
		UnhealthyPodEvictionPolicy: pointer(policyv1.AlwaysAllow),
	}
}

// setDeployment says the defaults too, so that the whole spec can be compared.
func setDeployment(deployment *appsv1.Deployment, workload *SecureWorkload) {
	replicas := int32(1)
	if workload.Spec.Replicas != nil {
		replicas = *workload.Spec.Replicas
	}
	deployment.Labels = labelsOf(workload.Name)
	deployment.Spec = appsv1.DeploymentSpec{
		Replicas: &replicas,
		Selector: &metav1.LabelSelector{MatchLabels: selectorOf(workload.Name)},
		Strategy: appsv1.DeploymentStrategy{
			Type: appsv1.RollingUpdateDeploymentStrategyType,
			RollingUpdate: &appsv1.RollingUpdateDeployment{
				MaxUnavailable: pointer(intstr.FromInt32(0)),
				MaxSurge:       pointer(intstr.FromString("25%")),
			},
		},
		ProgressDeadlineSeconds: pointer(int32(600)),
		RevisionHistoryLimit:    pointer(int32(2)),
		Template: corev1.PodTemplateSpec{
			ObjectMeta: metav1.ObjectMeta{Labels: labelsOf(workload.Name)},
			Spec:       podSpec(workload),
		},
	}
}

func podSpec(workload *SecureWorkload) corev1.PodSpec {
	var ports []corev1.ContainerPort
	for _, port := range workload.Spec.Ports {
		ports = append(ports, corev1.ContainerPort{Name: port.Name, ContainerPort: port.Port, Protocol: corev1.ProtocolTCP})
	}
	return corev1.PodSpec{
		Containers: []corev1.Container{{
			Name:                     workload.Name,
			Image:                    workload.Spec.Image,
			ImagePullPolicy:          corev1.PullIfNotPresent,
			Ports:                    ports,
			Resources:                resources(),
			TerminationMessagePath:   corev1.TerminationMessagePathDefault,
			TerminationMessagePolicy: corev1.TerminationMessageReadFile,
			SecurityContext: &corev1.SecurityContext{
				ReadOnlyRootFilesystem:   pointer(true),
				AllowPrivilegeEscalation: pointer(false),
				Capabilities:             &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
			},
		}},
		ServiceAccountName:       workload.Name,
		DeprecatedServiceAccount: workload.Name,
		SecurityContext: &corev1.PodSecurityContext{
			RunAsUser:           pointer(int64(20_000)),
			RunAsGroup:          pointer(int64(20_000)),
			FSGroup:             pointer(int64(20_000)),
			FSGroupChangePolicy: pointer(corev1.FSGroupChangeOnRootMismatch),
			RunAsNonRoot:        pointer(true),
			SeccompProfile:      &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
		},
		RestartPolicy:                 corev1.RestartPolicyAlways,
		TerminationGracePeriodSeconds: pointer(int64(30)),
		DNSPolicy:                     corev1.DNSClusterFirst,
		SchedulerName:                 corev1.DefaultSchedulerName,
		TopologySpreadConstraints: []corev1.TopologySpreadConstraint{
			spread(workload.Name, "kubernetes.io/hostname"),
			spread(workload.Name, "topology.kubernetes.io/zone"),
		},
		AutomountServiceAccountToken: pointer(false),
		EnableServiceLinks:           pointer(false),
	}
}

func resources() corev1.ResourceRequirements {
	return corev1.ResourceRequirements{
		Requests: corev1.ResourceList{
			corev1.ResourceCPU:              resource.MustParse("50m"),
			corev1.ResourceMemory:           resource.MustParse("64Mi"),
			corev1.ResourceEphemeralStorage: resource.MustParse("64Mi"),
		},
		Limits: corev1.ResourceList{
			corev1.ResourceCPU:              resource.MustParse("500m"),
			corev1.ResourceMemory:           resource.MustParse("256Mi"),
			corev1.ResourceEphemeralStorage: resource.MustParse("1Gi"),
		},
	}
}

func spread(name, key string) corev1.TopologySpreadConstraint {
	return corev1.TopologySpreadConstraint{
		MaxSkew:           1,
		TopologyKey:       key,
		WhenUnsatisfiable: corev1.ScheduleAnyway,
		LabelSelector:     &metav1.LabelSelector{MatchLabels: selectorOf(name)},
	}
}
