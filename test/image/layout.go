package main

import (
	"fmt"
	"io"
	"log"
	"net/http/httptest"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

type judgedLayout struct {
	// Digest is that of what was pushed, as the registry answered.
	Digest string `json:"digest"`
	// Platforms are those that can be pulled.
	Platforms []string `json:"platforms"`
}

// judgeLayout validates every descriptor, pushes the layout's one image or
// index as `crane push` does, and validates what comes back down to the last
// byte of its layers.
func judgeLayout(folder string) (judgedLayout, error) {
	index, err := layout.ImageIndexFromPath(folder)
	if err != nil {
		return judgedLayout{}, err
	}
	if err := validate.Index(index, validate.Fast); err != nil {
		return judgedLayout{}, err
	}
	manifest, err := index.IndexManifest()
	if err != nil {
		return judgedLayout{}, err
	}
	if len(manifest.Manifests) != 1 {
		return judgedLayout{}, fmt.Errorf("%d entries in index.json, and crane pushes one", len(manifest.Manifests))
	}
	server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	defer server.Close()
	reference, err := name.ParseReference(strings.TrimPrefix(server.URL, "http://") + "/palisade:pushed")
	if err != nil {
		return judgedLayout{}, err
	}
	if err := push(reference, index, manifest.Manifests[0]); err != nil {
		return judgedLayout{}, err
	}
	return pulled(reference)
}

func push(reference name.Reference, index v1.ImageIndex, one v1.Descriptor) error {
	if one.MediaType.IsIndex() {
		nested, err := index.ImageIndex(one.Digest)
		if err != nil {
			return err
		}
		return remote.WriteIndex(reference, nested)
	}
	image, err := index.Image(one.Digest)
	if err != nil {
		return err
	}
	return remote.Write(reference, image)
}

func pulled(reference name.Reference) (judgedLayout, error) {
	got, err := remote.Get(reference)
	if err != nil {
		return judgedLayout{}, err
	}
	judged := judgedLayout{Digest: got.Digest.String()}
	images, err := imagesOf(got)
	if err != nil {
		return judgedLayout{}, err
	}
	for _, image := range images {
		if err := validateImage(image); err != nil {
			return judgedLayout{}, err
		}
		config, err := image.ConfigFile()
		if err != nil {
			return judgedLayout{}, err
		}
		judged.Platforms = append(judged.Platforms, config.Platform().String())
	}
	return judged, nil
}

// validateImage does for layers what `crane validate` does for those in gzip
// alone: Fast leaves their content out.
func validateImage(image v1.Image) error {
	if err := validate.Image(image, validate.Fast); err != nil {
		return err
	}
	layers, err := image.Layers()
	if err != nil {
		return err
	}
	for _, layer := range layers {
		if err := validateLayer(layer); err != nil {
			return err
		}
	}
	return nil
}

func validateLayer(layer v1.Layer) error {
	for _, side := range []struct {
		digest func() (v1.Hash, error)
		open   func() (io.ReadCloser, error)
	}{{layer.Digest, layer.Compressed}, {layer.DiffID, layer.Uncompressed}} {
		want, err := side.digest()
		if err != nil {
			return err
		}
		reader, err := side.open()
		if err != nil {
			return err
		}
		defer reader.Close()
		got, _, err := v1.SHA256(reader)
		if err != nil {
			return err
		}
		if got != want {
			return fmt.Errorf("a layer is %s, not %s", got, want)
		}
	}
	return nil
}

func imagesOf(got *remote.Descriptor) ([]v1.Image, error) {
	if !got.MediaType.IsIndex() {
		image, err := got.Image()
		return []v1.Image{image}, err
	}
	index, err := got.ImageIndex()
	if err != nil {
		return nil, err
	}
	manifest, err := index.IndexManifest()
	if err != nil {
		return nil, err
	}
	var images []v1.Image
	for _, one := range manifest.Manifests {
		image, err := index.Image(one.Digest)
		if err != nil {
			return nil, err
		}
		images = append(images, image)
	}
	return images, nil
}
