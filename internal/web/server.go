// Package web answers requests of people and programs over HTTP: the verifier's page,
// the page behind a share link, the learner's own page, the catalogue, and the addresses
// from which programs fetch what they need to verify.
//
// It decodes, asks the issuer or the verifier once, and shows what they answer; rules
// about badges are theirs. It is the only package that knows the HTTP framework. Pages
// work without scripts and load nothing from elsewhere; one has a script, for convenience.
package web

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"laurel/internal/picture"
	"laurel/internal/vcapi"
	"laurel/issuer"
	"laurel/verifier"
)

// Config is what a Server needs; all of it but VCAPI, Registry and Onboarding.
type Config struct {
	Issuer   *issuer.Issuer
	Verifier *verifier.Verifier
	Log      *slog.Logger     // one line a request
	Now      func() time.Time // the clock
	VCAPI    *vcapi.Service   // the W3C VC API; nil: it is not served
	Registry *Registry        // the trusted-issuer registry; nil: there is none here
	// Onboarding takes applications to be listed; nil: none are taken here.
	Onboarding *Onboarding
}

// Server serves every address of one issuer. It is safe for concurrent use.
type Server struct {
	issuer     *issuer.Issuer
	verifier   *verifier.Verifier
	log        *slog.Logger
	now        func() time.Time
	registry   *Registry
	onboarding *Onboarding

	echo    *echo.Echo
	secure  bool // the base URL is https
	pages   map[string]*template.Template
	origins *http.CrossOriginProtection
	routes  map[string]bool // patterns that may be logged

	verifying *limiter             // verifications of one client
	underWay  *places              // verifications of all clients
	guessing  *limiter             // look-ups of tokens that do not exist
	cards     *cache[[]byte]       // by the award's ID
	codes     *cache[picture.Code] // by the share link
}

// New returns a Server; it fails only when the embedded pages are broken.
func New(c Config) (*Server, error) {
	pages, err := parsePages()
	if err != nil {
		return nil, fmt.Errorf("embedded pages: %w", err)
	}
	s := &Server{
		issuer: c.Issuer, verifier: c.Verifier, log: c.Log, now: c.Now, registry: c.Registry, onboarding: c.Onboarding,
		echo:      echo.New(),
		secure:    strings.HasPrefix(c.Issuer.Base(), "https://"),
		pages:     pages,
		origins:   http.NewCrossOriginProtection(),
		routes:    map[string]bool{},
		verifying: newLimiter(verifyEvery, verifyBurst),
		underWay:  newPlaces(2*runtime.GOMAXPROCS(0), allWait),
		guessing:  newLimiter(guessEvery, guessBurst),
		cards:     newCache[[]byte](maxCards),
		codes:     newCache[picture.Code](maxCodes),
	}
	s.echo.HTTPErrorHandler = s.fail
	s.echo.Use(s.observe, s.guard)
	s.addPages()
	s.registerDocuments(s.echo)
	s.registerAPI(s.echo)
	if c.VCAPI != nil {
		s.registerVCAPI(c.VCAPI)
	}
	if c.Registry != nil {
		s.registerRegistry()
		s.registerQueries()
	}
	if c.Onboarding != nil {
		s.registerOnboarding()
	}
	for _, r := range s.echo.Routes() {
		s.routes[r.Path] = true
	}
	return s, nil
}

// get serves GET and HEAD.
func (s *Server) get(path string, h echo.HandlerFunc) {
	s.echo.Match([]string{http.MethodGet, http.MethodHead}, path, h)
}

func (s *Server) addPages() {
	s.get("/", s.verifyPage)
	s.get("/verify", s.verifyPage)
	s.echo.POST("/verify", s.verifySubmitted)
	s.get("/badges/:token", s.badgePage)
	s.get("/badges/:token/card.png", s.cardPicture)
	s.get("/my/:token", s.ownerPage)
	s.echo.POST("/my/:token", s.ownerChoice)
	s.get("/achievements", s.cataloguePage)
	s.get("/achievements/:key", s.achievementPage)
	s.get("/issuers/:slug", s.issuerPage)
	s.get(stylePath, serveStatic("text/css; charset=utf-8", style))
	s.get(scriptPath, serveStatic("text/javascript; charset=utf-8", script))
	s.get(iconPath, serveStatic("image/svg+xml", icon))
	s.get("/healthz", s.alive)
	s.get("/readyz", s.ready)
}

// Handler returns the handler of all addresses.
func (s *Server) Handler() http.Handler { return s.echo }

// Bounds of connections. Writing allows for a verification with its fetches.
const (
	readHeaderTimeout = 10 * time.Second
	readTimeout       = 60 * time.Second
	writeTimeout      = 120 * time.Second
	idleTimeout       = 120 * time.Second
	shutdownTimeout   = 20 * time.Second
	maxHeaderBytes    = 32 << 10
)

// Serve answers on a listener until ctx is done, then lets running requests end for at
// most 20 seconds. It returns nil after such an orderly end.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	server := &http.Server{
		Handler:           s.Handler(),
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelWarn),
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	select {
	case err := <-ended:
		return fmt.Errorf("serve on %s: %w", l.Addr(), err)
	case <-ctx.Done():
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		return errors.Join(fmt.Errorf("requests were cut off at the end: %w", err), server.Close())
	}
	return nil
}

// alive says that the process answers.
func (s *Server) alive(c echo.Context) error {
	return c.String(http.StatusOK, "ok\n")
}

// ready says that the store answers too.
func (s *Server) ready(c echo.Context) error {
	_, err := s.issuer.Profile(c.Request().Context())
	if err != nil && !errors.Is(err, issuer.ErrNotFound) {
		s.log.Error("not ready", "error", err)
		return c.String(http.StatusServiceUnavailable, "the store does not answer\n")
	}
	return c.String(http.StatusOK, "ok\n")
}
