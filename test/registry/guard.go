package main

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
)

const service = "registry.test"

// guard asks who pulls or pushes. With bearer authentication it is also the
// token endpoint of the distribution token specification.
type guard struct {
	auth   string
	scheme string
	user   string

	lock     sync.Mutex
	password string
	// granted tells what a token is for.
	granted map[string]grant
}

type grant struct {
	repository string
	actions    []string
}

func newGuard(auth, scheme, user, password string) *guard {
	return &guard{auth: auth, scheme: scheme, user: user, password: password, granted: map[string]grant{}}
}

func (g *guard) setPassword(password string) {
	g.lock.Lock()
	defer g.lock.Unlock()
	g.password = password
	g.granted = map[string]grant{}
}

func (g *guard) credentials() (string, string) {
	g.lock.Lock()
	defer g.lock.Unlock()
	return g.user, g.password
}

func (g *guard) before(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case g.auth == "bearer" && r.URL.Path == "/token":
			g.serveToken(w, r)
		case g.auth == "basic" && !g.knows(r):
			w.Header().Set("WWW-Authenticate", `Basic realm="test"`)
			refuse(w)
		case g.auth == "bearer" && !g.grants(r):
			repository, action := wanted(r)
			challenge := fmt.Sprintf(`Bearer realm="%s://%s/token",service="%s"`, g.scheme, r.Host, service)
			if repository != "" {
				challenge += fmt.Sprintf(`,scope="repository:%s:%s"`, repository, action)
			}
			w.Header().Set("WWW-Authenticate", challenge)
			refuse(w)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

func refuse(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusUnauthorized)
	fmt.Fprint(w, `{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}`)
}

func (g *guard) knows(r *http.Request) bool {
	user, password, _ := r.BasicAuth()
	knownUser, knownPassword := g.credentials()
	return same(user, knownUser) && same(password, knownPassword)
}

func same(a, b string) bool {
	return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1
}

func (g *guard) grants(r *http.Request) bool {
	token, isBearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	g.lock.Lock()
	granted, known := g.granted[token]
	g.lock.Unlock()
	if !isBearer || !known {
		return false
	}
	repository, action := wanted(r)
	return repository == "" || (repository == granted.repository && slices.Contains(granted.actions, action))
}

var inRepository = regexp.MustCompile(`^/v2/(.+)/(?:manifests|blobs|tags|referrers)/`)

// wanted is the repository that a request is about, and what it does to it.
func wanted(r *http.Request) (string, string) {
	match := inRepository.FindStringSubmatch(r.URL.Path)
	if match == nil {
		return "", ""
	}
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return match[1], "pull"
	}
	return match[1], "push"
}

// serveToken gives a token for the one scope that is asked for: to a password
// on GET, to an identity token on POST.
func (g *guard) serveToken(w http.ResponseWriter, r *http.Request) {
	known := g.knows(r)
	field := "token"
	if r.Method == http.MethodPost {
		_, password := g.credentials()
		known = r.FormValue("grant_type") == "refresh_token" && r.FormValue("client_id") != "" &&
			same(r.FormValue("refresh_token"), password)
		field = "access_token"
	}
	if !known {
		refuse(w)
		return
	}
	granted, err := grantOf(r.FormValue("scope"))
	if err != nil || r.FormValue("service") != service {
		http.Error(w, "service or scope is wrong", http.StatusBadRequest)
		return
	}
	token := rand.Text()
	g.lock.Lock()
	g.granted[token] = granted
	g.lock.Unlock()
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{field: token, "expires_in": 300})
}

func grantOf(scope string) (grant, error) {
	if scope == "" {
		return grant{}, nil
	}
	parts := strings.Split(scope, ":")
	if len(parts) != 3 || parts[0] != "repository" {
		return grant{}, fmt.Errorf("scope %q", scope)
	}
	return grant{repository: parts[1], actions: strings.Split(parts[2], ",")}, nil
}
