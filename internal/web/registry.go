package web

import (
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"laurel/registry"
)

// Registry is the trusted-issuer registry that a Server shows.
type Registry struct {
	// Current is the newest version that was accepted; nil while there is none.
	Current func() *registry.Snapshot
	// Events are those of the registry's log, in its order. They are not changed afterwards.
	// Nil: pages show none.
	Events func() []*registry.Event
	// Evidence shows to others what the newest version says of an entry, as programs check it.
	// Nil: none is given.
	Evidence func(entry string) ([]byte, error)
	// Files are the registry as it is published, for programs to follow.
	Files fs.FS
	// Name is what people call the registry, by which verifiers name it too.
	Name string
}

// firstRoot is the file with which whoever follows a registry begins.
const firstRoot = "1.root.json"

// rootDigest is the SHA-256 of the first root, by which people compare theirs; empty: there is none.
func (r *Registry) rootDigest() string {
	raw, err := fs.ReadFile(r.Files, firstRoot)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}

const (
	registryPath = "/registry"
	entriesPath  = registryPath + "/entries/"
	changesPath  = registryPath + "/changes"
	feedPath     = changesPath + ".atom"
	filesPath    = registryPath + "/files/"

	// registrySeconds is for how long anybody may keep what is said of entries.
	registrySeconds = 60
)

func (s *Server) registerRegistry() {
	s.get(filesPath+"*", s.registryFiles)
	s.get(registryPath, s.registryPage)
	s.get(registryPath+".json", s.registryPage)
	s.get(entriesPath+":id", s.entryPage)
	s.get(changesPath, s.changesPage)
	s.get(feedPath, s.changesFeed)
}

// snapshot is the version that pages show.
func (s *Server) snapshot() (*registry.Snapshot, error) {
	if snapshot := s.registry.Current(); snapshot != nil {
		return snapshot, nil
	}
	return nil, echo.ErrServiceUnavailable
}

// events are those of the log, in its order.
func (r *Registry) events() []*registry.Event {
	if r.Events == nil {
		return nil
	}
	return r.Events()
}

// asJSON tells whether a program asks, by the address or by what it accepts.
func asJSON(c echo.Context) bool {
	c.Response().Header().Add("Vary", "Accept")
	return strings.HasSuffix(c.Request().URL.Path, ".json") || prefer(c.Request().Header.Get("Accept"), typeHTML, typeJSON) == typeJSON
}

// registryRender is render for a page that is the same for everybody.
func (s *Server) registryRender(c echo.Context, name string, p *page) error {
	c.Response().Header().Set("Cache-Control", "public, max-age="+strconv.Itoa(registrySeconds))
	return s.render(c, http.StatusOK, name, p)
}
