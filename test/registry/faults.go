package main

import (
	"net/http"
	"strings"
	"sync"
	"time"
)

// fault is how requests for manifests are answered wrongly. Without any field
// they are answered rightly.
type fault struct {
	// Digest is claimed in place of the manifest's own.
	Digest string `json:"digest"`
	// HideHead answers HEAD as registries do that do not know it.
	HideHead bool `json:"hideHead"`
	// Redirect is where requests are sent instead.
	Redirect string `json:"redirect"`
	// RedirectKnown leaves those out that bring no credential.
	RedirectKnown bool `json:"redirectKnown"`
	// RedirectFrom leaves those out that are for another host.
	RedirectFrom string `json:"redirectFrom"`
	// Challenge is asked of everybody, whatever they bring.
	Challenge string `json:"challenge"`
	// ChallengeOnce leaves those out that bring a credential.
	ChallengeOnce bool `json:"challengeOnce"`
	// Status is answered instead.
	Status int `json:"status"`
	// RetryAfter goes with it.
	RetryAfter string `json:"retryAfter"`
	// DelayMs goes by before anything is answered.
	DelayMs int `json:"delayMs"`
}

// request is what a test gets to see of one; of who asks, only how it was proved.
type request struct {
	Method        string `json:"method"`
	Host          string `json:"host"`
	Path          string `json:"path"`
	Query         string `json:"query"`
	Authorization string `json:"authorization"`
	Accept        string `json:"accept"`
}

type faults struct {
	lock    sync.Mutex
	current fault
	seen    []request
}

func (f *faults) set(next fault) {
	f.lock.Lock()
	defer f.lock.Unlock()
	f.current = next
}

func (f *faults) takeSeen() []request {
	f.lock.Lock()
	defer f.lock.Unlock()
	seen := f.seen
	f.seen = []request{}
	if seen == nil {
		return []request{}
	}
	return seen
}

func (f *faults) before(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		current := f.note(r)
		if !strings.Contains(r.URL.Path, "/manifests/") {
			next.ServeHTTP(w, r)
			return
		}
		anonymous := r.Header.Get("Authorization") == ""
		time.Sleep(time.Duration(current.DelayMs) * time.Millisecond)
		switch {
		case current.HideHead && r.Method == http.MethodHead:
			w.WriteHeader(http.StatusMethodNotAllowed)
		case current.Redirect != "" && current.redirects(r.Host, anonymous):
			http.Redirect(w, r, current.Redirect, http.StatusTemporaryRedirect)
		case current.Challenge != "" && (anonymous || !current.ChallengeOnce):
			w.Header().Set("WWW-Authenticate", current.Challenge)
			refuse(w)
		case current.Status != 0:
			if current.RetryAfter != "" {
				w.Header().Set("Retry-After", current.RetryAfter)
			}
			w.WriteHeader(current.Status)
		case current.Digest != "":
			next.ServeHTTP(&liar{w, current.Digest}, r)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

func (f fault) redirects(host string, anonymous bool) bool {
	return strings.HasPrefix(host, f.RedirectFrom) && !(f.RedirectKnown && anonymous)
}

func (f *faults) note(r *http.Request) fault {
	scheme, _, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	f.lock.Lock()
	defer f.lock.Unlock()
	f.seen = append(f.seen, request{
		Method: r.Method, Host: r.Host, Path: r.URL.Path, Query: r.URL.RawQuery,
		Authorization: scheme, Accept: r.Header.Get("Accept"),
	})
	return f.current
}

// liar replaces the digest just before the header goes out.
type liar struct {
	http.ResponseWriter
	digest string
}

func (l *liar) WriteHeader(status int) {
	l.Header().Set("Docker-Content-Digest", l.digest)
	l.ResponseWriter.WriteHeader(status)
}
