// Package main judges images and their bills of materials with the libraries that registries, crane and scanners are built on:
//
//	image-judge layout FOLDER        every blob of an OCI layout, and what a registry makes of it
//	image-judge sbom FILE SCHEMAS    a CycloneDX document against its JSON schema
//	image-judge linkage ROOT         every program and library below a folder, and what they are linked to
//
// What is right is said on standard output, in JSON; what is wrong on standard error.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
)

func main() {
	answer, err := judge(os.Args[1:])
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(answer)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func judge(args []string) (any, error) {
	switch {
	case len(args) == 2 && args[0] == "layout":
		return judgeLayout(args[1])
	case len(args) == 3 && args[0] == "sbom":
		return judgeSbom(args[1], args[2])
	case len(args) == 2 && args[0] == "linkage":
		return judgeLinkage(args[1])
	default:
		return nil, errors.New("usage: image-judge layout FOLDER | image-judge sbom FILE SCHEMAS | image-judge linkage ROOT")
	}
}
