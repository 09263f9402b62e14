package main

import (
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

type judgedLinkage struct {
	// Programs are those that name a loader.
	Programs []string `json:"programs"`
	// Libraries are those that something is linked to, by the names it uses.
	Libraries []string `json:"libraries"`
}

// judgeLinkage looks into every ELF file below the root of an image: the
// loader and the libraries that each asks for must be in the image too, for
// any architecture, also one that this machine cannot run.
func judgeLinkage(root string) (judgedLinkage, error) {
	judged := judgedLinkage{}
	present := map[string]bool{}
	needed := map[string]string{}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		present[entry.Name()] = true
		file, err := elf.Open(path)
		if err != nil {
			var other *elf.FormatError
			if errors.As(err, &other) {
				return nil
			}
			return err
		}
		defer file.Close()
		loader, err := loaderOf(file)
		if err != nil {
			return err
		}
		if loader != "" {
			judged.Programs = append(judged.Programs, strings.TrimPrefix(path, root))
			if _, err := os.Stat(filepath.Join(root, loader)); err != nil {
				return fmt.Errorf("%s starts with %s, which is not in the image: %w", path, loader, err)
			}
		}
		libraries, err := file.ImportedLibraries()
		for _, library := range libraries {
			needed[library] = path
		}
		return err
	})
	for library, by := range needed {
		if !present[library] {
			return judged, fmt.Errorf("%s needs %s, which is not in the image", by, library)
		}
		judged.Libraries = append(judged.Libraries, library)
	}
	return judged, err
}

func loaderOf(file *elf.File) (string, error) {
	for _, segment := range file.Progs {
		if segment.Type != elf.PT_INTERP {
			continue
		}
		path := make([]byte, segment.Filesz)
		if _, err := segment.ReadAt(path, 0); err != nil {
			return "", err
		}
		return strings.TrimRight(string(path), "\x00"), nil
	}
	return "", nil
}
