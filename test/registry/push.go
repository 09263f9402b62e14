package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// pushCommand asks for a tiny image of random content under a tag: a new image
// each time.
type pushCommand struct {
	Repository string `json:"repository"`
	Tag        string `json:"tag"`
	// Platforms make it an index with an image for each.
	Platforms []string `json:"platforms"`
	// Docker chooses Docker's media types instead of OCI's.
	Docker bool `json:"docker"`
}

// pusher pushes over the network and with credentials, as anybody would: the
// registry is held to what a client that nobody here wrote expects of it.
type pusher struct {
	address string
	scheme  string
	ca      string
	guard   *guard
}

func (p *pusher) push(what pushCommand) (any, error) {
	options := []name.Option{name.StrictValidation}
	if p.scheme == "http" {
		options = append(options, name.Insecure)
	}
	ref, err := name.NewTag(fmt.Sprintf("%s/%s:%s", p.address, what.Repository, what.Tag), options...)
	if err != nil {
		return nil, err
	}
	push := p.pushImage
	if len(what.Platforms) > 0 {
		push = p.pushIndex
	}
	digest, err := push(ref, what)
	return digest.String(), err
}

func (p *pusher) pushImage(ref name.Tag, what pushCommand) (v1.Hash, error) {
	image, err := imageOf(what)
	if err != nil {
		return v1.Hash{}, err
	}
	if err := remote.Write(ref, image, p.options()...); err != nil {
		return v1.Hash{}, err
	}
	return image.Digest()
}

func (p *pusher) pushIndex(ref name.Tag, what pushCommand) (v1.Hash, error) {
	index := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	if what.Docker {
		index = mutate.IndexMediaType(empty.Index, types.DockerManifestList)
	}
	for _, text := range what.Platforms {
		platform, err := v1.ParsePlatform(text)
		if err != nil {
			return v1.Hash{}, err
		}
		image, err := imageOf(what)
		if err != nil {
			return v1.Hash{}, err
		}
		index = mutate.AppendManifests(index, mutate.IndexAddendum{Add: image, Descriptor: v1.Descriptor{Platform: platform}})
	}
	if err := remote.WriteIndex(ref, index, p.options()...); err != nil {
		return v1.Hash{}, err
	}
	return index.Digest()
}

func imageOf(what pushCommand) (v1.Image, error) {
	image, err := random.Image(256, 1)
	if err != nil {
		return nil, err
	}
	if what.Docker {
		return mutate.MediaType(image, types.DockerManifestSchema2), nil
	}
	return mutate.MediaType(image, types.OCIManifestSchema1), nil
}

func (p *pusher) options() []remote.Option {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.Proxy = nil
	if p.ca != "" {
		roots := x509.NewCertPool()
		roots.AppendCertsFromPEM([]byte(p.ca))
		transport.TLSClientConfig = &tls.Config{RootCAs: roots}
	}
	user, password := p.guard.credentials()
	return []remote.Option{
		remote.WithTransport(transport),
		remote.WithAuth(&authn.Basic{Username: user, Password: password}),
	}
}
