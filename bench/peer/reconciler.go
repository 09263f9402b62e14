package main

import (
	"context"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
)

type workloadReconciler struct {
	client.Client
}

func (r *workloadReconciler) setup(mgr ctrl.Manager, concurrency int) error {
	return ctrl.NewControllerManagedBy(mgr).
		For(&SecureWorkload{}).
		Owns(&networkingv1.NetworkPolicy{}).
		Owns(&corev1.ServiceAccount{}).
		Owns(&corev1.Service{}).
		Owns(&policyv1.PodDisruptionBudget{}).
		Owns(&appsv1.Deployment{}).
		WithOptions(controller.Options{MaxConcurrentReconciles: concurrency}).
		Complete(r)
}

func (r *workloadReconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	workload := &SecureWorkload{}
	if err := r.Get(ctx, request.NamespacedName, workload); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if !workload.DeletionTimestamp.IsZero() {
		return ctrl.Result{}, nil
	}
	for _, child := range childrenOf(workload) {
		set := func() error {
			child.set()
			return controllerutil.SetControllerReference(workload, child.object, r.Scheme())
		}
		if _, err := controllerutil.CreateOrUpdate(ctx, r.Client, child.object, set); err != nil {
			return ctrl.Result{}, err
		}
	}
	return ctrl.Result{}, r.report(ctx, workload)
}

type child struct {
	object client.Object
	set    func()
}

// childrenOf names the guards first and what runs the pods last.
func childrenOf(workload *SecureWorkload) []child {
	named := metav1.ObjectMeta{Name: workload.Name, Namespace: workload.Namespace}
	policy := &networkingv1.NetworkPolicy{ObjectMeta: named}
	account := &corev1.ServiceAccount{ObjectMeta: named}
	service := &corev1.Service{ObjectMeta: named}
	budget := &policyv1.PodDisruptionBudget{ObjectMeta: named}
	deployment := &appsv1.Deployment{ObjectMeta: named}
	return []child{
		{policy, func() { setNetworkPolicy(policy, workload) }},
		{account, func() { setServiceAccount(account, workload) }},
		{service, func() { setService(service, workload) }},
		{budget, func() { setDisruptionBudget(budget, workload) }},
		{deployment, func() { setDeployment(deployment, workload) }},
	}
}

// report writes the status where it says something new.
func (r *workloadReconciler) report(ctx context.Context, workload *SecureWorkload) error {
	deployment := &appsv1.Deployment{}
	if err := r.Get(ctx, client.ObjectKeyFromObject(workload), deployment); err != nil {
		return client.IgnoreNotFound(err)
	}
	before := workload.Status.DeepCopy()
	workload.Status.ObservedGeneration = workload.Generation
	workload.Status.Children = nil
	for _, kind := range []string{"Deployment", "NetworkPolicy", "PodDisruptionBudget", "Service", "ServiceAccount"} {
		workload.Status.Children = append(workload.Status.Children, kind+"/"+workload.Name)
	}
	ready := metav1.Condition{
		Type:               "Ready",
		Status:             metav1.ConditionFalse,
		Reason:             "RollingOut",
		Message:            "pods are not of the latest spec yet",
		ObservedGeneration: workload.Generation,
	}
	status := deployment.Status
	if status.ObservedGeneration == deployment.Generation && status.UpdatedReplicas == *deployment.Spec.Replicas {
		ready.Status, ready.Reason, ready.Message = metav1.ConditionTrue, "RolledOut", "every pod is of the latest spec"
	}
	meta.SetStatusCondition(&workload.Status.Conditions, ready)
	if equality.Semantic.DeepEqual(before, &workload.Status) {
		return nil
	}
	return r.Status().Update(ctx, workload)
}
