// Package main is an image registry for tests, in one process on the loopback
// address. It speaks JSON lines: what it is on standard output at the start,
// then one answer for every command that comes on standard input. When that
// ends, so does the process: the kernel closes it with whoever started the
// registry, even if that was killed.
//
// With the argument `references` it is no registry, but reads image references
// the way container runtimes do.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strings"

	"github.com/google/go-containerregistry/pkg/registry"
)

func main() {
	var err error
	if len(os.Args) > 1 && os.Args[1] == "references" {
		err = answerLines(os.Stdin, os.Stdout, parseReference)
	} else {
		err = serve()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// started is the first line of output.
type started struct {
	Address string `json:"address"`
	// CA is in PEM, and empty without TLS.
	CA string `json:"ca"`
}

// command is one line of input; the first field that is set says which.
type command struct {
	Push     *pushCommand `json:"push"`
	Fault    *fault       `json:"fault"`
	Password *string      `json:"password"`
	Seen     bool         `json:"seen"`
}

func serve() error {
	auth := flag.String("auth", "none", "none, basic or bearer")
	user := flag.String("user", "palisade", "who may pull and push")
	password := flag.String("password", "", "the user's password, and the identity token")
	port := flag.Int("port", 0, "a free one unless set")
	names := flag.String("tls", "", "serve TLS for these names, comma-separated, and for the loopback address")
	flag.Parse()

	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", *port))
	if err != nil {
		return err
	}
	first := started{Address: listener.Addr().String()}
	scheme := "http"
	if *names != "" {
		scheme = "https"
		listener, first.CA, err = withTLS(listener, strings.Split(*names, ","))
		if err != nil {
			return err
		}
	}

	guard := newGuard(*auth, scheme, *user, *password)
	faults := &faults{}
	quiet := log.New(io.Discard, "", 0)
	handler := faults.before(guard.before(registry.New(registry.Logger(quiet))))
	server := &http.Server{Handler: handler, ErrorLog: quiet}
	go func() {
		fmt.Fprintln(os.Stderr, server.Serve(listener))
		os.Exit(1)
	}()

	if err := json.NewEncoder(os.Stdout).Encode(first); err != nil {
		return err
	}
	pusher := pusher{address: first.Address, scheme: scheme, ca: first.CA, guard: guard}
	return answerLines(os.Stdin, os.Stdout, func(line command) (any, error) {
		switch {
		case line.Push != nil:
			return pusher.push(*line.Push)
		case line.Fault != nil:
			faults.set(*line.Fault)
		case line.Password != nil:
			guard.setPassword(*line.Password)
		case line.Seen:
			return faults.takeSeen(), nil
		}
		return nil, nil
	})
}

// answerLines answers every JSON line with one, until the input ends.
func answerLines[Q any](in io.Reader, out io.Writer, answer func(Q) (any, error)) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 1<<20)
	encoder := json.NewEncoder(out)
	for lines.Scan() {
		var question Q
		reply := map[string]any{}
		err := json.Unmarshal(lines.Bytes(), &question)
		if err == nil {
			reply["answer"], err = answer(question)
		}
		if err != nil {
			reply["error"] = err.Error()
		}
		if err := encoder.Encode(reply); err != nil {
			return err
		}
	}
	return lines.Err()
}
