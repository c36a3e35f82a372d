package web

import (
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/labstack/echo/v4"
)

// Bounds of request bodies in bytes.
const (
	maxBody   = 1 << 20
	maxUpload = 32 << 20 // of what is to be verified: a ZIP of many; the verifier bounds a single file
)

// policy lets a page load its own style sheet and pictures, send forms home, and nothing
// else: no scripts, no frames. formPolicy is that of the verifier's form, which works
// without its script and is more convenient with it.
const policy = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; " +
	"frame-ancestors 'none'; base-uri 'none'"

const formPolicy = policy + "; script-src 'self'"

// permissions are the powers of browsers that no page here needs; the verifier's form
// alone may ask for the camera.
const (
	permissions     = "camera=(), " + otherPermissions
	formPermissions = "camera=(self), " + otherPermissions
)

const otherPermissions = "accelerometer=(), bluetooth=(), display-capture=(), geolocation=(), gyroscope=(), " +
	"hid=(), magnetometer=(), microphone=(), midi=(), payment=(), publickey-credentials-get=(), serial=(), usb=()"

// guard sets the headers that hold for every answer, and bounds the request's body.
func (s *Server) guard(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		h := c.Response().Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Permissions-Policy", permissions)
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		if s.secure {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		r := c.Request()
		limit := int64(maxBody)
		if c.Path() == "/verify" {
			limit = maxUpload
		}
		if r.ContentLength > limit {
			return &http.MaxBytesError{Limit: limit}
		}
		r.Body = http.MaxBytesReader(c.Response(), r.Body, limit)
		return next(c)
	}
}

// observe turns errors and panics into answers and logs one line about the request. The
// line has the route's pattern in place of the path, and no address: a share link is as
// personal as its learner. bytes are those of the answer's body; durationMs is the time
// until the answer was written, in milliseconds to three places.
func (s *Server) observe(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		began := time.Now()
		err := recovered(next, c)
		if err != nil {
			s.fail(err, c)
		}
		route := c.Path()
		if !s.routes[route] {
			route = "none"
		}
		status := c.Response().Status
		attributes := []slog.Attr{
			slog.String("method", knownMethod(c.Request().Method)), slog.String("route", route),
			slog.Int("status", status), slog.Int64("bytes", c.Response().Size),
			slog.Float64("durationMs", float64(time.Since(began).Microseconds())/1000),
		}
		level := slog.LevelInfo
		if err != nil && status >= http.StatusInternalServerError {
			level = slog.LevelError
			attributes = append(attributes, slog.String("error", err.Error()))
		}
		s.log.LogAttrs(c.Request().Context(), level, "request", attributes...)
		return nil
	}
}

// recovered calls a handler and returns its panic as an error.
func recovered(h echo.HandlerFunc, c echo.Context) (err error) {
	defer func() {
		if r := recover(); r != nil {
			if r == http.ErrAbortHandler {
				panic(r)
			}
			err = fmt.Errorf("panic: %v\n%s", r, debug.Stack())
		}
	}()
	return h(c)
}

// knownMethod keeps words of the client's choice out of the log.
func knownMethod(m string) string {
	switch m {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return m
	}
	return "other"
}
