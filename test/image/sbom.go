package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"

	"github.com/CycloneDX/cyclonedx-go"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

type judgedSbom struct {
	Version    string `json:"version"`
	Components int    `json:"components"`
}

// judgeSbom checks the document against the schema that the CycloneDX module
// carries, and reads it as tools in Go do.
func judgeSbom(file, schemas string) (judgedSbom, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return judgedSbom{}, err
	}
	schema, err := compileSchema(schemas)
	if err != nil {
		return judgedSbom{}, err
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return judgedSbom{}, err
	}
	if err := schema.Validate(document); err != nil {
		return judgedSbom{}, err
	}
	var bom cyclonedx.BOM
	if err := cyclonedx.NewBOMDecoder(bytes.NewReader(text), cyclonedx.BOMFileFormatJSON).Decode(&bom); err != nil {
		return judgedSbom{}, err
	}
	if bom.Components == nil || bom.Dependencies == nil {
		return judgedSbom{}, fmt.Errorf("no components, or no dependencies")
	}
	return judgedSbom{Version: bom.SpecVersion.String(), Components: len(*bom.Components)}, unresolved(bom)
}

// compileSchema reads the schemas from the folder alone, under the identifiers
// by which they name each other; the network is never asked.
func compileSchema(folder string) (*jsonschema.Schema, error) {
	compiler := jsonschema.NewCompiler()
	var bom string
	for _, file := range []string{"spdx.schema.json", "jsf-0.82.schemax.json", "bom-1.6.schema.json"} {
		id, err := addSchema(compiler, filepath.Join(folder, file))
		if err != nil {
			return nil, err
		}
		bom = id
	}
	return compiler.Compile(bom)
}

func addSchema(compiler *jsonschema.Compiler, file string) (string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return "", err
	}
	object, _ := document.(map[string]any)
	id, _ := object["$id"].(string)
	return id, compiler.AddResource(id, document)
}

// unresolved says what the schema cannot: that a dependency is on something
// that is in the document, and that no two things have one name.
func unresolved(bom cyclonedx.BOM) error {
	known := map[string]bool{bom.Metadata.Component.BOMRef: true}
	for _, component := range *bom.Components {
		if known[component.BOMRef] {
			return fmt.Errorf("two components are called %s", component.BOMRef)
		}
		known[component.BOMRef] = true
	}
	for _, dependency := range *bom.Dependencies {
		for _, reference := range append([]string{dependency.Ref}, *dependency.Dependencies...) {
			if !known[reference] {
				return fmt.Errorf("%s depends on %s, which is no component", dependency.Ref, reference)
			}
		}
	}
	return nil
}
