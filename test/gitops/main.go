// Says of objects what GitOps tools would say of them: Argo CD by its health scripts, Flux by its health expressions, and
// everybody who uses kstatus without any customization. Reads one question as JSON, writes one answer for each object.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/fluxcd/cli-utils/pkg/kstatus/status"
	"github.com/fluxcd/pkg/apis/kustomize"
	"github.com/fluxcd/pkg/runtime/cel"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

type question struct {
	// Health scripts by Argo CD's key, palisade.dev/SecureWorkload for example.
	Argo map[string]string `json:"argo"`
	// spec.healthCheckExprs of a Flux Kustomization.
	Flux    []kustomize.CustomHealthCheck `json:"flux"`
	Objects []json.RawMessage             `json:"objects"`
}

type answer struct {
	Argo    health `json:"argo"`
	Flux    string `json:"flux"`
	Kstatus string `json:"kstatus"`
}

func main() {
	answers, err := judge()
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(answers)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func judge() ([]answer, error) {
	var asked question
	if err := json.NewDecoder(os.Stdin).Decode(&asked); err != nil {
		return nil, err
	}
	answers := make([]answer, 0, len(asked.Objects))
	for _, raw := range asked.Objects {
		object := &unstructured.Unstructured{}
		// Whole numbers become int64, as they are in what a client reads.
		if err := object.UnmarshalJSON(raw); err != nil {
			return nil, err
		}
		one, err := answerFor(object, asked)
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", object.GetKind(), object.GetName(), err)
		}
		answers = append(answers, one)
	}
	return answers, nil
}

func answerFor(object *unstructured.Unstructured, asked question) (answer, error) {
	gvk := object.GroupVersionKind()
	argo, err := argoHealth(object, asked.Argo[gvk.Group+"/"+gvk.Kind])
	if err != nil {
		return answer{}, err
	}
	flux, err := fluxStatus(object, asked.Flux)
	if err != nil {
		return answer{}, err
	}
	generic, err := status.Compute(object)
	if err != nil {
		return answer{}, err
	}
	return answer{Argo: argo, Flux: flux, Kstatus: generic.Status.String()}, nil
}

// As Flux' kustomize-controller: what is being deleted is not asked of the expressions.
func fluxStatus(object *unstructured.Unstructured, checks []kustomize.CustomHealthCheck) (string, error) {
	if object.GetDeletionTimestamp() != nil {
		return status.TerminatingStatus.String(), nil
	}
	for _, check := range checks {
		if check.APIVersion != object.GetAPIVersion() || check.Kind != object.GetKind() {
			continue
		}
		evaluator, err := cel.NewStatusEvaluator(&check.HealthCheckExpressions)
		if err != nil {
			return "", err
		}
		result, err := evaluator.Evaluate(context.Background(), object)
		if err != nil {
			return "", err
		}
		return result.Status.String(), nil
	}
	return "", fmt.Errorf("no health check for it")
}
