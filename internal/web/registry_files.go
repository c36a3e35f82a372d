package web

import (
	"io"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
)

// maxTagged bounds the files that are named by their digest when they are asked for.
const maxTagged = 64 << 10

// registryFiles serves the files that the registry is published as, byte for byte. Those whose
// names say their version or digest never change. They are for programs, which ask often: no
// header is sent that only browsers need, and no page where there is no file.
func (s *Server) registryFiles(c echo.Context) error {
	h := c.Response().Header()
	for _, name := range []string{
		"Content-Security-Policy", "X-Frame-Options", "Referrer-Policy", "Permissions-Policy", "Cross-Origin-Opener-Policy", "Strict-Transport-Security",
	} {
		h.Del(name)
	}
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	h.Set("Access-Control-Allow-Origin", "*")
	name := path.Clean("/" + c.Param("*"))
	f, err := http.FS(s.registry.Files).Open(name)
	if err != nil {
		return c.NoContent(http.StatusNotFound)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || info.IsDir() || strings.HasSuffix(c.Param("*"), "/") {
		return c.NoContent(http.StatusNotFound)
	}
	h.Set("Content-Type", "application/octet-stream")
	if strings.HasSuffix(name, ".json") {
		h.Set("Content-Type", "application/json")
	}
	h.Set("Cache-Control", fileFreshness(name))
	tag, err := fileTag(f, info)
	if err != nil {
		return err
	}
	h.Set("ETag", tag)
	http.ServeContent(c.Response(), c.Request(), "", time.Time{}, f)
	return nil
}

func fileFreshness(name string) string {
	switch base := path.Base(name); {
	case base == "timestamp.json", base == "checkpoint":
		return "max-age=60"
	case strings.HasSuffix(base, ".root.json"), strings.Contains(name, ".p/"):
		return "max-age=3600"
	}
	return "public, max-age=31536000, immutable"
}

// fileTag names an edition of a file: a small one by its digest, others by their length, since
// their names say what they are.
func fileTag(f http.File, info fs.FileInfo) (string, error) {
	if info.Size() > maxTagged {
		return `"` + strconv.FormatInt(info.Size(), 10) + `"`, nil
	}
	body, err := io.ReadAll(io.LimitReader(f, maxTagged))
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	return `"` + shortHash(body) + `"`, err
}
