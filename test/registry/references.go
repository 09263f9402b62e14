package main

import (
	"github.com/distribution/reference"
)

type parsed struct {
	Registry   string `json:"registry"`
	Repository string `json:"repository"`
	Tag        string `json:"tag,omitempty"`
	Digest     string `json:"digest,omitempty"`
}

// parseReference reads a reference that names its registry as container
// runtimes do. ParseNamed refuses every text that they would complete.
func parseReference(text string) (any, error) {
	named, err := reference.ParseNamed(text)
	if err != nil {
		return nil, err
	}
	answer := parsed{Registry: reference.Domain(named), Repository: reference.Path(named)}
	if tagged, ok := named.(reference.Tagged); ok {
		answer.Tag = tagged.Tag()
	}
	if digested, ok := named.(reference.Digested); ok {
		answer.Digest = digested.Digest().String()
	}
	return answer, nil
}
