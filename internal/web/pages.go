package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
)

//go:embed templates/*.html
var templates embed.FS

//go:embed static/style.css
var style []byte

//go:embed static/verify.js
var script []byte

//go:embed static/icon.svg
var icon []byte

// Static files carry their hash in their address, so that they can be kept for ever.
var (
	stylePath  = "/static/style." + shortHash(style) + ".css"
	scriptPath = "/static/verify." + shortHash(script) + ".js"
	iconPath   = "/static/icon." + shortHash(icon) + ".svg"
)

func shortHash(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:6])
}

func serveStatic(contentType string, body []byte) echo.HandlerFunc {
	return func(c echo.Context) error {
		c.Response().Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		return c.Blob(http.StatusOK, contentType, body)
	}
}

// pageNames are the pages, each a file of templates/ within layout.html.
var pageNames = []string{"verify", "report", "batch", "badge", "owner", "achievement", "achievements", "issuer", "registry", "entry", "changes", "error"}

func parsePages() (map[string]*template.Template, error) {
	pages := map[string]*template.Template{}
	for _, name := range pageNames {
		t, err := template.ParseFS(templates, "templates/layout.html", "templates/parts.html", "templates/"+name+".html")
		if err != nil {
			return nil, err
		}
		pages[name] = t
	}
	return pages, nil
}

// page is what every page shows around its own Body.
type page struct {
	*tongue
	Title     string // key of the title
	Subject   string // foreign name that stands before the title, or nothing
	NoIndex   bool
	Canonical string   // the page's one address, absolute, or nothing
	Badge     string   // address of the badge that the page is an answer on, or nothing
	Data      string   // address of the page as JSON, or nothing
	Feed      string   // address of the feed of what the page lists, or nothing
	Preview   *preview // how other sites show a link to it, or nothing
	Registry  bool     // there is one here
	Path      string   // own address, for the links to other languages
	Query     url.Values
	Script    string // address of the page's script, or nothing
	Body      any

	Explicit bool // the language was chosen by the reader
}

// preview is what OpenGraph and X cards state of a page.
type preview struct{ Title, Description, Image string }

func (s *Server) page(c echo.Context, title string) *page {
	r := c.Request()
	t, explicit := choose(r.URL.Query().Get("lang"), r.Header.Get("Accept-Language"))
	return &page{tongue: t, Title: title, Path: "/", Explicit: explicit, Registry: s.registry != nil}
}

// Style and Icon are the addresses of the static files.
func (p *page) Style() string { return stylePath }

// Icon is the address of the site's icon.
func (p *page) Icon() string { return iconPath }

// Tongues are the languages to choose from.
func (p *page) Tongues() []*tongue { return tongues }

// Link returns an address of this site in the language that the reader chose.
func (p *page) Link(path string) string {
	if !p.Explicit {
		return path
	}
	if strings.Contains(path, "?") {
		return path + "&lang=" + p.Code
	}
	return path + "?lang=" + p.Code
}

// In returns the page's own address in a language.
func (p *page) In(code string) string {
	q := url.Values{}
	for name, values := range p.Query {
		q[name] = values
	}
	q.Set("lang", code)
	return p.Path + "?" + q.Encode()
}

// Day is a moment with how it is written.
type Day struct{ Text, Machine string }

func (t *tongue) day(at time.Time) Day {
	return Day{Text: t.Date(at), Machine: at.UTC().Format(time.RFC3339)}
}

// parseDay reads an XML Schema dateTime that was checked before; a date that cannot be
// read is shown as it is written.
func (t *tongue) parseDay(text string) Day {
	at, err := parseTime(text)
	if err != nil {
		return Day{Text: shown(text, maxName)}
	}
	return t.day(at)
}

func (s *Server) render(c echo.Context, status int, name string, p *page) error {
	var out bytes.Buffer
	if err := s.pages[name].ExecuteTemplate(&out, "layout.html", p); err != nil {
		return err
	}
	announce(c, p)
	return c.HTMLBlob(status, out.Bytes())
}

// stream is render for a page that takes long: it is sent while it is written.
func (s *Server) stream(c echo.Context, name string, p *page) error {
	announce(c, p)
	c.Response().Header().Set("Content-Type", echo.MIMETextHTMLCharsetUTF8)
	c.Response().WriteHeader(http.StatusOK)
	return s.pages[name].ExecuteTemplate(c.Response(), "layout.html", p)
}

// announce sets the headers that say what a page is.
func announce(c echo.Context, p *page) {
	h := c.Response().Header()
	h.Add("Vary", "Accept-Language")
	h.Set("Content-Language", p.HTML)
	if p.NoIndex {
		h.Set("X-Robots-Tag", "noindex, nofollow")
	}
}
