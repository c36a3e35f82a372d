package web

import (
	"io/fs"
	"net/http"
	"path"
	"strings"

	"github.com/labstack/echo/v4"

	"laurel/registry"
)

// Registry is the trusted-issuer registry that a Server shows.
type Registry struct {
	// Current is the newest version that was accepted; nil while there is none.
	Current func() *registry.Snapshot
	// Files are the registry as it is published, for programs to follow.
	Files fs.FS
	// Name is what people call the registry.
	Name string
}

// registryFiles serves the files that the registry is published as, byte for byte. Those whose
// names say their version or digest never change.
func (s *Server) registryFiles(c echo.Context) error {
	name := path.Clean("/" + c.Param("*"))
	if strings.HasSuffix(c.Param("*"), "/") {
		return echo.ErrNotFound
	}
	f, err := http.FS(s.registry.Files).Open(name)
	if err != nil {
		return echo.ErrNotFound
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || info.IsDir() {
		return echo.ErrNotFound
	}
	h := c.Response().Header()
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	switch base := path.Base(name); {
	case base == "timestamp.json", base == "checkpoint":
		h.Set("Cache-Control", "public, max-age=60")
	case strings.HasSuffix(base, ".root.json"), strings.Contains(name, ".p/"):
		h.Set("Cache-Control", "public, max-age=3600")
	}
	h.Set("Content-Type", "application/octet-stream")
	if strings.HasSuffix(name, ".json") {
		h.Set("Content-Type", "application/json")
	}
	h.Set("Access-Control-Allow-Origin", "*")
	http.ServeContent(c.Response(), c.Request(), "", info.ModTime(), f)
	return nil
}

func (s *Server) registerRegistry() {
	s.get("/registry/files/*", s.registryFiles)
}
